import type { Problem } from "../common/problem";
import { MANAGED_REVISIONS } from "../model/channels";

/** Annotation of Google's by which its managed data plane is switched. */
export const DATA_PLANE = "mesh.cloud.google.com/proxy";

/**
 * Switches Google's managed data plane: of a control plane revision, a namespace or a pod; the
 * narrower one counts. Nothing where nothing is said.
 *
 * @example dataPlane(true) // { "mesh.cloud.google.com/proxy": '{"managed":"true"}' }
 * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
 */
export function dataPlane(managed: boolean | undefined): Record<string, string> {
  return managed === undefined
    ? {}
    : { [DATA_PLANE]: JSON.stringify({ managed: String(managed) }) };
}

/** Whether Google runs the control plane of a revision. */
export function isManagedRevision(revision: string): boolean {
  return MANAGED_REVISIONS.includes(revision);
}

/**
 * A managed data plane where Google runs no control plane would be said and not done.
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
