package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// recorded is the engine's end of a plugin's stream.
type recorded struct {
	grpc.ServerStream
	stdout, stderr strings.Builder
	exitCode       int32
}

func (*recorded) Context() context.Context { return context.Background() }

func (r *recorded) Send(response *pulumirpc.RunPluginResponse) error {
	r.stdout.Write(response.GetStdout())
	r.stderr.Write(response.GetStderr())
	if exit, ok := response.GetOutput().(*pulumirpc.RunPluginResponse_Exitcode); ok {
		r.exitCode = exit.Exitcode
	}
	return nil
}

// pluginWith is the folder of a plugin whose SDK has a runner of the given name and text.
func pluginWith(t *testing.T, runner, text string) string {
	plugin := t.TempDir()
	sdk := filepath.Join(plugin, "node_modules", filepath.FromSlash(runner))
	if err := os.MkdirAll(sdk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(sdk, "index.js"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return plugin
}

func TestRunPluginRunsPolicyPacks(t *testing.T) {
	pack := pluginWith(t, packRunner, `
		const [address, program] = process.argv.slice(2);
		console.log(address, program === process.cwd(), process.env.FROM_ENGINE);
		console.error("a warning");
		process.exitCode = 3;
	`)
	h := newHost()
	h.setEngine("127.0.0.1:1")
	stream := &recorded{}
	err := h.RunPlugin(&pulumirpc.RunPluginRequest{
		Kind: analyzer,
		Env:  []string{"FROM_ENGINE=yes"},
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: pack},
	}, stream)
	if err != nil {
		t.Fatal(err)
	}
	if got := stream.stdout.String(); got != "127.0.0.1:1 true yes\n" {
		t.Errorf("output %q", got)
	}
	if got := stream.stderr.String(); got != "a warning\n" || stream.exitCode != 3 {
		t.Errorf("errors %q, exit code %d", got, stream.exitCode)
	}
}

func TestRunPluginRunsProvidersInTheFolderOfTheProgram(t *testing.T) {
	plugin := pluginWith(t, pluginRunner, `
		const [plugin, ...args] = process.argv.slice(2);
		console.log(plugin, process.cwd(), args.join());
	`)
	program := t.TempDir()
	stream := &recorded{}
	err := newHost().RunPlugin(&pulumirpc.RunPluginRequest{
		Kind: resourceProvider,
		Pwd:  program,
		Args: []string{"127.0.0.1:1", "-v"},
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: plugin},
	}, stream)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := stream.stdout.String(), plugin+" "+program+" 127.0.0.1:1,-v\n"; got != want {
		t.Errorf("output %q, not %q", got, want)
	}
}

func TestRunPluginRefusesOtherKinds(t *testing.T) {
	err := newHost().RunPlugin(&pulumirpc.RunPluginRequest{Kind: "converter"}, &recorded{})
	if err == nil || !strings.Contains(err.Error(), `"converter"`) {
		t.Errorf("error %v must name the kind", err)
	}
}
