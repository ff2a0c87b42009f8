package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const (
	// alreadyReported is the SDK's exit code for "the user has seen the error".
	alreadyReported = 32
	// graceful is how long a cancelled program may take before it is killed.
	graceful = 10 * time.Second
)

// Run executes a program. What the user can put right is reported in the
// response, which the engine shows as it is; an error would show as a failed call.
func (h *host) Run(ctx context.Context, req *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, err := h.command(ctx, req)
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	if err := cmd.Start(); err != nil {
		return &pulumirpc.RunResponse{Error: "starting node: " + err.Error()}, nil
	}
	defer h.track(cmd.Process, cancel)()
	return outcome(ctx, cmd.Wait()), nil
}

func (h *host) command(ctx context.Context, req *pulumirpc.RunRequest) (*exec.Cmd, error) {
	if req.GetAttachDebugger() {
		return nil, errors.New("this language host cannot attach a debugger: " +
			"set the runtime option nodeargs to --inspect-brk in Pulumi.yaml instead")
	}
	opts, err := parseOptions(req.GetInfo().GetOptions())
	if err != nil {
		return nil, fmt.Errorf("Pulumi.yaml: %w", err)
	}
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	dir := programDirectory(req)
	script, err := findRunner(ctx, node, dir, programRunner)
	if err != nil {
		return nil, err
	}
	config, err := configuration(req)
	if err != nil {
		return nil, err
	}
	args := append(append(opts.nodeargs, script), h.arguments(req)...)
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = dir
	// Node may switch its output to non-blocking; behind a pipe that stays its own
	// affair, and the wrapper makes exec use one.
	cmd.Stdout, cmd.Stderr = struct{ io.Writer }{os.Stdout}, struct{ io.Writer }{os.Stderr}
	cmd.Env = append(append(os.Environ(), config...), opts.environment()...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = graceful
	return cmd, nil
}

func outcome(ctx context.Context, err error) *pulumirpc.RunResponse {
	if err == nil {
		return &pulumirpc.RunResponse{}
	}
	if ctx.Err() != nil {
		return &pulumirpc.RunResponse{Error: "the program was cancelled"}
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return &pulumirpc.RunResponse{Error: err.Error()}
	}
	if exit.ExitCode() == alreadyReported {
		return &pulumirpc.RunResponse{Bail: true}
	}
	return &pulumirpc.RunResponse{Error: "the program ended with " + exit.Error()}
}

func programDirectory(req *pulumirpc.RunRequest) string {
	if dir := req.GetInfo().GetProgramDirectory(); dir != "" {
		return dir
	}
	return req.GetPwd()
}

func findNode() (string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return "", errors.New("node was not found on PATH: install Node.js and try again")
	}
	return node, nil
}

// findRunner asks node itself, so that the program and its runner find the same SDK.
func findRunner(ctx context.Context, node, dir, runner string) (string, error) {
	cmd := exec.CommandContext(ctx, node, "-p", fmt.Sprintf("require.resolve('%s')", runner))
	cmd.Dir = dir
	out, err := cmd.Output()
	if err == nil {
		return strings.TrimSpace(string(out)), nil
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && !strings.Contains(string(exit.Stderr), "MODULE_NOT_FOUND") {
		return "", fmt.Errorf("looking for the Pulumi SDK with %s: %s", node, strings.TrimSpace(string(exit.Stderr)))
	}
	if exit == nil {
		return "", fmt.Errorf("looking for the Pulumi SDK with %s in %s: %w", node, dir, err)
	}
	return "", fmt.Errorf("the Pulumi SDK (@pulumi/pulumi) is not installed for the program in %s: run npm install there", dir)
}

// arguments are the ones of the SDK's runner, which stops at the program's name.
func (h *host) arguments(req *pulumirpc.RunRequest) []string {
	pairs := [][2]string{
		{"monitor", req.GetMonitorAddress()},
		{"engine", h.engineAddress()},
		{"organization", req.GetOrganization()},
		{"root-directory", req.GetInfo().GetRootDirectory()},
		{"project", req.GetProject()},
		{"stack", req.GetStack()},
		{"pwd", req.GetPwd()},
		{"parallel", fmt.Sprint(req.GetParallel())},
		{"tracing", h.tracing},
	}
	var args []string
	for _, pair := range pairs {
		if pair[1] != "" {
			args = append(args, "--"+pair[0], pair[1])
		}
	}
	if req.GetDryRun() {
		args = append(args, "--dry-run")
	}
	entry := req.GetInfo().GetEntryPoint()
	if entry == "" {
		entry = "."
	}
	return append(append(args, entry), req.GetArgs()...)
}

func configuration(req *pulumirpc.RunRequest) ([]string, error) {
	config, err := json.Marshal(req.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("writing the configuration: %w", err)
	}
	secrets, err := json.Marshal(req.GetConfigSecretKeys())
	if err != nil {
		return nil, fmt.Errorf("writing the names of the secrets: %w", err)
	}
	return []string{"PULUMI_CONFIG=" + string(config), "PULUMI_CONFIG_SECRET_KEYS=" + string(secrets)}, nil
}
