package main

import (
	"regexp"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	lowest     = 1
	highest    = int64(2 * time.Minute / time.Microsecond)
	digits     = 3
	maxSamples = 20
)

// failure is one lost request.
type failure struct {
	Shape   string    `json:"shape"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	Error   string    `json:"error"`
}

// tally counts the requests of one shape that began in one phase.
type tally struct {
	requests, failed int64
	times            *hdrhistogram.Histogram
}

// phase is a step that a test tells; one that comes again goes on.
type phase struct {
	name     string
	began    time.Time
	lasted   time.Duration
	tallies  map[string]*tally
	failures []failure
}

// recorder files each request under the phase in which it began.
type recorder struct {
	mu     sync.Mutex
	phases []*phase
	now    *phase
}

func newRecorder(name string) *recorder {
	r := &recorder{}
	r.begin(name)
	return r
}

func (r *recorder) begin(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		r.now.lasted += time.Since(r.now.began)
	}
	r.now = r.named(name)
	r.now.began = time.Now()
}

func (r *recorder) named(name string) *phase {
	for _, p := range r.phases {
		if p.name == name {
			return p
		}
	}
	p := &phase{name: name, tallies: map[string]*tally{}}
	r.phases = append(r.phases, p)
	return p
}

func (r *recorder) current() *phase {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

var addresses = regexp.MustCompile(`\d+\.\d+\.\d+\.\d+:\d+`)

func (r *recorder) add(p *phase, shape string, started, ended time.Time, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := p.tallies[shape]
	if t == nil {
		t = &tally{times: hdrhistogram.New(lowest, highest, digits)}
		p.tallies[shape] = t
	}
	t.requests++
	if err == nil {
		_ = t.times.RecordValue(min(ended.Sub(started).Microseconds()+lowest, highest))
		return
	}
	t.failed++
	if len(p.failures) < maxSamples {
		text := addresses.ReplaceAllString(err.Error(), "ADDRESS")
		p.failures = append(p.failures, failure{shape, started, ended, text})
	}
}
