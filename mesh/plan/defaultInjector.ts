import { deactivateDefaultInjector, isDefaultInjector } from "../injection/deactivate";
import type { RenderedComponent } from "../render/render";
import type { ResolvedMesh } from "../spec/resolve";
import type { MeshPlan } from "./meshPlan";

/**
 * Returns whether a mesh is Istio's default revision beside a tag `default`. Both would inject pods
 * with `istio-injection=enabled`.
 */
export function yieldsInjection(plan: Pick<MeshPlan, "tags">, mesh: ResolvedMesh): boolean {
  return mesh.revision === "" && Object.hasOwn(plan.tags, "default");
}

/** Returns a rendered component without the default injector. */
export function withoutDefaultInjector(rendered: RenderedComponent): RenderedComponent {
  return { ...rendered, objects: rendered.objects.filter((one) => !isDefaultInjector(one)) };
}

/** Returns only the default injector, changed so that it matches no pod. */
export function deactivatedInjector(rendered: RenderedComponent): RenderedComponent {
  const objects = rendered.objects.filter(isDefaultInjector);
  return deactivated({ ...rendered, objects, warnings: [] });
}

/**
 * Returns a rendered component whose default injector matches no pod, as `istioctl tag` leaves it.
 */
export function deactivated(rendered: RenderedComponent): RenderedComponent {
  return { ...rendered, objects: deactivateDefaultInjector(rendered.objects) };
}
