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
	pluginRunner  = "@pulumi/pulumi/cmd/run-plugin"
	// analyzer and resourceProvider are the engine's names for the kinds of plugins that this
	// host runs: a policy pack, and a provider of resources.
	analyzer         = "analyzer"
	resourceProvider = "resource"
)

// RunPlugin executes a policy pack or a provider, the kinds of plugins that the tests
// have in Node.js. Its output goes to the engine, which reads the plugin's port from the first line.
func (h *host) RunPlugin(
	req *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	cmd, err := h.pluginCommand(ctx, req)
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

func (h *host) pluginCommand(ctx context.Context, req *pulumirpc.RunPluginRequest) (*exec.Cmd, error) {
	runner, args, pwd, err := h.plugin(req)
	if err != nil {
		return nil, err
	}
	opts, err := parseOptions(req.GetInfo().GetOptions())
	if err != nil {
		return nil, fmt.Errorf("the plugin's runtime options: %w", err)
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	script, err := findRunner(ctx, node, req.GetInfo().GetProgramDirectory(), runner)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, node, append(append(opts.nodeargs, script), args...)...)
	cmd.Dir = pwd
	cmd.Env = append(os.Environ(), req.GetEnv()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = graceful
	return cmd, nil
}

// plugin returns the SDK's runner of a plugin, the runner's arguments and its folder.
func (h *host) plugin(req *pulumirpc.RunPluginRequest) (runner string, args []string, pwd string, err error) {
	dir := req.GetInfo().GetProgramDirectory()
	switch req.GetKind() {
	case analyzer:
		// The pack looks for its package.json in the current folder.
		return packRunner, []string{h.engineAddress(), dir}, dir, nil
	case resourceProvider:
		// Paths in a program are relative to the program's folder, not the provider's.
		return pluginRunner, append([]string{dir}, req.GetArgs()...), req.GetPwd(), nil
	}
	return "", nil, "", fmt.Errorf("this language host runs policy packs and providers, and no plugin of the kind %q", req.GetKind())
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
