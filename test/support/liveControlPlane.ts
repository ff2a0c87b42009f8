import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/json";
import type { K8sObject } from "../../mesh/patch/types";
import { type RenderTools, renderComponent } from "../../mesh/render/render";
import { type ResolvedMesh, resolveMesh } from "../../mesh/resolve";
import { type LiveCluster, liveCluster } from "./liveCluster";
import { ISTIO } from "./tools";

/** What of a control plane other parts of a mesh look at. */
const KINDS = ["ServiceAccount", "Service", "Deployment", "MutatingWebhookConfiguration"];

/** Nothing runs in the cluster's pods, so that no webhook answers: pods must do without. */
function unanswered(object: K8sObject): K8sObject {
  if (!Array.isArray(object.webhooks)) {
    return object;
  }
  const webhooks = (object.webhooks as JsonObject[]).map((webhook) => ({
    ...webhook,
    failurePolicy: "Ignore",
    timeoutSeconds: 1,
  }));
  return { ...object, webhooks };
}

/** A control plane as somebody else would install it, without Pulumi. */
export async function installControlPlane(
  live: LiveCluster,
  render: RenderTools,
  revision: string,
  set: readonly string[] = [],
): Promise<ResolvedMesh> {
  const mesh = resolveMesh({ version: ISTIO, revision, profile: "minimal", set });
  const plan = mesh.components.find(({ component }) => component.name === "pilot");
  assert.ok(plan);
  const { objects } = await renderComponent(plan, mesh, render);
  for (const object of objects.filter(({ kind }) => KINDS.includes(kind))) {
    await live.apply(unanswered(object));
  }
  return mesh;
}

export const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";

/** What istiod does once it is ready: it writes its certificate into a webhook, and no more. */
export async function writeCaBundle(
  kubeconfig: string,
  name: string,
  caBundle = "Y2VydA==",
): Promise<void> {
  const istiod = liveCluster(kubeconfig, "pilot-discovery");
  const { apiVersion, kind, webhooks } = await istiod.get(`${WEBHOOKS}/${name}`);
  const patched = (webhooks as JsonObject[]).map((webhook) => ({
    name: webhook.name,
    clientConfig: { caBundle },
  }));
  const patch = { apiVersion, kind, metadata: { name }, webhooks: patched };
  await istiod.apply(patch as unknown as K8sObject);
}
