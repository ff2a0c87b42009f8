package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// manifest is what is read of a package.json.
type manifest struct {
	Name            string            `json:"name"`
	Version         string            `json:"version"`
	Dependencies    map[string]string `json:"dependencies"`
	DevDependencies map[string]string `json:"devDependencies"`
	Pulumi          provider          `json:"pulumi"`
}

// provider is the block of a package whose resources a plugin provides.
type provider struct {
	Resource         bool              `json:"resource"`
	Name             string            `json:"name"`
	Version          string            `json:"version"`
	Server           string            `json:"server"`
	Parameterization *parameterization `json:"parameterization"`
}

type parameterization struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Value   []byte `json:"value"` // base64 in the file, which is how JSON bytes are read
}

// GetRequiredPackages tells the engine the providers, and their versions, that the
// installed SDKs go with.
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	response := &pulumirpc.GetRequiredPackagesResponse{}
	for _, found := range installed(modulesFolder(req.GetInfo().GetProgramDirectory())) {
		if dependency := found.dependency(); dependency != nil {
			response.Packages = append(response.Packages, dependency)
		}
	}
	return response, nil
}

// GetRequiredPlugins is what engines asked before GetRequiredPackages; an empty
// answer lets such an engine find plugins as resources are registered.
func (h *host) GetRequiredPlugins(
	context.Context, *pulumirpc.GetRequiredPluginsRequest,
) (*pulumirpc.GetRequiredPluginsResponse, error) {
	return &pulumirpc.GetRequiredPluginsResponse{}, nil
}

// dependency is nil for a package without a provider, or with one that cannot be named.
func (m manifest) dependency() *pulumirpc.PackageDependency {
	name := firstOf(m.Pulumi.Name, strings.TrimPrefix(strings.TrimPrefix(m.Name, "@pulumi/"), "@"))
	version := firstOf(m.Pulumi.Version, m.Version)
	if !m.Pulumi.Resource || name == "" || version == "" {
		return nil
	}
	result := &pulumirpc.PackageDependency{
		Name: name, Kind: "resource", Version: withV(version), Server: m.Pulumi.Server,
	}
	if p := m.Pulumi.Parameterization; p != nil {
		result.Parameterization = &pulumirpc.PackageParameterization{
			Name: p.Name, Version: p.Version, Value: p.Value,
		}
	}
	return result
}

// modulesFolder is the nearest node_modules that holds the SDK, "" without one. A
// program may sit below it, as in a workspace. Folders further up are not looked at:
// node may resolve from there, but what lies there need not belong to the program.
func modulesFolder(dir string) string {
	for {
		modules := filepath.Join(dir, "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "@pulumi", "pulumi", "package.json")); err == nil {
			return modules
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// installed reads the package.json files of a node_modules folder, in the order of
// their paths. One that cannot be read is left out: npm, not this host, has a say in it.
func installed(modules string) []manifest {
	if modules == "" {
		return nil
	}
	var paths []string
	for _, pattern := range []string{"*/package.json", "@*/*/package.json"} {
		matches, _ := filepath.Glob(filepath.Join(modules, pattern)) // fails for a bad pattern only
		paths = append(paths, matches...)
	}
	sort.Strings(paths)
	var result []manifest
	for _, path := range paths {
		if found, err := readManifest(path); err == nil {
			result = append(result, found)
		}
	}
	return result
}

func readManifest(path string) (manifest, error) {
	var result manifest
	content, err := os.ReadFile(path)
	if err != nil {
		return result, err
	}
	if err := json.Unmarshal(content, &result); err != nil {
		// A block of another shape (some packages hold "pulumi": true) still leaves
		// name and version of use.
		var plain struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		}
		err = json.Unmarshal(content, &plain)
		return manifest{Name: plain.Name, Version: plain.Version}, err
	}
	return result, nil
}

func firstOf(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

func withV(version string) string {
	return "v" + strings.TrimPrefix(version, "v")
}
