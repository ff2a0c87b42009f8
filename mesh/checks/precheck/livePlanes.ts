import { DEFAULT_REVISION } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import type { ControlPlaneFacts } from "../../model/facts";
import { type AgentKind, nodeAgent } from "../../snapshot/agents";
import { controlPlanes } from "../../snapshot/controlPlanes";

/** A control plane that the cluster has, as the inputs would state it. */
export interface PlaneFacts extends ControlPlaneFacts {
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
}

/** The control planes in a cluster; those that name no version have version "". */
export function livePlanes(workloads: readonly K8sObject[]): PlaneFacts[] {
  const deployments = workloads.filter(({ kind }) => kind === "Deployment");
  return controlPlanes(deployments).map(({ revision, version = "", namespace, name }) => ({
    revision: revision === DEFAULT_REVISION ? "" : revision,
    version,
    namespace,
    name,
  }));
}

/** The version of a node agent, which a cluster has one of. */
export function agentVersion(
  workloads: readonly K8sObject[],
  wanted: AgentKind,
): string | undefined {
  return workloads
    .filter(({ kind }) => kind === "DaemonSet")
    .map(nodeAgent)
    .find((agent) => agent?.kind === wanted)?.version;
}
