import type { JsonObject } from "../common/json";
import { type LiveObjects, livePod } from "../guard/liveUsers";
import { itemsOf, readWorkloadsIn, type Snapshot, WORKLOAD_LISTS } from "./snapshot";

/** The lists that say who uses a revision. */
export const USER_LISTS = ["mutatingWebhooks", "namespaces", "pods", ...WORKLOAD_LISTS] as const;

/** Returns everything in a cluster that may use a revision, as far as it could be read. */
export function usersIn(lists: Snapshot<(typeof USER_LISTS)[number], JsonObject>): LiveObjects {
  return {
    webhooks: itemsOf(lists.mutatingWebhooks),
    namespaces: itemsOf(lists.namespaces),
    workloads: readWorkloadsIn(lists).map(({ object }) => object),
    pods: itemsOf(lists.pods)
      .map(livePod)
      .filter((pod) => pod !== undefined),
  };
}
