// Command pulumi-resource-kubernetes serves the Kubernetes provider to the Pulumi engine.
//
// The provider's own main embeds files that its release process makes, so this
// one hands the schema over instead: set-up copies schema.json here, out of the
// module, before it builds.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by set-up with -ldflags "-X main.version=...".
var version = "0.0.0"

//go:embed schema.json
var schema []byte

func main() {
	noTerraformMapping := []byte("{}")
	provider.Serve("kubernetes", version, schema, noTerraformMapping)
}
