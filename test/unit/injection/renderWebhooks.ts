import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { type RenderTools, renderComponent } from "../../../mesh/render/render";
import { type ResolvedMesh, resolveMesh } from "../../../mesh/spec/resolve";
import { tagObjects } from "../../../mesh/tag/tag";
import { NEW, NEWEST, OLD } from "../../../toolchain/versions";

const VERSION = NEWEST;

interface Wanted {
  readonly name: string;
  readonly revision: string;
  readonly tag?: string;
  readonly auto?: boolean;
}

const WANTED: readonly Wanted[] = [
  { name: "default", revision: "" },
  { name: "default-auto", revision: "", auto: true },
  { name: "old", revision: OLD },
  { name: "new", revision: NEW },
  { name: "prod-old", tag: "prod", revision: OLD },
  { name: "prod-new", tag: "prod", revision: NEW },
  { name: "tag-default-old", tag: "default", revision: OLD },
  { name: "tag-default-new", tag: "default", revision: NEW },
  { name: "tag-default-new-auto", tag: "default", revision: NEW, auto: true },
];

function meshOf({ revision, auto = false }: Wanted): ResolvedMesh {
  const flag = `values.sidecarInjectorWebhook.enableNamespacesByDefault=${auto}`;
  return resolveMesh(
    { version: VERSION, revision, profile: "minimal", set: [flag] },
    overlayLibrary(),
  );
}

async function objectsOf(wanted: Wanted, tools: RenderTools): Promise<readonly K8sObject[]> {
  const mesh = meshOf(wanted);
  const { tag, revision } = wanted;
  if (tag !== undefined) {
    return tagObjects({ tag, revision, mesh }, tools);
  }
  const plan = mesh.components.find(({ component }) => component.name === "pilot");
  return plan === undefined ? [] : (await renderComponent(plan, mesh, tools)).objects;
}

/** The webhook configurations of the scenarios, by name, as Istio's charts render them. */
export async function renderWebhooks(tools: RenderTools): Promise<Record<string, JsonObject>> {
  const entries = await Promise.all(
    WANTED.map(async (wanted) => {
      const objects = await objectsOf(wanted, tools);
      const webhook = objects.find(({ kind }) => kind === "MutatingWebhookConfiguration");
      return [wanted.name, webhook] as [string, K8sObject];
    }),
  );
  return Object.fromEntries(entries);
}
