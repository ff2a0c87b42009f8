import type { JsonObject } from "../../common/json";
import type { Workload } from "../../guard/rollout";
import { injectionWebhooks, knownNames } from "../../injection/webhooks";
import { type LivePlane, planesIn } from "../../snapshot/controlPlanes";

/** Revisions that have somebody to answer for them: an istiod here, or one elsewhere, by URL. */
export function knownRevisions(
  workloads: readonly Workload[],
  mutatingWebhooks: readonly JsonObject[],
): string[] {
  const elsewhere = injectionWebhooks(mutatingWebhooks)
    .filter(({ service, tag }) => service.kind === "url" && tag === undefined)
    .map(({ revision }) => revision);
  return [...new Set([...planesIn(workloads).map(({ revision }) => revision), ...elsewhere])];
}

/** Revisions and tags that a label may name, sorted. */
export function knownLabels(mutatingWebhooks: readonly JsonObject[]): string[] {
  return knownNames(injectionWebhooks(mutatingWebhooks));
}

/** @example planeTitle(plane) // "istiod 1-29-1" */
export function planeTitle({ revision }: Pick<LivePlane, "revision">): string {
  return `istiod ${revision}`;
}
