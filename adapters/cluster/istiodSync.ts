import type { JsonObject } from "../../mesh/common/json";
import { nameOf, namespaceOf } from "../../mesh/k8s/workload";
import type { Reading } from "../../mesh/snapshot/snapshot";
import { type ConnectedProxy, parseSync, type SyncAnswer } from "../../mesh/snapshot/sync";
import type { PodShell } from "./exec";
import { inParallel } from "./inParallel";

/** Through the API server's proxy, istiod would require a token. In its own pod it does not. */
const COMMAND = ["pilot-discovery", "request", "GET", "/debug/syncz"];

const CONTAINER = "discovery";

/** The client library gives a refusal only as a number in its text. */
function fixFor(reason: string, namespace: string, pod: string): string {
  return /\b40[13]\b/.test(reason)
    ? `grant the verbs get and create on pods/exec in the namespace ${namespace}, or leave --sync out`
    : `see whether this answers: kubectl -n ${namespace} exec ${pod} -c ${CONTAINER} -- ${COMMAND.join(" ")}`;
}

async function proxiesOf(
  shell: PodShell,
  namespace: string,
  pod: string,
): Promise<Reading<ConnectedProxy[]>> {
  try {
    const target = { namespace, pod, container: CONTAINER, command: COMMAND };
    const { succeeded, stdout, stderr } = await shell(target);
    if (!succeeded) {
      throw new Error(`pilot-discovery cannot ask istiod: ${stderr}`);
    }
    return parseSync(stdout);
  } catch (error) {
    const unread = (error as Error).message;
    return { unread, fix: fixFor(unread, namespace, pod) };
  }
}

/** Asks each pod of istiod which proxies are connected to it: one command in each, none in others. */
export function askIstiods(
  shell: PodShell,
  istiods: readonly { readonly pod: JsonObject; readonly revision: string }[],
): Promise<SyncAnswer[]> {
  return inParallel(istiods, async ({ pod, revision }) => {
    const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
    const proxies = await proxiesOf(shell, namespace, name);
    return { pod: `${namespace}/${name}`, revision, proxies };
  });
}
