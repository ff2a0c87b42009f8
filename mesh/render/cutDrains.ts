import { isObject, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { type K8sObject, podTemplate } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { drainOf, graceOf, isCutShort } from "../snapshot/drain";
import type { ComponentPlan } from "../spec/translate";

/** Seconds between the end of the drain and the end of the pod. */
const MARGIN_SECONDS = 15;

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
  const config = getPath(document ?? {}, "spec.meshConfig");
  return objects.flatMap((object) => {
    const template = podTemplate(object);
    if (template === undefined) {
      return [];
    }
    const drain = drainOf(template, isObject(config) ? config : {});
    const grace = graceOf(template);
    if (drain.setBy === "default" || !isCutShort(drain, grace)) {
      return [];
    }
    const { kind, metadata } = object;
    const wanted = drain.seconds + MARGIN_SECONDS;
    return [
      {
        source: `components.${plan.component.name}`,
        path: `${kind} ${metadata?.name ?? plan.name}: spec.template.spec.terminationGracePeriodSeconds`,
        value: grace,
        reason: `Kubernetes ends the pods after ${grace} s, and their proxies drain for ${drain.seconds} s (${drain.place}): requests that still run are cut off`,
        allowed: `more than ${drain.seconds}`,
        fix: `give the gateway k8s.overlays: [{kind: ${kind}, name: ${metadata?.name ?? plan.name}, patches: [{path: spec.template.spec.terminationGracePeriodSeconds, value: ${wanted}}]}], or shorten the drain`,
      },
    ];
  });
}
