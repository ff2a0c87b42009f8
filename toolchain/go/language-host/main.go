// Command pulumi-language-nodejs runs Node.js programs for the Pulumi engine.
//
// It stands in for the official language host on machines that the official
// releases do not reach. The program talks to the engine's resource monitor
// directly, so calls that a newer engine or SDK adds need no change here.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// version is what the engine is told; set-up sets it with -ldflags "-X main.version=...".
var version = "0.0.0"

func main() {
	h, err := parseFlags(os.Args[1:])
	if err != nil {
		os.Exit(2) // the flag set has already said why
	}
	if err := serve(h); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-nodejs:", err)
		os.Exit(1)
	}
}

// parseFlags reads what the engine passes. The options of Pulumi.yaml's runtime
// also come as flags, for hosts of old; the requests carry them too, with their
// types, so the flags are accepted and not read.
func parseFlags(args []string) (*host, error) {
	h := newHost()
	flags := flag.NewFlagSet("pulumi-language-nodejs", flag.ContinueOnError)
	flags.StringVar(&h.tracing, "tracing", "", "a Zipkin-compatible endpoint for traces")
	for _, name := range []string{"binary", "root", "typescript", "tsconfig", "nodeargs", "packagemanager", "runtime"} {
		flags.String(name, "", "accepted and not read")
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	h.setEngine(flags.Arg(0))
	return h, nil
}

// serve answers the engine until the engine goes away or asks for an end.
func serve(h *host) error {
	stop := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, h)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	ended, end := context.WithCancel(context.Background())
	go forwardSignals(h, end)
	if h.engineAddress() != "" {
		if err := rpcutil.Healthcheck(ended, h.engineAddress(), 5*time.Minute, end); err != nil {
			return fmt.Errorf("watching the engine: %w", err)
		}
	}
	go func() {
		<-ended.Done()
		h.cancelAll()
		close(stop)
	}()
	fmt.Println(handle.Port) // the engine reads the port from the first line
	return <-handle.Done
}

// forwardSignals passes the first signal on to the running programs and then ends
// this host. An interrupt counts as well: the engine starts its plugins in process
// groups of their own, where it is the engine's way to end them, and it waits some
// seconds before it kills.
func forwardSignals(h *host, end context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	h.forward(<-signals)
	end()
}
