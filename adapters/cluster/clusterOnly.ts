import type { JsonObject } from "../../mesh/common/json";
import { isManagedBy, isOfStack, type StackName, stackManagersOf } from "../../mesh/k8s/managers";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import type { Cluster } from "./cluster";
import { Discovery } from "./discovery";
import type { LivePair } from "./liveDiff";
import { listAll } from "./objects";

/** Kinds that a mesh may have had and the input has not; secrets are not read for this. */
const OTHER_KINDS: readonly string[] = [
  "v1 ConfigMap",
  "v1 Namespace",
  "v1 Service",
  "v1 ServiceAccount",
  "apps/v1 DaemonSet",
  "apps/v1 Deployment",
  "autoscaling/v2 HorizontalPodAutoscaler",
  "policy/v1 PodDisruptionBudget",
  "networking.k8s.io/v1 NetworkPolicy",
  "rbac.authorization.k8s.io/v1 ClusterRole",
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
  "rbac.authorization.k8s.io/v1 Role",
  "rbac.authorization.k8s.io/v1 RoleBinding",
  "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
];

/** Kinds that stay if an input no longer has them. */
const KEPT = "CustomResourceDefinition";

const kindOf = ({ apiVersion, kind }: K8sObject) => `${apiVersion} ${kind}`;

/**
 * The manager whose objects an update of the input would delete. Without a stack's name it is the only
 * one that has applied any of the input's objects: of several, nobody knows which.
 */
function ownManager(pairs: readonly LivePair[], stack: StackName | undefined): string | undefined {
  const managers = [...new Set(pairs.flatMap(({ live }) => stackManagersOf(live ?? {})))];
  if (stack !== undefined) {
    return managers.find((manager) => isOfStack(manager, stack));
  }
  return managers.length === 1 ? managers[0] : undefined;
}

async function ownedOf(
  cluster: Cluster,
  kinds: readonly string[],
  isOwned: (object: JsonObject) => boolean,
): Promise<K8sObject[]> {
  const discovery = new Discovery(cluster);
  const lists = kinds.map(async (each) => {
    const [apiVersion = "", kind = ""] = each.split(" ");
    const path = await discovery.listPath(apiVersion, kind);
    const found = path === undefined ? [] : await listAll(cluster, path);
    // Items of a list have no kind.
    return found.filter(isOwned).map((object) => ({ ...object, apiVersion, kind }) as K8sObject);
  });
  return (await Promise.all(lists)).flat();
}

/**
 * Objects that the stack behind an input has applied and that the input has no more: an update would
 * delete them. CRDs stay, and are left out, as are objects of other stacks.
 *
 * @param pairs the input's objects beside those of the cluster
 * @param stack whose input it is @default the only one that has applied any of its objects
 */
export async function clusterOnly(
  cluster: Cluster,
  pairs: readonly LivePair[],
  stack?: StackName,
): Promise<K8sObject[]> {
  const manager = ownManager(pairs, stack);
  if (manager === undefined) {
    return [];
  }
  const planned = new Set(pairs.map(({ next }) => objectTitle(next)));
  const kinds = new Set([...OTHER_KINDS, ...pairs.map(({ next }) => kindOf(next))]);
  const asked = [...kinds].filter((kind) => !kind.endsWith(` ${KEPT}`));
  const owned = await ownedOf(cluster, asked, (object) => isManagedBy(object, manager));
  return owned.filter((object) => !planned.has(objectTitle(object)));
}
