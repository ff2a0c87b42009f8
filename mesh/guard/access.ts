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
 * What a call that failed leads to. One that got no answer may get one later; an answer that the
 * caller may not ask stays the same (403), or that it is nobody the cluster knows (401).
 *
 * @param status of HTTP; absent when nothing answered
 */
export function decideFailedCall(message: string, status?: number): Decision {
  if (status === 403) {
    return fail(message, permission(message));
  }
  return status === 401
    ? fail(message, "log in again: the cluster does not take the kubeconfig's credentials")
    : wait(message);
}
