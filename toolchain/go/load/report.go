package main

import (
	"encoding/json"
	"io"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// figures are of one phase, or of one shape in it. Times are in milliseconds.
type figures struct {
	Requests int64   `json:"requests"`
	Failed   int64   `json:"failed"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
	P999     float64 `json:"p999"`
	Max      float64 `json:"max"`
}

type phaseReport struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
	// Quick are all shapes but the long one, whose times are the backend's.
	Quick    figures            `json:"quick"`
	Shapes   map[string]figures `json:"shapes"`
	Failures []failure          `json:"failures"`
}

func milliseconds(micros int64) float64 { return float64(micros) / 1000 }

func figuresOf(requests, failed int64, times *hdrhistogram.Histogram) figures {
	return figures{
		Requests: requests,
		Failed:   failed,
		P50:      milliseconds(times.ValueAtQuantile(50)),
		P99:      milliseconds(times.ValueAtQuantile(99)),
		P999:     milliseconds(times.ValueAtQuantile(99.9)),
		Max:      milliseconds(times.Max()),
	}
}

func (p *phase) report(lasted time.Duration) phaseReport {
	out := phaseReport{Name: p.name, Seconds: lasted.Seconds(), Shapes: map[string]figures{}, Failures: p.failures}
	quick := hdrhistogram.New(lowest, highest, digits)
	var requests, failed int64
	for name, t := range p.tallies {
		out.Shapes[name] = figuresOf(t.requests, t.failed, t.times)
		if name == longShape {
			continue
		}
		quick.Merge(t.times)
		requests += t.requests
		failed += t.failed
	}
	out.Quick = figuresOf(requests, failed, quick)
	return out
}

// write prints one JSON object with a report of each phase.
func (r *recorder) write(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	reports := make([]phaseReport, 0, len(r.phases))
	for _, p := range r.phases {
		lasted := p.lasted
		if p == r.now {
			lasted += time.Since(p.began)
		}
		reports = append(reports, p.report(lasted))
	}
	return json.NewEncoder(w).Encode(map[string]any{"phases": reports})
}
