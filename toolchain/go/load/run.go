package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

const longShape = "long"

func runFlags(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("load run", flag.ContinueOnError)
	flags.StringVar(&o.target, "target", "", "URL of the gateway, such as http://10.96.0.10:80")
	flags.StringVar(&o.host, "host", "", "Host header")
	flags.IntVar(&o.keepAlive, "keep-alive", 8, "HTTP/1.1 clients that keep their connection")
	flags.IntVar(&o.fresh, "fresh", 4, "clients with a new connection for each request")
	flags.IntVar(&o.connections, "h2-connections", 2, "HTTP/2 connections")
	flags.IntVar(&o.streams, "h2-streams", 8, "streams at a time of each HTTP/2 connection")
	flags.IntVar(&o.long, "long", 8, "clients with a long request in flight at all times")
	flags.DurationVar(&o.longFrom, "long-from", 5*time.Second, "shortest long request")
	flags.DurationVar(&o.longTo, "long-to", 20*time.Second, "longest long request")
	flags.Float64Var(&o.rate, "rate", 400, "requests a second, long ones not counted")
	flags.DurationVar(&o.timeout, "timeout", 60*time.Second, "a request that takes longer is lost")
	if err := parse(flags, args); err != nil {
		return o, err
	}
	if o.target == "" || o.rate <= 0 || o.longTo < o.longFrom || o.connections < 1 {
		return o, fmt.Errorf("--target is required; --rate and --h2-connections must be above 0, --long-to at least --long-from")
	}
	return o, nil
}

// run sends requests until standard input ends or says `stop`; `phase NAME` there begins a phase, and
// `report` prints what is known. It ends once nothing is in flight, with a report.
func run(ctx context.Context, args []string) error {
	o, err := runFlags(args)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	records := newRecorder("start")
	go func() {
		obey(os.Stdin, records)
		stop()
	}()
	var all sync.WaitGroup
	for _, s := range shapesOf(o) {
		for worker := range s.workers {
			all.Go(func() { work(ctx, s, worker, o, records) })
		}
	}
	all.Wait()
	return records.write(os.Stdout)
}

func obey(commands io.Reader, records *recorder) {
	lines := bufio.NewScanner(commands)
	for lines.Scan() {
		word, rest, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
		switch word {
		case "phase":
			records.begin(rest)
		case "report":
			_ = records.write(os.Stdout)
		case "stop":
			return
		}
	}
}

// work counts the time from when a request was due: one that the gateway held up holds up the next.
func work(ctx context.Context, s shape, worker int, o options, records *recorder) {
	client := s.client(worker)
	due := time.Now().Add(s.interval * time.Duration(worker) / time.Duration(s.workers))
	for pause(ctx, time.Until(due)) {
		if s.interval == 0 {
			due = time.Now()
		}
		phase, started := records.current(), due
		// Not the outer context: what is in flight at the end is waited for.
		err := send(context.Background(), client, o, s.wait())
		records.add(phase, s.name, started, time.Now(), err)
		due = due.Add(s.interval)
		if err != nil {
			due = time.Now().Add(max(s.interval, 50*time.Millisecond))
		}
	}
}

// pause reports whether the work goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(max(d, 0)):
		return ctx.Err() == nil
	}
}
