package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// A shape is one way in which clients use a gateway.
type shape struct {
	name string
	// workers send one request after another, each on its own pace.
	workers int
	// interval between the starts of a worker's requests; a late one starts at once.
	interval time.Duration
	// client of a worker; workers of HTTP/2 share one each.
	client func(worker int) *http.Client
	// wait is how long the backend is asked to take.
	wait func() time.Duration
}

type options struct {
	target, host                        string
	keepAlive, fresh, connections, long int
	streams                             int
	rate                                float64
	longFrom, longTo, timeout           time.Duration
}

func none() time.Duration { return 0 }

func http1(timeout time.Duration, keepAlive bool) *http.Client {
	return &http.Client{
		Timeout:   timeout,
		Transport: &http.Transport{DisableKeepAlives: !keepAlive, MaxIdleConnsPerHost: 1},
	}
}

func http2(timeout time.Duration) *http.Client {
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Timeout: timeout, Transport: transport}
}

func own(create func() *http.Client, workers int) func(int) *http.Client {
	clients := several(workers, create)
	return func(worker int) *http.Client { return clients[worker] }
}

func several(count int, create func() *http.Client) []*http.Client {
	clients := make([]*http.Client, count)
	for i := range clients {
		clients[i] = create()
	}
	return clients
}

// shapesOf spreads the rate evenly over the workers that do not wait.
func shapesOf(o options) []shape {
	streams := o.connections * o.streams
	quick := o.keepAlive + o.fresh + streams
	interval := time.Duration(float64(quick) / o.rate * float64(time.Second))
	shared := several(o.connections, func() *http.Client { return http2(o.timeout) })
	between := func() time.Duration {
		return o.longFrom + rand.N(o.longTo-o.longFrom+1)
	}
	all := []shape{
		{"keep-alive", o.keepAlive, interval, own(func() *http.Client { return http1(o.timeout, true) }, o.keepAlive), none},
		{"new connection", o.fresh, interval, own(func() *http.Client { return http1(o.timeout, false) }, o.fresh), none},
		{"http2", streams, interval, func(worker int) *http.Client { return shared[worker%o.connections] }, none},
		{"long", o.long, 0, own(func() *http.Client { return http1(o.timeout, true) }, o.long), between},
	}
	used := all[:0]
	for _, s := range all {
		if s.workers > 0 {
			used = append(used, s)
		}
	}
	return used
}

// send makes one request. It is a POST, which Go's client repeats by itself only when none of it was
// written or when the server says that it has not begun with it (GOAWAY of HTTP/2, RFC 9113 6.8), as every
// client does: a request that a gateway has dropped counts as lost.
func send(ctx context.Context, client *http.Client, o options, wait time.Duration) error {
	address := o.target + "/"
	if wait > 0 {
		address += "?wait=" + wait.String()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader("request\n"))
	if err != nil {
		return err
	}
	request.Host = o.host
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d: %s", response.StatusCode, strings.TrimSpace(string(text)))
	}
	if string(text) != answer {
		return fmt.Errorf("body of %d bytes in place of %d", len(text), len(answer))
	}
	return nil
}
