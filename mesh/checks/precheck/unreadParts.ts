import { WORKLOAD_KINDS } from "../../k8s/workload";
import type { LiveState } from "./types";

const WEBHOOKS = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/**
 * The kinds without which a part of the state is not whole. Parts that are made of many kinds
 * (`existing`, say) are used as far as they go.
 */
const KINDS: Readonly<Partial<Record<keyof LiveState, readonly string[]>>> = {
  nodes: ["Node"],
  namespaces: ["Namespace"],
  workloads: WORKLOAD_KINDS,
  proxies: ["Pod"],
  mutatingWebhooks: ["MutatingWebhookConfiguration"],
  validatingWebhooks: ["ValidatingWebhookConfiguration"],
  webhookServices: [...WEBHOOKS, "Service", "EndpointSlice"],
  crds: ["CustomResourceDefinition"],
  budgets: ["PodDisruptionBudget"],
  autoscalers: ["HorizontalPodAutoscaler"],
  quotas: ["ResourceQuota"],
  limitRanges: ["LimitRange"],
  values: ["ConfigMap"],
  meshConfigs: ["ConfigMap"],
  workloadEntries: ["WorkloadEntry"],
  envoyFilters: ["EnvoyFilter"],
  // Whether anybody still uses a revision, and whether it runs, must be known for certain.
  leftovers: [...WEBHOOKS, ...WORKLOAD_KINDS, "Namespace", "Pod", "Service"],
};

/**
 * Returns the parts of the state that are not whole.
 *
 * @param refused kinds that the user may not read
 */
export function unreadParts(refused: ReadonlySet<string>): (keyof LiveState)[] {
  const parts = Object.entries(KINDS) as [keyof LiveState, readonly string[]][];
  return parts.filter(([, kinds]) => kinds.some((kind) => refused.has(kind))).map(([part]) => part);
}
