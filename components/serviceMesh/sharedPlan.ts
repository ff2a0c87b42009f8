import { renderTools } from "../../adapters/renderTools";
import { isWebhook, type K8sObject } from "../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import {
  deactivatedInjector,
  withoutDefaultInjector,
  yieldsInjection,
} from "../../mesh/plan/defaultInjector";
import { type MeshPlan, tagRequests } from "../../mesh/plan/meshPlan";
import type { RenderedComponent, RenderTools } from "../../mesh/render/render";
import type { ResolvedMesh } from "../../mesh/spec/resolve";
import { tagObjects } from "../../mesh/tag/tag";
import { type MeshArgs, type SharedMesh, sharedSource, shareResolved } from "../objects/meshPart";
import { PULUMI_NEWS } from "../pulumi/chartNews";

/** The meshes of a plan, each of whose charts is rendered once. */
export interface SharedPlan {
  /** Without an injector that has yielded to a tag `default`. */
  readonly controlPlanes: readonly SharedMesh[];
  /** Such an injector alone, deactivated; one at most. */
  readonly yielded: readonly SharedMesh[];
  readonly shared: SharedMesh;
  readonly primary: SharedMesh;
}

type PickObjects = (rendered: RenderedComponent) => RenderedComponent;

/** A mesh with some of its objects. */
function picked(shared: SharedMesh, pick: PickObjects): SharedMesh {
  return { ...shared, render: async (name) => (await shared.render(name)).map(pick) };
}

export function sharePlan(
  plan: MeshPlan,
  inputs: ServiceMeshInputs,
  options: Pick<SharedMesh, "sensitive" | "ownership" | "rollouts">,
): SharedPlan {
  const { sensitive, ownership, rollouts } = options;
  const tools = renderTools(inputs.charts, { sensitive, news: PULUMI_NEWS });
  const share = (mesh: ResolvedMesh): SharedMesh => ({
    ...shareResolved(mesh, inputs, sensitive, ownership, tools),
    rollouts,
  });
  const planes = plan.controlPlanes.map((mesh) => ({
    shared: share(mesh),
    yields: yieldsInjection(plan, mesh),
  }));
  return {
    controlPlanes: planes.map(({ shared, yields }) =>
      yields ? picked(shared, withoutDefaultInjector) : shared,
    ),
    yielded: planes
      .filter(({ yields }) => yields)
      .map(({ shared }) => picked(shared, deactivatedInjector)),
    shared: share(plan.shared),
    primary: share(plan.primary),
  };
}

/** A part's args, where the mesh is known already. */
export function source(shared: SharedMesh): MeshArgs {
  return sharedSource(Promise.resolve(shared)) as unknown as MeshArgs;
}

/** Whether what the revisions share has a default validator. */
export async function hasWebhooks({ shared }: SharedPlan): Promise<boolean> {
  return (await shared.render("base")).some(({ objects }) => objects.some(isWebhook));
}

/** The objects of all tags of the plan. */
export async function renderTags(plan: MeshPlan, tools: RenderTools): Promise<K8sObject[]> {
  const tags = await Promise.all(tagRequests(plan).map((request) => tagObjects(request, tools)));
  return tags.flat();
}

/** Every object of every chart of the plan. */
export async function renderAll(meshes: SharedPlan): Promise<K8sObject[]> {
  const { shared, primary, controlPlanes, yielded } = meshes;
  const planes = ["istiodRemote", "pilot"] as const;
  const cluster = ["cni", "ztunnel", "ingressGateways", "egressGateways"] as const;
  const rendered = await Promise.all([
    shared.render("base"),
    ...controlPlanes.flatMap(({ render }) => planes.map(render)),
    ...yielded.map(({ render }) => render("pilot")),
    ...cluster.map(primary.render),
  ]);
  return rendered.flat().flatMap(({ objects }) => objects);
}
