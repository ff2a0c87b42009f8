package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"time"
)

const answer = "served\n"

// serve answers every request; `?wait=5s` holds the answer back. It ends gracefully, so that what is
// lost in a test was lost before it.
func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("load serve", flag.ContinueOnError)
	port := flags.Int("port", 8080, "port to listen on")
	if err := parse(flags, args); err != nil {
		return err
	}
	server := &http.Server{Addr: fmt.Sprintf(":%d", *port), Handler: http.HandlerFunc(respond)}
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true)
	server.Protocols.SetUnencryptedHTTP2(true)
	isEmpty := make(chan struct{})
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
		close(isEmpty)
	}()
	// It returns as soon as no new request is taken; requests may still run.
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	<-isEmpty
	return nil
}

func respond(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if wait, err := time.ParseDuration(r.URL.Query().Get("wait")); err == nil {
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return
		}
	}
	_, _ = io.WriteString(w, answer)
}
