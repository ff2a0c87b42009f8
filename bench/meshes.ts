import { join } from "node:path";
import { chartsFolder } from "../toolchain/setup";
import { NEW, NEWEST, OLD, PREVIOUS } from "../toolchain/versions";
import type { Config } from "./projects";

/** The folder with Istio's charts by version. */
export const CHARTS = join(chartsFolder(), "..");

export const OVERLAYS = [
  "envoy-access-log",
  "cni-gcp",
  "distroless-proxy",
  "termination-drain-30s",
  "cloud-tracing",
];

function common(): Config {
  return {
    "mesh:charts": { kind: "folder", path: CHARTS },
    "mesh:overlays": OVERLAYS,
  };
}

export function onCluster(kubeconfig: string): Config {
  return { "mesh:target": "cluster", "mesh:kubeconfig": kubeconfig };
}

/** No cloud provides load balancers here. */
const WITHOUT_LOAD_BALANCER = {
  apiVersion: "install.istio.io/v1alpha1",
  kind: "IstioOperator",
  spec: {
    components: {
      ingressGateways: [
        {
          name: "istio-ingressgateway",
          enabled: true,
          k8s: { service: { type: "ClusterIP" } },
        },
      ],
    },
  },
};

/** One revision and the gateway of the default profile. */
export function smallMesh(): Config {
  return {
    ...common(),
    "mesh:version": NEWEST,
    "mesh:revision": NEW,
    "mesh:overlays": [...OVERLAYS, WITHOUT_LOAD_BALANCER],
  };
}

export type Revision = { readonly revision: string; readonly version?: string };

/** Control planes side by side, of the old version unless they name another. */
export function meshOf(revisions: readonly Revision[]): Config {
  return {
    ...common(),
    "mesh:version": PREVIOUS,
    "mesh:profile": "minimal",
    "mesh:revisions": revisions,
  };
}

/** The mesh in the middle of an upgrade, before its gateways move. */
export function twoRevisions(): Config {
  return meshOf([{ revision: OLD }, { revision: NEW, version: NEWEST }]);
}

const NAMESPACE = "istio-gateways";

/** Two gateways in the middle of an upgrade. */
export function twoGateways(): Config {
  const revisions = [
    { revision: OLD, weight: 90 },
    { revision: NEW, weight: 10 },
  ];
  const place = { namespace: NAMESPACE, replicas: 4, revisions };
  return {
    "mesh:gateways": [
      { ...place, name: "web", tls: [{ hosts: ["shop.example.com"], credentialName: "shop" }] },
      { ...place, name: "out", kind: "egress" },
    ],
  };
}

/** Several gateways of one revision. */
export function gatewaysOf(revision: string, count: number): Config {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const place = { namespace: NAMESPACE, revisions: [{ revision, weight: 100 }] };
  return { "mesh:gateways": numbers.map((number) => ({ ...place, name: `web-${number}` })) };
}
