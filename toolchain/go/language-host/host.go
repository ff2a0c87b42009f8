package main

import (
	"context"
	"os"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// host answers the engine's calls and knows the programs that run.
type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	tracing string

	mu      sync.Mutex
	engine  string
	running map[*os.Process]context.CancelFunc
}

func newHost() *host {
	return &host{running: map[*os.Process]context.CancelFunc{}}
}

func (h *host) engineAddress() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.engine
}

func (h *host) setEngine(address string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if address != "" {
		h.engine = address
	}
}

// track remembers a running program; the result forgets it.
func (h *host) track(process *os.Process, cancel context.CancelFunc) func() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running[process] = cancel
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.running, process)
	}
}

func (h *host) forward(received os.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for process := range h.running {
		_ = process.Signal(received) // it may have ended in between: nothing to do then
	}
}

func (h *host) cancelAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, cancel := range h.running {
		cancel()
	}
}

func (h *host) Handshake(
	_ context.Context, req *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.setEngine(req.GetEngineAddress())
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

// Cancel ends the running programs; their Run calls then answer with an error.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.cancelAll()
	return &emptypb.Empty{}, nil
}
