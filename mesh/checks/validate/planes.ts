import type { JsonObject } from "../../common/json";
import type { Workload } from "../../guard/rollout";
import { injectionWebhooks, knownNames } from "../../injection/webhooks";
import { controlPlanes, type LivePlane } from "../../snapshot/controlPlanes";

/** The control planes in a cluster, by their Deployments. */
export function livePlanes(workloads: readonly Workload[]): LivePlane[] {
  const deployments = workloads.filter(({ kind }) => kind === "Deployment");
  return controlPlanes(deployments.map(({ object }) => object));
}

/** Revisions that have somebody to answer for them: an istiod here, or one elsewhere, by URL. */
export function knownRevisions(
  workloads: readonly Workload[],
  injectors: readonly JsonObject[],
): string[] {
  const elsewhere = injectionWebhooks(injectors)
    .filter(({ service, tag }) => service.kind === "url" && tag === undefined)
    .map(({ revision }) => revision);
  return [...new Set([...livePlanes(workloads).map(({ revision }) => revision), ...elsewhere])];
}

/** Revisions and tags that a label may name, sorted. */
export function knownLabels(injectors: readonly JsonObject[]): string[] {
  return knownNames(injectionWebhooks(injectors));
}

/** @example planeTitle(plane) // "istiod 1-29-1" */
export function planeTitle({ revision }: Pick<LivePlane, "revision">): string {
  return `istiod ${revision}`;
}
