// In a project of your own: from "pulumi-service-mesh" and "pulumi-service-mesh/gke".

import { Config } from "@pulumi/pulumi";
import { ServiceMesh } from "../../components";
import { GkeFoundation } from "../../components/gke";

const config = new Config();
const project = config.require("project");
const charts = config.get("charts");

// A private cluster that exists, and what Google's guides have a person do around its mesh.
const foundation = new GkeFoundation("gke", {
  project,
  location: config.require("location"),
  cluster: { kind: "existing", name: config.require("cluster") },
  firewall: { ports: [15014] },
  telemetry: {
    reports: ["traces"],
    workloads: [{ namespace: "opentelemetry", serviceAccount: "opentelemetry-collector" }],
  },
  fleet: {},
  addresses: [{ name: "shop-blue" }, { name: "shop-green" }],
  dns: [
    {
      name: "shop.example.com",
      zone: "example-com",
      revisions: [
        { revision: "1-30-4", weight: 90, address: "shop-blue" },
        { revision: "1-31-0", weight: 10, address: "shop-green" },
      ],
    },
  ],
  registry: { repository: "mesh", path: "istio" },
});

/** GKE finds a reserved address by its name, so that a preview knows it before it is reserved. */
function gateway(name: string, revision: string, address: string) {
  const annotations = { "networking.gke.io/load-balancer-ip-addresses": address };
  return {
    name,
    namespace: "istio-gateways",
    revisions: [{ revision }],
    service: { annotations },
  };
}

// Starts once all of the foundation is there, the firewall rule before istiod.
const mesh = new ServiceMesh(
  "mesh",
  {
    version: "1.30.4",
    revisions: [{ revision: "1-30-4" }, { revision: "1-31-0", version: "1.31.0" }],
    profile: "minimal",
    gateways: [
      gateway("shop-blue", "1-30-4", "shop-blue"),
      gateway("shop-green", "1-31-0", "shop-green"),
    ],
    ...(charts !== undefined && { charts: { kind: "folder", path: charts } }),
    ...foundation.meshInputs,
    target:
      config.get("target") === "cluster"
        ? foundation.target
        : { kind: "render", directory: config.get("directory") ?? "rendered" },
  },
  { dependsOn: foundation },
);

export const kubeconfig = foundation.kubeconfig;
export const hub = foundation.hub;
export const platform = foundation.platform;
export const revision = mesh.revision;
