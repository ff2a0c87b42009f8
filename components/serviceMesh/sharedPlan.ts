import type { K8sObject } from "../../mesh/patch/types";
import { deactivated, yieldsInjection } from "../../mesh/plan/defaultInjector";
import type { MeshPlan, ServiceMeshInputs } from "../../mesh/plan/meshPlan";
import { isWebhook } from "../../mesh/render/objects";
import type { ResolvedMesh } from "../../mesh/resolve";
import { PULUMI_NEWS } from "../charts/pulumiNews";
import { type MeshArgs, type SharedMesh, sharedSource, shareResolved } from "../meshPart";
import { renderTools } from "../renderTools";

/** The meshes of a plan, each of whose charts is rendered once. */
export interface SharedPlan {
  readonly controlPlanes: readonly SharedMesh[];
  readonly shared: SharedMesh;
  readonly primary: SharedMesh;
}

/** Its webhook gives way to that of the tag `default`: two would match the same pods (pain 6). */
function withoutDefaultInjector(shared: SharedMesh): SharedMesh {
  return {
    ...shared,
    render: async (name) => (await shared.render(name)).map(deactivated),
  };
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
  return {
    controlPlanes: plan.controlPlanes.map((mesh) =>
      yieldsInjection(plan, mesh) ? withoutDefaultInjector(share(mesh)) : share(mesh),
    ),
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

/** Every object of every chart of the plan. */
export async function renderAll(meshes: SharedPlan): Promise<K8sObject[]> {
  const { shared, primary, controlPlanes } = meshes;
  const planes = ["istiodRemote", "pilot"] as const;
  const cluster = ["cni", "ztunnel", "ingressGateways", "egressGateways"] as const;
  const rendered = await Promise.all([
    shared.render("base"),
    ...controlPlanes.flatMap(({ render }) => planes.map(render)),
    ...cluster.map(primary.render),
  ]);
  return rendered.flat().flatMap(({ objects }) => objects);
}
