"""A mesh with a gateway, in the cluster that kubectl uses."""

import pulumi
import pulumi_servicemesh as servicemesh

# Control plane, gateway and namespace, with strict mutual TLS.
mesh = servicemesh.ServiceMesh(
    "mesh",
    version="1.31.0",
    revision="1-31-0",
    profile="minimal",
    target=servicemesh.TargetClusterArgs(kind="cluster"),
    overlays=["./overlays/team.yaml"],
    mtls=servicemesh.MtlsArgs(mode=servicemesh.MtlsMode.STRICT),
    tags={"stable": "1-31-0"},
    namespaces=[servicemesh.NamespaceArgs(name="shop", revision="stable", create=True)],
    gateways=[
        servicemesh.GatewaySettingsArgs(
            name="web",
            namespace="istio-gateways",
            revisions=[servicemesh.GatewayRevisionArgs(revision="stable")],
            autoscaling=servicemesh.GatewayAutoscalingArgs(min_replicas=2, max_replicas=6),
        )
    ],
)

after_mesh = pulumi.ResourceOptions(depends_on=[mesh])

# Errors only in the access log, and traces of every twentieth request.
servicemesh.Telemetry(
    "errors",
    namespace="istio-system",
    access_logging=servicemesh.TelemetryAccessLoggingArgs(filter="response.code >= 400"),
    tracing=servicemesh.TelemetryTracingArgs(sampling_percent=5),
    opts=after_mesh,
)

# A workload that has no sidecar yet.
servicemesh.PeerAuthentication(
    "legacy",
    namespace="shop",
    name="legacy",
    mode=servicemesh.PeerAuthenticationMode.PERMISSIVE,
    match_labels={"app": "legacy"},
    opts=after_mesh,
)

pulumi.export("revision", mesh.revision)
pulumi.export("images", mesh.summary.images)
pulumi.export("address", mesh.gateways[0].address)
