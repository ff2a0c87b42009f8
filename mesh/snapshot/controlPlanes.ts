import type { JsonObject } from "../common/json";
import { workloadVersion } from "../k8s/imageVersion";
import { labelsOf, REVISION_LABEL, revisionLabel } from "../k8s/istioLabels";
import { isReady, nameOf, namespaceOf, podsOf, type Workload } from "../k8s/workload";

/** The container of istiod. */
export const DISCOVERY = "discovery";

/** One istiod of a cluster. */
export interface LivePlane {
  /** As labels have it: `default` for the revision without a name. */
  readonly revision: string;
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
  /** The Istio version. `undefined` if neither the image nor the chart's label has it. */
  readonly version: string | undefined;
  readonly deployment: JsonObject;
}

/** Returns the revision that an object belongs to, as labels have it. */
export function revisionOf(object: JsonObject): string {
  return revisionLabel(labelsOf(object)[REVISION_LABEL] ?? "");
}

/** Returns whether a Deployment is one of istiod. */
export function isIstiod(deployment: JsonObject): boolean {
  return labelsOf(deployment).app === "istiod";
}

/** Returns the control planes among Deployments, in the order of these. */
export function controlPlanes(deployments: readonly JsonObject[]): LivePlane[] {
  return deployments.filter(isIstiod).map((deployment) => ({
    revision: revisionOf(deployment),
    namespace: namespaceOf(deployment),
    name: nameOf(deployment),
    version: workloadVersion(deployment, DISCOVERY),
    deployment,
  }));
}

/** Returns the control planes among workloads. */
export function planesIn(workloads: readonly Workload[]): LivePlane[] {
  const deployments = workloads.filter(({ kind }) => kind === "Deployment");
  return controlPlanes(deployments.map(({ object }) => object));
}

/** Returns the pods of a workload, which are in its namespace. Leaves out those being deleted. */
export function ownPods(workload: Workload, pods: readonly JsonObject[]): JsonObject[] {
  const namespace = namespaceOf(workload.object);
  return podsOf(
    workload,
    pods.filter((pod) => namespaceOf(pod) === namespace),
  );
}

/** Returns the ready pods of control planes, with their revisions. */
export function readyIstiodPods(
  planes: readonly LivePlane[],
  pods: readonly JsonObject[],
): { readonly pod: JsonObject; readonly revision: string }[] {
  return planes.flatMap(({ deployment, revision }) =>
    ownPods({ kind: "Deployment", object: deployment }, pods)
      .filter(isReady)
      .map((pod) => ({ pod, revision })),
  );
}
