import { isObject } from "../../common/json";
import type { ServedKind } from "../../k8s/discovery";
import { managersOf } from "../../k8s/managers";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { actsFor } from "./marks";

/** Kinds that Kubernetes creates for other objects and that hold no data of their own. */
const RECORDS = ["Event", "Endpoints", "EndpointSlice", "PodMetrics"];

/** The objects that Kubernetes creates in every Namespace. */
const BUILT_IN = ["ServiceAccount default", "ConfigMap kube-root-ca.crt"];

/** Managers that write for Kubernetes, the cloud provider or istiod, and not for a person. */
const CONTROLLERS: readonly RegExp[] = [
  /^pilot-discovery$/,
  /^kube-(controller-manager|scheduler|apiserver)$/,
  /^kubelet$/,
  /^cloud-controller-manager$/,
  /^openshift-controller-manager$/,
  /^cluster-policy-controller$/,
];

function isController(manager: string): boolean {
  return CONTROLLERS.some((pattern) => pattern.test(manager));
}

function goesByItself(object: K8sObject): boolean {
  const owners = getPath(object, "metadata.ownerReferences");
  const isOwned = Array.isArray(owners) && owners.length > 0;
  return (
    isOwned ||
    object.metadata.deletionTimestamp !== undefined ||
    RECORDS.includes(object.kind) ||
    BUILT_IN.includes(`${object.kind} ${object.metadata.name}`)
  );
}

interface Viewer {
  /** The stack's field manager. */
  readonly manager: string;
  /** Whether the stack's own objects are still to be deleted. */
  readonly ownGo: boolean;
}

function isMade(object: K8sObject, { manager: stack, ownGo }: Viewer): boolean {
  const managers = managersOf(object).map(({ manager }) => manager);
  if (managers.some((manager) => actsFor(manager, stack))) {
    return ownGo;
  }
  return managers.length > 0 && managers.every(isController);
}

/**
 * Returns the objects that would be lost with a Namespace: created neither by the stack nor by
 * Kubernetes or istiod, and not by a controller for another object.
 *
 * @returns titles, such as `ConfigMap istio-system/settings`
 */
export function foreignContents(objects: readonly K8sObject[], viewer: Viewer): string[] {
  return objects
    .filter((object) => isObject(object.metadata))
    .filter((object) => !goesByItself(object) && !isMade(object, viewer))
    .map(objectTitle);
}

/** Returns whether objects of a kind can be listed in a Namespace and may hold data of their own. */
export function mayHoldData({ kind, namespaced, verbs }: ServedKind): boolean {
  return namespaced && verbs.includes("list") && !RECORDS.includes(kind);
}
