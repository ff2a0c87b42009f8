import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { REVISION_LABEL } from "../k8s/istioLabels";
import { identityOf, type K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { isGatewayComponent } from "../model/component";
import type { OverlayGatewayFacts } from "../model/facts";
import type { GatewayKind } from "../model/gatewayInputs";
import { INPUTS_SOURCE, type MeshInputs, type OverlayGatewayInputs } from "../model/meshInputs";
import { splitPatchPath } from "../patch/path";
import type { ComponentPlan } from "../spec/translate";
import { chartGateway, chartLabels } from "./legacyValues";
import { serviceFacts } from "./serviceFacts";

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
 * overlayGatewayPods(resolveMesh({ version: "1.31.0", profile: "default" }, library).components)[0].labels
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

/** The label of an east-west gateway in Istio's samples and charts. */
const EAST_WEST = "eastwestgateway";

/** Returns the kind of a gateway that an overlay declares. */
function overlayGatewayKind(service: K8sObject, plan: ComponentPlan): GatewayKind {
  const isEastWest = getPath(service, "metadata.labels.istio") === EAST_WEST;
  return isEastWest ? "east-west" : chartGateway(plan).kind;
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** Returns whether an entry of the inputs is about a gateway. */
function isMeant(given: OverlayGatewayInputs, at: Place, meshNamespace: string): boolean {
  return given.name === at.name && (given.namespace ?? meshNamespace) === at.namespace;
}

/** Returns whether a gateway of an overlay is protected, which it is unless the inputs say otherwise. */
function isProtectedOverlay(
  { overlayGateways = [] }: Pick<MeshInputs, "overlayGateways">,
  at: Place,
  meshNamespace: string,
): boolean {
  return overlayGateways.find((given) => isMeant(given, at, meshNamespace))?.protect ?? true;
}

/** The rendered objects of a component. */
interface Rendered {
  readonly plan: ComponentPlan;
  readonly objects: readonly K8sObject[];
}

/**
 * Returns what a preview compares of the gateways that overlays and profiles declare.
 *
 * @param rendered components of a mesh; those that are no gateways are left out
 * @param meshNamespace the namespace of the mesh, where a gateway is meant to be if nothing else is said
 */
export function overlayGatewayFacts(
  rendered: readonly Rendered[],
  inputs: Pick<MeshInputs, "overlayGateways">,
  meshNamespace: string,
): OverlayGatewayFacts[] {
  return rendered
    .filter(({ plan }) => isGatewayComponent(plan.component))
    .flatMap(({ plan, objects }) =>
      objects
        .filter(({ kind }) => kind === "Service")
        .map((service) => {
          const { name, namespace } = identityOf(service);
          return {
            name,
            namespace,
            kind: overlayGatewayKind(service, plan),
            protect: isProtectedOverlay(inputs, { name, namespace }, meshNamespace),
            service: serviceFacts(service),
          };
        }),
    );
}

/** Returns warnings about entries of `overlayGateways` that no overlay and no profile declares. */
export function unknownOverlayGateways(
  { overlayGateways = [] }: Pick<MeshInputs, "overlayGateways">,
  plans: readonly ComponentPlan[],
  meshNamespace: string,
): Problem[] {
  const known = plans.filter(({ component }) => isGatewayComponent(component));
  return overlayGateways.flatMap((given, index) =>
    known.some((plan) => isMeant(given, plan, meshNamespace))
      ? []
      : [
          {
            source: INPUTS_SOURCE,
            path: `overlayGateways[${index}]`,
            value: `${given.namespace ?? meshNamespace}/${given.name}`,
            reason: "no overlay and no profile declares this gateway",
            allowed:
              known.map(({ namespace, name }) => `${namespace}/${name}`).join(", ") || "none",
            fix: "correct the name; or take the entry out, once the gateway is removed",
          },
        ],
  );
}
