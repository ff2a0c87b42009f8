import { DEFAULT_REVISION } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import type { ControlPlaneFacts } from "../../model/facts";
import { type AgentKind, nodeAgent } from "../../snapshot/agents";
import { controlPlanes } from "../../snapshot/controlPlanes";

/** A control plane of the cluster, in the form of the inputs. */
export interface PlaneFacts extends ControlPlaneFacts {
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
}

/** Returns the control planes in a cluster. An unknown version is "". */
export function livePlanes(workloads: readonly K8sObject[]): PlaneFacts[] {
  const deployments = workloads.filter(({ kind }) => kind === "Deployment");
  return controlPlanes(deployments).map(({ revision, version = "", namespace, name }) => ({
    revision: revision === DEFAULT_REVISION ? "" : revision,
    version,
    namespace,
    name,
  }));
}

/** Returns the control planes in a cluster whose version is known. */
export function knownPlanes(workloads: readonly K8sObject[]): PlaneFacts[] {
  return livePlanes(workloads).filter(({ version }) => version !== "");
}

/** Returns the version of a node agent, of which a cluster has one. */
export function agentVersion(
  workloads: readonly K8sObject[],
  wanted: AgentKind,
): string | undefined {
  return workloads
    .filter(({ kind }) => kind === "DaemonSet")
    .map(nodeAgent)
    .find((agent) => agent?.kind === wanted)?.version;
}
