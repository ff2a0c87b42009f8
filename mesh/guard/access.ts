import { type Decision, fail, wait } from "./decision";

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
 * Decides what follows from a failed call. A call without an answer may get one later. A missing
 * permission (403) and unknown credentials (401) do not change by waiting.
 *
 * @param status the HTTP status; `undefined` if there was no answer
 */
export function decideFailedCall(message: string, status?: number): Decision {
  if (status === 403) {
    return fail(message, permission(message));
  }
  return status === 401
    ? fail(message, "log in again: the cluster does not accept the kubeconfig's credentials")
    : wait(message);
}
