import { otherCaOf } from "../../../mesh/check/validate/certificates";
import { answerIn, parseSync } from "../../../mesh/check/validate/proxies";
import type { ProxyCertificate, Reading, SyncAnswer } from "../../../mesh/check/validate/state";
import { listAt, nameOf, namespaceOf } from "../../../mesh/guard/workload";
import { isObject, type JsonObject } from "../../../mesh/json";
import { getPath } from "../../../mesh/translate";
import type { PodShell } from "./exec";

/** Runs something that may fail, and tells why. */
export async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return await read();
  } catch (error) {
    return { unread: (error as Error).message };
  }
}

/** Container of every proxy, as an init container too where it is a native sidecar. */
export const PROXY_CONTAINER = "istio-proxy";

/** Only the certificates: the whole dump may have many megabytes. */
const SECRETS = "config_dump?resource=dynamic_active_secrets";

/** The chain of a proxy's own certificate in Envoy's dump of its secrets. */
export function chainInDump(text: string): string {
  const dump = JSON.parse(answerIn(text)) as JsonObject;
  const own = listAt(dump, "configs").find(({ name }) => name === "default");
  const chain = own && getPath(own, "secret.tls_certificate.certificate_chain");
  const bytes = isObject(chain) ? chain.inline_bytes : undefined;
  if (typeof bytes !== "string") {
    throw new Error("its Envoy has no certificate of the workload yet");
  }
  return Buffer.from(bytes, "base64").toString("utf8");
}

/** The certificate that a proxy has now, as PEM, its own first. */
async function readChain(shell: PodShell, namespace: string, pod: string): Promise<string> {
  const { succeeded, stdout, stderr } = await shell({
    namespace,
    pod,
    container: PROXY_CONTAINER,
    command: ["pilot-agent", "request", "GET", SECRETS],
  });
  if (!succeeded) {
    throw new Error(`pilot-agent cannot ask its Envoy: ${stderr}`);
  }
  return chainInDump(stdout);
}

/** The certificate of a pod's proxy, or why it cannot be read. */
export async function proxyCertificate(
  shell: PodShell,
  pod: JsonObject,
): Promise<ProxyCertificate> {
  const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
  const serviceAccount = String(getPath(pod, "spec.serviceAccountName") ?? "default");
  const chain = await reading(() => readChain(shell, namespace, name));
  return { namespace, pod: name, serviceAccount, otherCa: otherCaOf(pod), chain };
}

/** What one istiod says of the proxies that are connected to it. */
export async function syncAnswer(
  shell: PodShell,
  pod: JsonObject,
  revision: string,
): Promise<SyncAnswer> {
  const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
  const command = ["pilot-discovery", "request", "GET", "/debug/syncz"];
  const proxies = await reading(async () => {
    const target = { namespace, pod: name, container: "discovery", command };
    const { succeeded, stdout, stderr } = await shell(target);
    if (!succeeded) {
      throw new Error(`pilot-discovery cannot ask istiod: ${stderr}`);
    }
    return parseSync(stdout);
  });
  return { pod: `${namespace}/${name}`, revision, proxies };
}
