import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { graceAfter } from "../k8s/kubectl";
import { identityOf, type K8sObject, podTemplate } from "../k8s/objects";
import { plannedCutDrain } from "../snapshot/drain";
import type { ComponentPlan } from "../spec/translate";

/**
 * Gateways of overlays whose pods Kubernetes ends before their proxies have drained, so that requests
 * that still run are cut off. A drain that nobody has set is not judged: it is shorter than Kubernetes'
 * own grace period.
 *
 * @param document the mesh's merged IstioOperator
 * @see https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig
 */
export function cutDrains(
  plan: ComponentPlan,
  objects: readonly K8sObject[],
  document: JsonObject | undefined,
): Problem[] {
  if (!plan.component.isList) {
    return [];
  }
  return objects.flatMap((object) => {
    const template = podTemplate(object);
    const drain = template && plannedCutDrain(template, document ?? {});
    if (drain === undefined) {
      return [];
    }
    const { kind, name } = identityOf(object);
    const { seconds, graceSeconds, place } = drain;
    return [
      {
        source: `components.${plan.component.name}`,
        path: `${kind} ${name}: spec.template.spec.terminationGracePeriodSeconds`,
        value: graceSeconds,
        reason: `Kubernetes ends the pods after ${graceSeconds} s, and their proxies drain for ${seconds} s (${place}): requests that still run are cut off`,
        allowed: `more than ${seconds}`,
        fix: `give the gateway k8s.overlays: [{kind: ${kind}, name: ${name}, patches: [{path: spec.template.spec.terminationGracePeriodSeconds, value: ${graceAfter(seconds)}}]}], or shorten the drain`,
      },
    ];
  });
}
