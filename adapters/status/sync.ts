import { isObject, type JsonObject } from "../../mesh/common/json";
import { nameOf, namespaceOf } from "../../mesh/k8s/workload";
import { istiodPods } from "../../mesh/status/rollouts";
import type { LiveState, Unread } from "../../mesh/status/types";
import { viewOf } from "../../mesh/status/view";
import type { PodShell } from "../cluster/exec";

/** istiod answers this only from its own pod: through the API server's proxy it asks for a token. */
const COMMAND = ["pilot-discovery", "request", "GET", "/debug/syncz"];

const CONTAINER = "discovery";

interface Answer {
  readonly connections: readonly JsonObject[];
  readonly unread: readonly Unread[];
}

function parse(text: string): JsonObject[] {
  const parsed: unknown = JSON.parse(text);
  return Array.isArray(parsed) ? parsed.filter(isObject) : [];
}

/** The client library gives a refusal as the number in its text. */
function fixOf(reason: string, pod: JsonObject): string {
  const namespace = namespaceOf(pod);
  return /\b403\b/.test(reason)
    ? `grant the verbs get and create on pods/exec in the namespace ${namespace}, or leave --sync out`
    : `see whether this answers: kubectl -n ${namespace} exec ${nameOf(pod)} -c ${CONTAINER} -- ${COMMAND.join(" ")}`;
}

async function ask(shell: PodShell, pod: JsonObject): Promise<Answer> {
  const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
  try {
    const command = { namespace, pod: name, container: CONTAINER, command: COMMAND };
    const { succeeded, stdout, stderr } = await shell(command);
    if (!succeeded) {
      throw new Error(`${namespace}/${name}: ${stderr}`);
    }
    return { connections: parse(stdout), unread: [] };
  } catch (error) {
    const reason = (error as Error).message;
    return { connections: [], unread: [{ list: "syncz", reason, fix: fixOf(reason, pod) }] };
  }
}

/**
 * Asks every ready istiod which proxies it serves and what they acknowledged: one command for each pod
 * of istiod, and none for a proxy's pod.
 */
export async function withSync(live: LiveState, shell: PodShell): Promise<LiveState> {
  const answers = await Promise.all(istiodPods(viewOf(live)).map((pod) => ask(shell, pod)));
  return {
    ...live,
    sync: answers.flatMap(({ connections }) => connections),
    unread: [...live.unread, ...answers.flatMap(({ unread }) => unread)],
  };
}
