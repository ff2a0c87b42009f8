import { renderTools } from "../../adapters/renderTools";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import { deactivatedInjector, withoutDefaultInjector } from "../../mesh/plan/defaultInjector";
import type { GraphTools } from "../../mesh/plan/graph";
import { type RenderedComponent, renderOnce } from "../../mesh/render/render";
import type { ResolvedMesh } from "../../mesh/spec/resolve";
import { clusterVersionOf } from "../objects/clusterVersion";
import type { SharedMesh } from "../objects/meshPart";
import { PULUMI_NEWS } from "../pulumi/chartNews";
import type { ClusterSession } from "../pulumi/clusterSession";

/** Provides the meshes of a plan to its parts. Each chart of a mesh is rendered once. */
export interface SharedPlan extends GraphTools {
  /** Returns a mesh for one of the parts. */
  share(mesh: ResolvedMesh, injector?: "absent" | "deactivated"): SharedMesh;
}

type PickObjects = (rendered: RenderedComponent) => RenderedComponent;

const PICKS: Readonly<Record<"absent" | "deactivated", PickObjects>> = {
  absent: withoutDefaultInjector,
  deactivated: deactivatedInjector,
};

export function sharePlan(
  inputs: ServiceMeshInputs,
  options: Pick<SharedMesh, "sensitive" | "ownership" | "rollouts"> & {
    readonly session: ClusterSession;
  },
): SharedPlan {
  const { sensitive, session } = options;
  const clusterVersion = clusterVersionOf(session);
  const tools = renderTools(inputs.charts, { sensitive, news: PULUMI_NEWS, clusterVersion });
  const render = renderOnce(tools);
  return {
    tools,
    render,
    share: (mesh, injector) => {
      const pick: PickObjects = injector === undefined ? (all) => all : PICKS[injector];
      return {
        ...options,
        ...{ mesh, inputs, sensitiveIdentity: sensitive, tools },
        render: async (name) => (await render(mesh, name)).map(pick),
      };
    },
  };
}
