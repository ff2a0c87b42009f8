import type { JsonObject } from "../common/json";
import { counts, type Workload } from "../guard/rollout";
import { labelsOf } from "../k8s/istioLabels";
import { nameOf, namespaceOf } from "../k8s/workload";
import { versionOf } from "./revisions";
import type { AgentStatus } from "./types";
import { byText, templateOf, type View } from "./view";

/** Labels by which Istio's charts mark the pods of a node agent, and its container. */
const AGENTS = [
  { kind: "cni", label: "k8s-app", value: "istio-cni-node", container: "install-cni" },
  { kind: "ztunnel", label: "app", value: "ztunnel", container: "istio-proxy" },
] as const;

function agentOf(daemonSet: JsonObject) {
  const labels = labelsOf(templateOf(daemonSet));
  return AGENTS.find(({ label, value }) => labels[label] === value);
}

function read(object: JsonObject): AgentStatus[] {
  const agent = agentOf(object);
  if (agent === undefined) {
    return [];
  }
  const { ready, wanted } = counts({ kind: "DaemonSet", object });
  const version = versionOf(object, agent.container);
  return [
    {
      kind: agent.kind,
      namespace: namespaceOf(object),
      name: nameOf(object),
      ...(version !== undefined && { version }),
      ready,
      wanted,
    },
  ];
}

/** CNI and ztunnel, in the order of their names. */
export function agentStatus({ live }: View): AgentStatus[] {
  return live.lists.daemonsets.flatMap(read).sort((a, b) => byText(a.name, b.name));
}

/** DaemonSets of node agents. */
export function agentWorkloads({ workloads }: View): Workload[] {
  return workloads.filter(
    ({ kind, object }) => kind === "DaemonSet" && agentOf(object) !== undefined,
  );
}
