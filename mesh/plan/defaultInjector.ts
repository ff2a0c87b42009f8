import type { RenderedComponent } from "../render/render";
import type { ResolvedMesh } from "../resolve";
import { deactivateDefaultInjector } from "../tag/deactivate";
import type { MeshPlan } from "./meshPlan";

/** Istio's default revision beside a tag `default`: both would inject `istio-injection=enabled`. */
export function yieldsInjection(plan: Pick<MeshPlan, "tags">, mesh: ResolvedMesh): boolean {
  return mesh.revision === "" && Object.hasOwn(plan.tags, "default");
}

/** A rendered component whose default injector matches nothing, as `istioctl tag` leaves it. */
export function deactivated(rendered: RenderedComponent): RenderedComponent {
  return { ...rendered, objects: deactivateDefaultInjector(rendered.objects) };
}
