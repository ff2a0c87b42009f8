import { isObject } from "../common/json";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { isGatewayComponent } from "../model/component";
import { splitPatchPath } from "../patch/path";
import type { ComponentPlan } from "../spec/translate";
import { chartGateway, chartLabels } from "./legacyValues";

/** The pods of a gateway, by the labels that Gateway resources select. */
export interface GatewayPods {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

const POD_LABELS = ["spec", "template", "metadata", "labels"];

/** Labels that patches of `k8s.overlays` give the pods, one by one or as a whole map. */
function patchedLabels({ k8s }: ComponentPlan): Record<string, string> {
  const overlays = Array.isArray(k8s.overlays) ? k8s.overlays : [];
  const patches = overlays.flatMap((overlay) => {
    const own = getPath(overlay, "patches");
    return Array.isArray(own) ? own.filter(isObject) : [];
  });
  const entries = patches.flatMap(({ path, value }) => {
    const segments = typeof path === "string" ? splitPatchPath(path) : [];
    if (!POD_LABELS.every((key, index) => segments[index] === key)) {
      return [];
    }
    const [key] = segments.slice(POD_LABELS.length);
    const given = key === undefined ? value : { [key]: value ?? null };
    return Object.entries(isObject(given) ? given : {});
  });
  return Object.fromEntries(entries.map(([key, value]) => [key, String(value)]));
}

/**
 * The pods of the gateways that overlays and profiles declare (`components.ingressGateways`,
 * `components.egressGateways`), with the labels that Gateway resources select them by.
 *
 * @example
 * overlayGatewayPods(resolveMesh({ version: "1.29.1", profile: "default" }, library).components)[0].labels
 * // { app: "istio-ingressgateway", istio: "ingressgateway", "istio.io/rev": "default" }
 */
export function overlayGatewayPods(plans: readonly ComponentPlan[]): GatewayPods[] {
  return plans
    .filter(({ component }) => isGatewayComponent(component))
    .map((plan) => {
      const { name, namespace } = plan;
      const { kind, block, revision } = chartGateway(plan);
      const labels = {
        ...chartLabels(block, kind),
        [REVISION_LABEL]: revision,
        ...patchedLabels(plan),
      };
      return { name, namespace, labels };
    });
}
