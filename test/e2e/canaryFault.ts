import type { Json } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { NEW } from "../../toolchain/versions";
import { GATEWAYS } from "./shop";

/** A status that nothing else here answers with, so that a lost request says whose it is. */
export const CANARY_STATUS = 555;

const hundred = (numerator: number) => ({ numerator, denominator: "HUNDRED" });

/** How long a slow canary holds a request up. */
export const DELAY_SECONDS = 3;

/** What a faulty canary does to its requests. */
export const CANARY_FAULTS = {
  /** It answers a tenth of them with 5xx. */
  errors: { abort: { http_status: CANARY_STATUS, percentage: hundred(10) } },
  /** It holds a twentieth of them up, for longer than a busy machine does by itself. */
  slow: { delay: { fixed_delay: `${DELAY_SECONDS}s`, percentage: hundred(5) } },
} as const;

/** The fault of all gateways' proxies of the new revision, as an object that may be taken away again. */
export function canaryFault(fault: Readonly<Record<string, Json>>): K8sObject {
  const manager = "envoy.filters.network.http_connection_manager";
  const router = { name: manager, subFilter: { name: "envoy.filters.http.router" } };
  const filter = {
    name: "test.canary-fault",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
      ...fault,
    },
  };
  return {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: "canary-fault", namespace: GATEWAYS },
    spec: {
      workloadSelector: { labels: { "istio.io/rev": NEW } },
      configPatches: [
        {
          applyTo: "HTTP_FILTER",
          match: { context: "GATEWAY", listener: { filterChain: { filter: router } } },
          patch: { operation: "INSERT_BEFORE", value: filter },
        },
      ],
    },
  };
}
