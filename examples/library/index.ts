import { Provider } from "@pulumi/kubernetes";
import { Config } from "@pulumi/pulumi";
import { Cni, ControlPlane, PeerAuthentication, ServiceMesh, Telemetry } from "pulumi-service-mesh";

const config = new Config();
const charts = config.get("charts") || undefined;

// Manifests in a folder, for a GitOps tool to apply. For a cluster, give a kubeconfig instead.
const kubernetes = new Provider("manifests", {
  renderYamlToDirectory: config.require("directory"),
  enableConfigMapMutable: true,
});
const providers = { kubernetes };

const common = {
  version: "1.31.0",
  charts: charts === undefined ? undefined : ({ kind: "folder", path: charts } as const),
};

// The mesh that serves: CRDs, base, the control plane and strict mutual TLS.
const mesh = new ServiceMesh(
  "mesh",
  {
    ...common,
    revision: "stable",
    profile: "minimal",
    overlays: ["./overlays/team.yaml"],
    mtls: { mode: "STRICT" },
  },
  { providers },
);

// A second control plane beside it: namespaces move to it by their label, one by one.
const canary = new ControlPlane(
  "istiod-canary",
  { ...common, revision: "canary", proxy: { imageType: "distroless" } },
  { providers, dependsOn: mesh },
);

// One CNI plugin serves both revisions.
new Cni(
  "istio-cni",
  { ...common, cni: { environment: "gke" } },
  { providers, dependsOn: [mesh, canary] },
);

// Errors only in the access log, and traces of every twentieth request.
new Telemetry(
  "mesh-default",
  {
    namespace: "istio-system",
    accessLogging: { filter: "response.code >= 400" },
    tracing: { samplingPercent: 5 },
  },
  { providers, dependsOn: mesh },
);

// A workload that has no sidecar yet.
new PeerAuthentication(
  "legacy",
  { namespace: "shop", name: "legacy", mode: "PERMISSIVE", matchLabels: { app: "legacy" } },
  { providers, dependsOn: mesh },
);

export const revisions = [mesh.revision, canary.revision];
export const images = mesh.summary.apply((summary) => summary?.images);
