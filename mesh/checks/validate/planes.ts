import { type LivePlane, planesIn } from "../../snapshot/controlPlanes";
import { remoteRevisions } from "../../snapshot/revisions";
import type { Read } from "../../snapshot/snapshot";
import type { MeshState } from "./state";

type RevisionParts = Pick<Read<MeshState>, "workloads" | "mutatingWebhooks" | "services">;

/** Returns the revisions that have an istiod, in the cluster or outside of it. */
export function knownRevisions({ workloads, mutatingWebhooks, services }: RevisionParts): string[] {
  const own = planesIn(workloads).map(({ revision }) => revision);
  return [...new Set([...own, ...remoteRevisions(mutatingWebhooks, services)])];
}

/** @example planeTitle(plane) // "istiod 1-31-0" */
export function planeTitle({ revision }: Pick<LivePlane, "revision">): string {
  return `istiod ${revision}`;
}
