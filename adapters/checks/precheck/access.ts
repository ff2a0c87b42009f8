import type { Finding } from "../../../mesh/checks/finding";
import {
  type AccessTarget,
  deniedFindings,
  EVERYTHING,
  type Grant,
  grantsOf,
  hasRoles,
  namesFromCrds,
  type Permission,
  ROLE_VERBS,
  targetsOf,
  verbsOf,
} from "../../../mesh/checks/precheck/permissions";
import { rightsOfSteps } from "../../../mesh/checks/precheck/stepRights";
import type { GatedMesh } from "../../../mesh/checks/precheck/types";
import type { JsonObject } from "../../../mesh/common/json";
import { uniqueBy } from "../../../mesh/common/lists";
import { isCrd, type K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { type Cluster, succeeded } from "../../cluster/cluster";
import type { ObjectPaths } from "../../cluster/discovery";
import { inParallel } from "../../cluster/inParallel";

const AUTHORIZATION = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const AUTHENTICATION = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

function reviewOf(access: Permission): JsonObject {
  if ("path" in access) {
    return { nonResourceAttributes: { verb: access.verb, path: access.path } };
  }
  const { verb, group, namespace, name } = access;
  const [resource = "", subresource] = access.resource.split("/");
  const attributes = { verb, group, resource, subresource, name, namespace };
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return { resourceAttributes: Object.fromEntries(given) as JsonObject };
}

async function isAllowed(cluster: Cluster, access: Permission): Promise<boolean> {
  const answer = await cluster.call("POST", AUTHORIZATION, {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    spec: reviewOf(access),
  });
  return getPath(succeeded("permissions", answer), "status.allowed") === true;
}

async function denied<T extends Permission>(cluster: Cluster, asked: readonly T[]): Promise<T[]> {
  const allowed = await inParallel(asked, (access) => isAllowed(cluster, access));
  return asked.filter((_, index) => allowed[index] === false);
}

/** Returns the name of the kubeconfig's user. Kubernetes answers that since 1.28. */
async function userOf(cluster: Cluster): Promise<string> {
  const { status, body } = await cluster.call("POST", AUTHENTICATION, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "SelfSubjectReview",
  });
  const name = status < 300 ? getPath(body, "status.userInfo.username") : undefined;
  return typeof name === "string" ? name : "USER";
}

type Right = AccessTarget & { readonly verb: string };

/** What decides which rights an update needs. */
type AskedMesh = Pick<GatedMesh, "objects" | "adopt" | "plan">;

/** @example targetOf("/apis/apps/v1/namespaces/istio-system/deployments/istiod") */
function targetOf(path: string): AccessTarget {
  const [, root, ...parts] = path.split("/");
  const [group = "", ...below] =
    root === "api" ? ["", ...parts.slice(1)] : [parts[0] ?? "", ...parts.slice(2)];
  const namespaced = below[0] === "namespaces" && below.length === 4;
  return {
    group,
    resource: (namespaced ? below[2] : below[0]) ?? "",
    namespace: namespaced ? (below[1] ?? "") : "",
  };
}

/** Returns the kinds and places that an update writes to. */
export async function targetsIn(
  objects: readonly K8sObject[],
  paths: ObjectPaths,
): Promise<AccessTarget[]> {
  const served = new Map<K8sObject, AccessTarget>();
  for (const object of objects) {
    const path = await paths(object);
    if (path !== undefined) {
      served.set(object, targetOf(path));
    }
  }
  const fromCrds = namesFromCrds(objects.filter(isCrd));
  return targetsOf(objects, (object) => served.get(object) ?? fromCrds(object));
}

async function deniedTargets(
  cluster: Cluster,
  { objects, adopt }: AskedMesh,
  paths: ObjectPaths,
): Promise<Right[]> {
  const targets = await targetsIn(objects, paths);
  // Most users who install have all verbs of a kind, so one question replaces six.
  const partly = await denied(
    cluster,
    targets.map((target) => ({ ...target, verb: "*" })),
  );
  return denied(
    cluster,
    partly.flatMap((target) => verbsOf(adopt).map((verb) => ({ ...target, verb }))),
  );
}

/** Returns roles that the user may not create, because they grant rights that the user lacks. */
async function deniedGrants(cluster: Cluster, objects: readonly K8sObject[]): Promise<Grant[]> {
  if (!hasRoles(objects) || (await denied(cluster, ROLE_VERBS)).length === 0) {
    return [];
  }
  const grants = grantsOf(objects);
  const unique = uniqueBy(grants.map(({ access }) => access));
  const lacking = new Set((await denied(cluster, unique)).map((access) => JSON.stringify(access)));
  return grants.filter(({ access }) => lacking.has(JSON.stringify(access)));
}

/**
 * Returns what the kubeconfig's user may not do of what an update does. Makes one call for a cluster
 * admin, and one for each kind and namespace for other users.
 */
export async function checkPermissions(
  cluster: Cluster,
  desired: AskedMesh,
  paths: ObjectPaths,
): Promise<Finding[]> {
  if (await isAllowed(cluster, EVERYTHING)) {
    return [];
  }
  const targets = [
    ...(await deniedTargets(cluster, desired, paths)),
    ...(await denied(cluster, rightsOfSteps(desired))),
  ];
  const grants = await deniedGrants(cluster, desired.objects);
  return targets.length + grants.length === 0
    ? []
    : deniedFindings(await userOf(cluster), targets, grants);
}
