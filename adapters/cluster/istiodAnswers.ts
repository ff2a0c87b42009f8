import type { JsonObject } from "../../mesh/common/json";
import { type Decision, OK, wait } from "../../mesh/guard/decision";
import { type Clock, waitUntilOk } from "../../mesh/guard/waiting";
import { REVISION_LABEL, revisionLabel } from "../../mesh/k8s/istioLabels";
import type { Cluster } from "./cluster";

/** The addresses of a Service reach every node within two seconds. A longer time means a closed firewall. */
const TIMEOUT_SECONDS = 30;
const POLL_SECONDS = 0.2;

/** An object that only the webhook of one revision checks. It is never stored. */
function probe(namespace: string, revision: string): JsonObject {
  return {
    apiVersion: "security.istio.io/v1",
    kind: "PeerAuthentication",
    metadata: {
      name: "pulumi-service-mesh-probe",
      namespace,
      labels: { [REVISION_LABEL]: revisionLabel(revision) },
    },
    spec: { selector: { matchLabels: { app: "pulumi-service-mesh-probe" } } },
  };
}

async function look(cluster: Cluster, object: JsonObject): Promise<Decision> {
  const { name, namespace } = object.metadata as JsonObject;
  const path = `/apis/security.istio.io/v1/namespaces/${namespace}/peerauthentications/${name}`;
  const query = "?dryRun=All&force=true&fieldManager=pulumi-service-mesh";
  const { status, body } = await cluster.call("PATCH", path + query, object);
  const message = String(body.message ?? "");
  // Any other answer does not come from istiod, for example if the user may not create the object.
  return status === 500 && message.includes("webhook") ? wait(message) : OK;
}

/**
 * Waits until the API server gets an answer from istiod, as it must before it takes any object of
 * Istio's. Pods are ready a moment before every node knows the way to them.
 *
 * @returns the API server's error if it still gets no answer, or `undefined`
 */
export async function awaitAnswers(
  cluster: Cluster,
  { namespace, revision }: { readonly namespace: string; readonly revision: string },
  clock: Clock,
): Promise<string | undefined> {
  const object = probe(namespace, revision);
  try {
    await waitUntilOk(() => look(cluster, object), {
      clock,
      timeoutSeconds: TIMEOUT_SECONDS,
      pollSeconds: POLL_SECONDS,
    });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
