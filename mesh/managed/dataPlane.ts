import type { Problem } from "../common/problem";
import { MANAGED_REVISIONS } from "../model/channels";

/** Google's annotation that switches the managed data plane. */
export const DATA_PLANE = "mesh.cloud.google.com/proxy";

/**
 * Returns the annotation that switches Google's managed data plane for a control plane revision, a
 * namespace or a pod. The narrowest scope wins. Returns nothing if the input is `undefined`.
 *
 * @example dataPlane(true) // { "mesh.cloud.google.com/proxy": '{"managed":"true"}' }
 * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
 */
export function dataPlane(managed: boolean | undefined): Record<string, string> {
  return managed === undefined
    ? {}
    : { [DATA_PLANE]: JSON.stringify({ managed: String(managed) }) };
}

/** Returns whether Google runs the control plane of a revision. */
export function isManagedRevision(revision: string): boolean {
  return MANAGED_REVISIONS.includes(revision);
}

/**
 * Refuses a managed data plane where Google runs no control plane, because it would have no
 * effect.
 *
 * @param owner what names the revisions, such as `the namespace`
 */
export function checkDataPlane(
  managed: boolean | undefined,
  revisions: readonly string[],
  owner: string,
): Omit<Problem, "source">[] {
  return managed === undefined || revisions.some(isManagedRevision)
    ? []
    : [
        {
          path: "managedDataPlane",
          value: managed,
          reason: `is for control planes that Google runs, and ${owner} names ${revisions.join(", ")}`,
          allowed: `with ${MANAGED_REVISIONS.join(", ")}`,
          fix: `leave it out, or have ${owner} name one of these`,
        },
      ];
}
