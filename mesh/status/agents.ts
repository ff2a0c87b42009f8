import type { JsonObject } from "../common/json";
import { counts } from "../guard/rollout";
import { nameOf, namespaceOf, type Workload } from "../k8s/workload";
import { nodeAgent } from "../snapshot/agents";
import type { AgentStatus } from "./types";
import { byText, type View } from "./view";

function read(object: JsonObject): AgentStatus[] {
  const agent = nodeAgent(object);
  if (agent === undefined) {
    return [];
  }
  const { ready, wanted } = counts({ kind: "DaemonSet", object });
  return [
    {
      kind: agent.kind,
      namespace: namespaceOf(object),
      name: nameOf(object),
      ...(agent.version !== undefined && { version: agent.version }),
      ready,
      wanted,
    },
  ];
}

/** Returns the CNI and ztunnel DaemonSets with their versions and pods, by name. */
export function agentStatus({ lists }: View): AgentStatus[] {
  return lists.daemonSets.flatMap(read).sort((a, b) => byText(a.name, b.name));
}

/** Returns the DaemonSets of node agents. */
export function agentWorkloads({ workloads }: View): Workload[] {
  return workloads.filter(
    ({ kind, object }) => kind === "DaemonSet" && nodeAgent(object) !== undefined,
  );
}
