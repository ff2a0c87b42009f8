package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// About names the node that runs programs here, for `pulumi about`.
func (h *host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := findNode()
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return nil, err
	}
	return &pulumirpc.AboutResponse{
		Executable: node,
		Version:    strings.TrimSpace(string(out)),
		Metadata:   map[string]string{"host": "built from Go modules", "host version": version},
	}, nil
}

// GetProgramDependencies lists what the program's package.json names, with the
// installed versions; with the transitive ones, all that is installed at the top.
func (h *host) GetProgramDependencies(
	_ context.Context, req *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	dir := req.GetInfo().GetProgramDirectory()
	wanted, err := readManifest(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.GetProgramDependenciesResponse{}
	for _, found := range installed(modulesFolder(dir)) {
		if req.GetTransitiveDependencies() || wanted.names(found.Name) {
			response.Dependencies = append(response.Dependencies,
				&pulumirpc.DependencyInfo{Name: found.Name, Version: found.Version})
		}
	}
	sort.Slice(response.Dependencies, func(i, j int) bool {
		return response.Dependencies[i].Name < response.Dependencies[j].Name
	})
	return response, nil
}

func (m manifest) names(name string) bool {
	_, direct := m.Dependencies[name]
	_, development := m.DevDependencies[name]
	return direct || development
}
