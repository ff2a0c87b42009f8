package main

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"
)

func TestSplitWords(t *testing.T) {
	cases := map[string][]string{
		"":                             nil,
		"  -r  tsx/cjs ":               {"-r", "tsx/cjs"},
		`--title="a b" 'c "d'`:         {"--title=a b", `c "d`},
		`a\ b "" "\n\"" '\'`:           {"a b", "", `\n"`, `\`},
		"--max-old-space-size=4096\tx": {"--max-old-space-size=4096", "x"},
	}
	for text, want := range cases {
		got, err := splitWords(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("splitWords(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"a`, `'a`, `a\`} {
		if got, err := splitWords(text); err == nil {
			t.Errorf("splitWords(%q) = %q; want an error", text, got)
		}
	}
}

func TestParseOptions(t *testing.T) {
	parse := func(values map[string]any) (options, error) {
		given, err := structpb.NewStruct(values)
		if err != nil {
			t.Fatal(err)
		}
		return parseOptions(given)
	}
	if got, err := parseOptions(nil); err != nil || !got.typescript || got.nodeargs != nil {
		t.Errorf("no options: %+v, %v", got, err)
	}
	got, err := parse(map[string]any{"typescript": false, "nodeargs": "-r tsx/cjs", "tsconfig": "a.json", "other": 1})
	want := options{typescript: false, tsconfig: "a.json", nodeargs: []string{"-r", "tsx/cjs"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	wantEnv := []string{"PULUMI_NODEJS_TYPESCRIPT=false", "PULUMI_NODEJS_TSCONFIG_PATH=a.json"}
	if env := got.environment(); !reflect.DeepEqual(env, wantEnv) {
		t.Errorf("environment %q; want %q", env, wantEnv)
	}
	for name, value := range map[string]any{"typescript": "perhaps", "nodeargs": true, "tsconfig": 1} {
		if _, err := parse(map[string]any{name: value}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s=%v: error %v must name the option", name, value, err)
		}
	}
}

func TestRequiredPackages(t *testing.T) {
	root := t.TempDir()
	write := func(path, content string) {
		full := filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("node_modules/@pulumi/pulumi/package.json", `{"name":"@pulumi/pulumi","version":"3.0.0"}`)
	write("node_modules/@pulumi/kubernetes/package.json",
		`{"name":"@pulumi/kubernetes","version":"4.25.0","pulumi":{"resource":true,"version":"4.25.0"}}`)
	write("node_modules/mine/package.json",
		`{"name":"mine","version":"v1.0.0","pulumi":{"resource":true,"name":"my","server":"https://example.com",`+
			`"parameterization":{"name":"p","version":"2.0.0","value":"aGk="}}}`)
	write("node_modules/plain/package.json", `{"name":"plain","version":"1.0.0","pulumi":true}`)
	write("node_modules/broken/package.json", `{`)
	write("sub/program/package.json", `{"name":"x","dependencies":{"mine":"*"},"devDependencies":{"plain":"*"}}`)
	info := &pulumirpc.ProgramInfo{ProgramDirectory: filepath.Join(root, "sub", "program")}

	got, err := newHost().GetRequiredPackages(context.Background(), &pulumirpc.GetRequiredPackagesRequest{Info: info})
	if err != nil || len(got.Packages) != 2 {
		t.Fatalf("packages %v, %v; want two", got, err)
	}
	first, second := got.Packages[0], got.Packages[1]
	if first.Name != "kubernetes" || first.Version != "v4.25.0" || first.Kind != "resource" {
		t.Errorf("first package %v", first)
	}
	if second.Name != "my" || second.Version != "v1.0.0" || second.Server != "https://example.com" ||
		string(second.Parameterization.GetValue()) != "hi" {
		t.Errorf("second package %v", second)
	}

	for transitive, want := range map[bool]int{false: 2, true: 4} {
		deps, err := newHost().GetProgramDependencies(context.Background(),
			&pulumirpc.GetProgramDependenciesRequest{Info: info, TransitiveDependencies: transitive})
		if err != nil || len(deps.Dependencies) != want {
			t.Errorf("transitive %v: %v, %v; want %d", transitive, deps, err, want)
		}
	}
}

func TestRunSaysWhatIsMissing(t *testing.T) {
	run := func() string {
		req := &pulumirpc.RunRequest{Info: &pulumirpc.ProgramInfo{ProgramDirectory: t.TempDir()}}
		got, err := newHost().Run(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		return got.Error
	}
	if got := run(); !strings.Contains(got, "npm install") {
		t.Errorf("without the SDK: %q", got)
	}
	t.Setenv("PATH", t.TempDir())
	if got := run(); !strings.Contains(got, "node was not found") {
		t.Errorf("without node: %q", got)
	}
}
