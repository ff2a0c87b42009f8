// Command example creates a mesh with a gateway, in the cluster that kubectl uses.
package main

import (
	"github.com/pulumi-service-mesh/pulumi-service-mesh/sdk/go/servicemesh"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		mesh, err := newMesh(ctx)
		if err != nil {
			return err
		}
		afterMesh := pulumi.DependsOn([]pulumi.Resource{mesh})

		// Errors only in the access log, and traces of every twentieth request.
		_, err = servicemesh.NewTelemetry(ctx, "errors", &servicemesh.TelemetryArgs{
			Namespace: pulumi.String("istio-system"),
			AccessLogging: &servicemesh.TelemetryAccessLoggingArgs{
				Filter: pulumi.String("response.code >= 400"),
			},
			Tracing: &servicemesh.TelemetryTracingArgs{SamplingPercent: pulumi.Float64(5)},
		}, afterMesh)
		if err != nil {
			return err
		}

		// A workload that has no sidecar yet.
		_, err = servicemesh.NewPeerAuthentication(ctx, "legacy", &servicemesh.PeerAuthenticationArgs{
			Namespace:   pulumi.String("shop"),
			Name:        pulumi.String("legacy"),
			Mode:        servicemesh.PeerAuthenticationModePermissive,
			MatchLabels: pulumi.StringMap{"app": pulumi.String("legacy")},
		}, afterMesh)
		if err != nil {
			return err
		}

		ctx.Export("revision", mesh.Revision)
		ctx.Export("images", mesh.Summary.Images())
		ctx.Export("address", mesh.Gateways.Index(pulumi.Int(0)).Address())
		return nil
	})
}

// newMesh declares control plane, gateway and namespace, with strict mutual TLS.
func newMesh(ctx *pulumi.Context) (*servicemesh.ServiceMesh, error) {
	return servicemesh.NewServiceMesh(ctx, "mesh", &servicemesh.ServiceMeshArgs{
		Version:  pulumi.String("1.31.0"),
		Revision: pulumi.String("1-31-0"),
		Profile:  pulumi.String("minimal"),
		Target:   servicemesh.TargetClusterArgs{Kind: pulumi.String("cluster")},
		Overlays: pulumi.Array{pulumi.String("./overlays/team.yaml")},
		Mtls:     &servicemesh.MtlsArgs{Mode: servicemesh.MtlsModeStrict},
		Tags:     pulumi.StringMap{"stable": pulumi.String("1-31-0")},
		Namespaces: servicemesh.NamespaceArray{
			servicemesh.NamespaceArgs{
				Name:     pulumi.String("shop"),
				Revision: pulumi.String("stable"),
				Create:   pulumi.Bool(true),
			},
		},
		Gateways: servicemesh.GatewaySettingsArray{
			servicemesh.GatewaySettingsArgs{
				Name:      pulumi.String("web"),
				Namespace: pulumi.String("istio-gateways"),
				Revisions: servicemesh.GatewayRevisionArray{
					servicemesh.GatewayRevisionArgs{Revision: pulumi.String("stable")},
				},
				Autoscaling: &servicemesh.GatewayAutoscalingArgs{
					MinReplicas: pulumi.Int(2),
					MaxReplicas: pulumi.Int(6),
				},
			},
		},
	})
}
