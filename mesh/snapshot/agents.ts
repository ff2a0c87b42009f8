import type { JsonObject } from "../common/json";
import { workloadVersion } from "../k8s/imageVersion";
import { labelsOf } from "../k8s/istioLabels";
import { nameOf, templateOf } from "../k8s/workload";

/** How Istio's charts mark the pods of a node agent, and which container has its version. */
const AGENTS = [
  {
    kind: "cni",
    name: "istio-cni-node",
    label: "k8s-app",
    value: "istio-cni-node",
    container: "install-cni",
  },
  { kind: "ztunnel", name: "ztunnel", label: "app", value: "ztunnel", container: "istio-proxy" },
] as const;

export type AgentKind = (typeof AGENTS)[number]["kind"];

/** A node agent of the mesh. */
export interface LiveAgent {
  readonly kind: AgentKind;
  readonly version?: string;
}

/** Returns the kind of node agent whose pod this is, or `undefined` if it is none of Istio's. */
export function nodeAgentOf(pod: JsonObject): AgentKind | undefined {
  const labels = labelsOf(pod);
  return AGENTS.find(({ label, value }) => labels[label] === value)?.kind;
}

/** Returns the node agent that a DaemonSet runs, or `undefined` if it runs none of Istio. */
export function nodeAgent(daemonSet: JsonObject): LiveAgent | undefined {
  const labels = labelsOf(templateOf(daemonSet));
  const agent = AGENTS.find(
    ({ label, value, name }) => labels[label] === value || nameOf(daemonSet) === name,
  );
  if (agent === undefined) {
    return undefined;
  }
  const version = workloadVersion(daemonSet, agent.container);
  return { kind: agent.kind, ...(version !== undefined && { version }) };
}
