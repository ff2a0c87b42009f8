/** @example 'User "ci" cannot list resource "pods" in API group "" in the namespace "edge"' */
const FORBIDDEN =
  /User "([^"]*)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/;

function permission(message: string): string {
  const match = FORBIDDEN.exec(message);
  if (match === null) {
    return "let the user of the kubeconfig do that";
  }
  const [, user, verb, resource, group = "", namespace] = match;
  const kind = group === "" ? resource : `${resource}.${group}`;
  const place = namespace === undefined ? "in the whole cluster" : `in the namespace ${namespace}`;
  return `grant ${user} the verb ${verb} on ${kind} ${place}`;
}

/**
 * Returns whether a status of HTTP says that the caller may not do this (403), or that the cluster
 * does not accept the caller's credentials (401).
 */
export function isRefused(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

/** Returns what to do about a refused call, or `undefined` if the call failed for another reason. */
export function refusalFix(message: string, status?: number): string | undefined {
  if (status === 403) {
    return permission(message);
  }
  return status === 401
    ? "log in again: the cluster does not accept the kubeconfig's credentials"
    : undefined;
}
