import { isObject, type Json, type JsonObject } from "../../common/json";
import { getPath } from "../../k8s/path";

/** A role for some members, from a policy of Google Cloud. */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  /** Whether it has a condition, which is not evaluated. */
  readonly isConditional: boolean;
}

/** Whether a role is held, perhaps only under a condition. */
export type RoleHeld = "yes" | "conditional" | "no";

function bindingsOf(policy: Json | undefined): Binding[] {
  const list = getPath(policy ?? null, "bindings");
  return (Array.isArray(list) ? list.filter(isObject) : []).map(
    ({ role, members, condition }: JsonObject) => ({
      role: String(role),
      members: Array.isArray(members) ? members.map(String) : [],
      isConditional: condition !== undefined,
    }),
  );
}

/**
 * The bindings in what gcloud prints: one policy (`get-iam-policy`), or those of a project and all
 * above it (`get-ancestors-iam-policy`).
 */
export function bindingsIn(printed: Json): Binding[] {
  return Array.isArray(printed)
    ? printed.flatMap((entry) => bindingsOf(isObject(entry) ? entry.policy : undefined))
    : bindingsOf(printed);
}

const REPORTERS = ["roles/container.defaultNodeServiceAccount", "roles/editor"];

/** Roles that include another one for certain. The owner's role includes all. */
const WIDER: Readonly<Record<string, readonly string[]>> = {
  "roles/monitoring.metricWriter": [
    ...["roles/monitoring.editor", "roles/monitoring.admin"],
    ...REPORTERS,
  ],
  "roles/logging.logWriter": ["roles/logging.admin", ...REPORTERS],
  "roles/cloudtrace.agent": ["roles/cloudtrace.admin", "roles/editor"],
  "roles/privateca.workloadCertificateRequester": ["roles/privateca.admin"],
  "roles/privateca.auditor": ["roles/privateca.admin"],
  "roles/artifactregistry.reader": [
    ...["roles/artifactregistry.writer", "roles/artifactregistry.repoAdmin"],
    ...["roles/artifactregistry.admin", "roles/viewer", "roles/editor"],
  ],
};

const OWNER = "roles/owner";
const PUBLIC: readonly string[] = ["allUsers", "allAuthenticatedUsers"];

const PRINCIPAL =
  /^principal(?:Set)?:\/\/iam\.googleapis\.com\/(.+\/workloadIdentityPools\/([^/]+))\/(?:subject\/ns\/([^/]+)\/sa\/(.+))?/;
const POOL_GROUP = /^group:(.+):\/allAuthenticatedUsers\/$/;

/**
 * Whether a member of a policy stands for another one: itself, everybody, or all of its identity pool
 * or namespace.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#principal-id-examples
 */
export function standsFor(member: string, wanted: string): boolean {
  if (member === wanted || PUBLIC.includes(member)) {
    return true;
  }
  const [, group] = POOL_GROUP.exec(wanted) ?? [];
  if (group !== undefined) {
    return member.endsWith(`/workloadIdentityPools/${group}/*`);
  }
  const [, path, pool, namespace, account] = PRINCIPAL.exec(wanted) ?? [];
  if (path === undefined) {
    return false;
  }
  const set = `principalSet://iam.googleapis.com/${path}`;
  const all = [`${set}/*`, `group:${pool}:/allAuthenticatedUsers/`];
  const narrower =
    account === undefined
      ? []
      : [`${set}/namespace/${namespace}`, `serviceAccount:${pool}[${namespace}/${account}]`];
  return [...all, ...narrower].includes(member);
}

/**
 * Whether one of some members holds a role by these bindings. Who is in a group is not known.
 *
 * @param wanted the member, and others that include it
 */
export function holds(
  bindings: readonly Binding[],
  role: string,
  wanted: readonly string[],
): RoleHeld {
  const roles = [role, OWNER, ...(WIDER[role] ?? [])];
  const own = bindings.filter(
    (binding) =>
      roles.includes(binding.role) &&
      binding.members.some((one) => wanted.some((member) => standsFor(one, member))),
  );
  if (own.some(({ isConditional }) => !isConditional)) {
    return "yes";
  }
  return own.length > 0 ? "conditional" : "no";
}
