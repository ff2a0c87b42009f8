import { isObject, type JsonObject } from "../../common/json";
import { groupBy, someOf, uniqueBy } from "../../common/lists";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import type { AdoptMode } from "../../model/adoptMode";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";

const found = findingsOf("permissions");

/** A kind of object in a namespace, or in the whole cluster (""). */
export interface AccessTarget {
  readonly group: string;
  /** The plural, such as `deployments`. A subresource follows after a slash. */
  readonly resource: string;
  readonly namespace: string;
  /** @default any */
  readonly name?: string;
}

/** A right that the user may have or not. */
export type Permission =
  | (AccessTarget & { readonly verb: string })
  | { readonly verb: string; readonly path: string };

/** The verbs of an update: it reads, applies, waits for and deletes objects. */
export const VERBS: readonly string[] = ["get", "list", "watch", "create", "patch", "delete"];

/** Returns the verbs of an update. What a take-over would change is asked by a dry run of `update`. */
export function verbsOf(adopt: AdoptMode): readonly string[] {
  return adopt === "all" ? [...VERBS, "update"] : VERBS;
}

/** All rights. This is asked first, because most users who install Istio have them. */
export const EVERYTHING: Permission = { verb: "*", group: "*", resource: "*", namespace: "" };

/** Returns the resource of a kind, or `undefined` if the API server does not know it yet. */
export type ResourceOf = (object: K8sObject) => AccessTarget | undefined;

const keyOf = (access: object) => JSON.stringify(access);

/** Returns the resources of kinds whose CRDs the cluster does not have yet. */
export function namesFromCrds(crds: readonly K8sObject[]): ResourceOf {
  const names = new Map(
    crds.map(({ spec }) => {
      const { group, names: own } = isObject(spec) ? spec : {};
      const { kind, plural } = isObject(own) ? own : {};
      return [`${group}/${kind}`, { group: String(group), resource: String(plural) }];
    }),
  );
  return (object) => {
    const { apiVersion, kind, namespace } = identityOf(object);
    const named = names.get(`${apiVersion.split("/")[0]}/${kind}`);
    return named === undefined ? undefined : { ...named, namespace };
  };
}

/** Returns the kinds and namespaces that an update writes to, each once. */
export function targetsOf(objects: readonly K8sObject[], resourceOf: ResourceOf): AccessTarget[] {
  return uniqueBy(objects.flatMap((object) => resourceOf(object) ?? []));
}

/** A role, and a right that one must have to grant it. */
export interface Grant {
  readonly role: string;
  readonly access: Permission;
}

const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

/** Returns the rights that a rule of RBAC grants. */
function accessOfRule(rule: JsonObject, namespace: string): Permission[] {
  const verbs = texts(rule.verbs);
  const names = rule.resourceNames === undefined ? [undefined] : texts(rule.resourceNames);
  const ofResources = texts(rule.apiGroups).flatMap((group) =>
    texts(rule.resources).flatMap((resource) =>
      names.map((name) => ({ group, resource, namespace, ...(name !== undefined && { name }) })),
    ),
  );
  const paths = texts(rule.nonResourceURLs);
  return verbs.flatMap((verb): Permission[] => [
    ...ofResources.map((target) => ({ ...target, verb })),
    ...paths.map((path) => ({ verb, path })),
  ]);
}

/**
 * Returns the rights that the planned roles grant. Kubernetes lets nobody create a role with rights that
 * one lacks, unless one may `escalate`.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
export function grantsOf(objects: readonly K8sObject[]): Grant[] {
  const roles = objects.filter(({ kind }) => kind === "ClusterRole" || kind === "Role");
  return roles.flatMap((role) => {
    const rules = Array.isArray(role.rules) ? role.rules.filter(isObject) : [];
    return rules
      .flatMap((rule) => accessOfRule(rule, identityOf(role).namespace))
      .map((access) => ({ role: objectTitle(role), access }));
  });
}

/** Returns whether any role is planned. */
export function hasRoles(objects: readonly K8sObject[]): boolean {
  return objects.some(({ kind }) => /^(Cluster)?Role(Binding)?$/.test(kind));
}

/** The verbs that allow creating and binding roles with rights that one lacks. */
export const ROLE_VERBS: readonly Permission[] = ["escalate", "bind"].map((verb) => ({
  verb,
  group: "rbac.authorization.k8s.io",
  resource: "clusterroles",
  namespace: "",
}));

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

/** The command with which an administrator allows a user to install Istio. */
export function grantCommand(user: string): string {
  const [, namespace, name] = SERVICE_ACCOUNT.exec(user) ?? [];
  const subject =
    namespace === undefined ? `--user=${user}` : `--serviceaccount=${namespace}:${name}`;
  return `have an administrator run: kubectl create clusterrolebinding istio-installer --clusterrole=cluster-admin ${subject}`;
}

function resourceTitle({ group, resource }: AccessTarget): string {
  return group === "" ? resource : `${resource}.${group}`;
}

function place({ namespace }: AccessTarget): string {
  return namespace === "" ? "in the whole cluster" : `in the namespace ${namespace}`;
}

function accessTitle(access: Permission): string {
  return "path" in access
    ? `${access.verb} ${access.path}`
    : `${access.verb} ${resourceTitle(access)}`;
}

function neededBy({ step }: DeniedRight): string {
  return step === undefined ? "" : `, as ${step} needs`;
}

/** A right that the user lacks. */
export type DeniedRight = AccessTarget & {
  readonly verb: string;
  /** The step of an update that needs it. @default an object of the mesh is applied */
  readonly step?: string;
};

/** Several steps may need the same right, which is named once. */
function eachOnce(denied: readonly DeniedRight[]): DeniedRight[] {
  const rights = groupBy(denied, ({ step: _, ...right }) => keyOf(right));
  return [...rights.values()].flatMap(([first]) => first ?? []);
}

/**
 * A finding for each kind and place that a user may not write to as an update does, and for each
 * role that one may not make.
 *
 * @param user as the API server knows one
 * @example
 * deniedFindings("ci", [{ verb: "create", group: "apps", resource: "deployments", namespace: "istio-system" }], [])[0].reason
 * // "ci may not create deployments.apps in the namespace istio-system"
 */
export function deniedFindings(
  user: string,
  denied: readonly DeniedRight[],
  grants: readonly Grant[],
): Finding[] {
  const fix = grantCommand(user);
  const byTarget = groupBy(eachOnce(denied), ({ verb: _, ...target }) => keyOf(target));
  const targets = [...byTarget.values()].flatMap((group) => {
    const [first] = group;
    const verbs = group.map(({ verb }) => verb).join(", ");
    return first === undefined
      ? []
      : [
          found.error(
            resourceTitle(first),
            `${user} may not ${verbs} ${resourceTitle(first)} ${place(first)}${neededBy(first)}`,
            fix,
          ),
        ];
  });
  const roles = [...groupBy(grants, ({ role }) => role)].map(([role, own]) => {
    const lacking = someOf([...new Set(own.map(({ access }) => accessTitle(access)))]);
    const reason = `${user} may not make it, since it grants what ${user} may not do: ${lacking}`;
    return found.error(role, reason, fix);
  });
  return [...targets, ...roles];
}
