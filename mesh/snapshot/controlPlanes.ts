import type { JsonObject } from "../common/json";
import { workloadVersion } from "../k8s/imageVersion";
import { labelsOf, REVISION_LABEL, revisionLabel } from "../k8s/istioLabels";
import { nameOf, namespaceOf } from "../k8s/workload";

/** Container of istiod. */
export const DISCOVERY = "discovery";

/** One istiod of a cluster. */
export interface LivePlane {
  /** As labels have it: `default` for the revision without a name. */
  readonly revision: string;
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
  /** Of Istio; `undefined` where neither the image nor the chart's label says it. */
  readonly version: string | undefined;
  readonly deployment: JsonObject;
}

/** Revision of what belongs to a control plane, as labels have it. */
export function revisionOf(object: JsonObject): string {
  return revisionLabel(labelsOf(object)[REVISION_LABEL] ?? "");
}

/** Whether a Deployment is one of istiod. */
export function isIstiod(deployment: JsonObject): boolean {
  return labelsOf(deployment).app === "istiod";
}

/** The control planes among Deployments, in the order of these. */
export function controlPlanes(deployments: readonly JsonObject[]): LivePlane[] {
  return deployments.filter(isIstiod).map((deployment) => ({
    revision: revisionOf(deployment),
    namespace: namespaceOf(deployment),
    name: nameOf(deployment),
    version: workloadVersion(deployment, DISCOVERY),
    deployment,
  }));
}
