import { otherCaOf } from "../../../mesh/checks/validate/proxyCa";
import type { ProxyCertificate } from "../../../mesh/checks/validate/state";
import type { JsonObject } from "../../../mesh/common/json";
import { getPath } from "../../../mesh/k8s/path";
import { listAt, nameOf, namespaceOf, PROXY_CONTAINER } from "../../../mesh/k8s/workload";
import { isUnread, type Reading } from "../../../mesh/snapshot/snapshot";
import { answerIn } from "../../../mesh/snapshot/sync";
import type { PodShell } from "../../cluster/exec";

/** Runs something that may fail. Returns its result, or why it failed. */
export async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return await read();
  } catch (error) {
    return { unread: (error as Error).message };
  }
}

/** Only the certificates, because the whole dump may have many megabytes. */
const SECRETS = "config_dump?resource=dynamic_active_secrets";

/** The certificates that a proxy presents and accepts, as PEM. Its own certificate is the first. */
export interface ProxySecrets {
  readonly chain: string;
  readonly roots: string;
}

/** Returns a secret of Envoy, by its name in pilot-agent. */
function secretAt(dump: JsonObject, name: string, path: string): string | undefined {
  const found = listAt(dump, "configs").find((each) => each.name === name);
  const bytes = getPath(found ?? {}, `secret.${path}.inline_bytes`);
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : undefined;
}

/**
 * Returns a proxy's own certificate, and those that it trusts, from Envoy's dump of its secrets.
 *
 * @throws Error if the certificate is not there
 */
export function secretsInDump(text: string): ProxySecrets {
  const dump = JSON.parse(answerIn(text)) as JsonObject;
  const chain = secretAt(dump, "default", "tls_certificate.certificate_chain");
  if (chain === undefined) {
    throw new Error("its Envoy has no certificate of the workload yet");
  }
  return { chain, roots: secretAt(dump, "ROOTCA", "validation_context.trusted_ca") ?? "" };
}

async function readSecrets(shell: PodShell, namespace: string, pod: string): Promise<ProxySecrets> {
  const { succeeded, stdout, stderr } = await shell({
    namespace,
    pod,
    container: PROXY_CONTAINER,
    command: ["pilot-agent", "request", "GET", SECRETS],
  });
  if (!succeeded) {
    throw new Error(`pilot-agent cannot ask its Envoy: ${stderr}`);
  }
  return secretsInDump(stdout);
}

/** Reads the certificate of a pod's proxy, or says why it cannot be read. */
export async function proxyCertificate(
  shell: PodShell,
  pod: JsonObject,
): Promise<ProxyCertificate> {
  const [namespace, name] = [namespaceOf(pod), nameOf(pod)];
  const serviceAccount = String(getPath(pod, "spec.serviceAccountName") ?? "default");
  const secrets = await reading(() => readSecrets(shell, namespace, name));
  const { chain, roots } = isUnread(secrets) ? { chain: secrets, roots: secrets } : secrets;
  return { namespace, pod: name, serviceAccount, otherCa: otherCaOf(pod), chain, roots };
}
