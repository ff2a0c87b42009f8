import { deactivateDefaultInjector, isDefaultInjector } from "../injection/deactivate";
import type { RenderedComponent } from "../render/render";
import type { ResolvedMesh } from "../spec/resolve";
import type { MeshPlan } from "./meshPlan";

/** Istio's default revision beside a tag `default`: both would inject `istio-injection=enabled`. */
export function yieldsInjection(plan: Pick<MeshPlan, "tags">, mesh: ResolvedMesh): boolean {
  return mesh.revision === "" && Object.hasOwn(plan.tags, "default");
}

/** A rendered component without the default injector. */
export function withoutDefaultInjector(rendered: RenderedComponent): RenderedComponent {
  return { ...rendered, objects: rendered.objects.filter((one) => !isDefaultInjector(one)) };
}

/** The default injector alone, which matches nothing. */
export function deactivatedInjector(rendered: RenderedComponent): RenderedComponent {
  const objects = rendered.objects.filter(isDefaultInjector);
  return deactivated({ ...rendered, objects, warnings: [] });
}

/** A rendered component whose default injector matches nothing, as `istioctl tag` leaves it. */
export function deactivated(rendered: RenderedComponent): RenderedComponent {
  return { ...rendered, objects: deactivateDefaultInjector(rendered.objects) };
}
