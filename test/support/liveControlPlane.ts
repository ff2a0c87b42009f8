import assert from "node:assert/strict";
import { overlayLibrary } from "../../adapters/overlays";
import type { JsonObject } from "../../mesh/common/json";
import { labelsOf } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { type RenderTools, renderComponent } from "../../mesh/render/render";
import { type ResolvedMesh, resolveMesh } from "../../mesh/spec/resolve";
import { NEWEST } from "../../toolchain/versions";
import type { FakeInjector } from "./fakeInjector";
import { type LiveCluster, liveCluster } from "./liveCluster";

/** What of a control plane other parts of a mesh look at. */
const KINDS = ["ServiceAccount", "Service", "Deployment", "MutatingWebhookConfiguration"];

/** Who answers for istiod, of whose pods nothing runs. */
interface Answering {
  /** @default nobody: pods must do without */
  readonly injector?: FakeInjector;
}

function answered(webhook: JsonObject, revision: string, { injector }: Answering): JsonObject {
  return injector === undefined
    ? { ...webhook, failurePolicy: "Ignore", timeoutSeconds: 1 }
    : { ...webhook, clientConfig: injector.clientConfig(revision) };
}

/** The webhooks of an object with somebody to answer them; its selectors stay as Istio has them. */
export function withAnswers(object: K8sObject, answering: Answering): K8sObject {
  if (!Array.isArray(object.webhooks)) {
    return object;
  }
  const revision = labelsOf(object)["istio.io/rev"] ?? "";
  const webhooks = object.webhooks as JsonObject[];
  return { ...object, webhooks: webhooks.map((hook) => answered(hook, revision, answering)) };
}

/** A control plane as somebody else would install it, without Pulumi. */
export async function installControlPlane(
  live: LiveCluster,
  render: RenderTools,
  revision: string,
  options: Answering & { readonly set?: readonly string[] } = {},
): Promise<ResolvedMesh> {
  const mesh = resolveMesh(
    { version: NEWEST, revision, profile: "minimal", set: options.set },
    overlayLibrary(),
  );
  const plan = mesh.components.find(({ component }) => component.name === "pilot");
  assert.ok(plan);
  const { objects } = await renderComponent(plan, mesh, render);
  for (const object of objects.filter(({ kind }) => KINDS.includes(kind))) {
    await live.apply(withAnswers(object, options));
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
