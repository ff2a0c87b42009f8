package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	programRunner = "@pulumi/pulumi/cmd/run"
	packRunner    = "@pulumi/pulumi/cmd/run-policy-pack"
	// analyzer is the engine's name for the kind of plugin that a policy pack is.
	analyzer = "analyzer"
)

// RunPlugin executes a policy pack, the one kind of plugin that the tests have in
// Node.js. Its output goes to the engine, which reads the pack's port from the first line.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	cmd, err := h.packCommand(ctx, req)
	if err != nil {
		return err
	}
	out := &sender{stream: stream}
	cmd.Stdout, cmd.Stderr = stdout{out}, stderr{out}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting node: %w", err)
	}
	defer h.track(cmd.Process, cancel)()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	code := int32(cmd.ProcessState.ExitCode()) //nolint:gosec // exit codes are small
	return out.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: code}})
}

func (h *host) packCommand(ctx context.Context, req *pulumirpc.RunPluginRequest) (*exec.Cmd, error) {
	if req.GetKind() != analyzer {
		return nil, fmt.Errorf("this language host runs policy packs, and no plugin of the kind %q", req.GetKind())
	}
	opts, err := parseOptions(req.GetInfo().GetOptions())
	if err != nil {
		return nil, fmt.Errorf("PulumiPolicy.yaml: %w", err)
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	dir := req.GetInfo().GetProgramDirectory()
	script, err := findRunner(ctx, node, dir, packRunner)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, node, append(opts.nodeargs, script, h.engineAddress(), dir)...)
	// The pack looks for its package.json in the current folder.
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), req.GetEnv()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = graceful
	return cmd, nil
}

// sender lets the two outputs of a process share a stream.
type sender struct {
	mu     sync.Mutex
	stream pulumirpc.LanguageRuntime_RunPluginServer
}

func (s *sender) send(response *pulumirpc.RunPluginResponse) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.Send(response)
}

type stdout struct{ *sender }

func (w stdout) Write(text []byte) (int, error) {
	output := &pulumirpc.RunPluginResponse_Stdout{Stdout: text}
	return len(text), w.send(&pulumirpc.RunPluginResponse{Output: output})
}

type stderr struct{ *sender }

func (w stderr) Write(text []byte) (int, error) {
	output := &pulumirpc.RunPluginResponse_Stderr{Stderr: text}
	return len(text), w.send(&pulumirpc.RunPluginResponse{Output: output})
}
