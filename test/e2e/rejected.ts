import type { K8sObject } from "../../mesh/k8s/objects";
import { GATEWAYS } from "./shop";

/** A cluster that istiod takes and Envoy does not: such a load balancer goes with another type. */
const cluster = {
  name: "rejected",
  type: "STATIC",
  connect_timeout: "1s",
  lb_policy: "CLUSTER_PROVIDED",
};

/** Configuration that the proxies of the gateway `web` refuse. */
export const rejectedConfiguration: K8sObject = {
  apiVersion: "networking.istio.io/v1alpha3",
  kind: "EnvoyFilter",
  metadata: { name: "rejected", namespace: GATEWAYS },
  spec: {
    workloadSelector: { labels: { app: "web" } },
    configPatches: [
      {
        applyTo: "CLUSTER",
        match: { context: "GATEWAY" },
        patch: { operation: "ADD", value: cluster },
      },
    ],
  },
};
