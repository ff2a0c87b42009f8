import type { Problem } from "../common/problem";
import { type K8sObject, objectTitle } from "../k8s/objects";
import { selectorOf, selects } from "../k8s/selector";
import type { GatewayPods } from "./overlayGateway";

type Labels = Readonly<Record<string, string>>;

interface Candidate {
  readonly gateway: GatewayPods;
  /** Labels of the selector that the pods lack, or have with another value. */
  readonly wrong: readonly string[];
}

function isGatewayResource({ apiVersion, kind }: K8sObject): boolean {
  return kind === "Gateway" && apiVersion.startsWith("networking.istio.io/");
}

function candidates(selector: Labels, gateways: readonly GatewayPods[]): Candidate[] {
  return gateways.map((gateway) => ({
    gateway,
    wrong: Object.keys(selector).filter((key) => gateway.labels[key] !== selector[key]),
  }));
}

/** Prefers the fewest wrong labels, then the same namespace, then the given order. */
function nearestOf(all: readonly Candidate[], namespace: unknown): Candidate | undefined {
  const rank = ({ gateway, wrong }: Candidate) =>
    wrong.length * 2 + (gateway.namespace === namespace ? 0 : 1);
  return [...all].sort((a, b) => rank(a) - rank(b))[0];
}

function problemOf(object: K8sObject, gateways: readonly GatewayPods[]): Problem {
  const selector = selectorOf(object);
  const nearest = nearestOf(candidates(selector, gateways), object.metadata.namespace);
  const source = objectTitle(object);
  const reason = "selects the pods of no gateway";
  const label = nearest?.wrong[0];
  if (nearest === undefined || label === undefined) {
    const fix = "declare the gateway, or name it among the known ones";
    return { source, path: "spec.selector", value: selector, reason, fix };
  }
  const { namespace, name, labels } = nearest.gateway;
  const has = labels[label];
  return {
    source,
    path: `spec.selector.${label}`,
    value: selector[label],
    reason: `${reason}; the nearest is ${namespace}/${name}`,
    ...(has !== undefined && { allowed: has }),
    fix:
      has === undefined
        ? `leave ${label} out: pods of ${name} have no such label`
        : `write "${label}: ${has}"`,
  };
}

/**
 * Finds Gateway resources whose selector matches no gateway's pods. istiod would accept them, but
 * no gateway would serve them. As in istiod, pods in any namespace count.
 *
 * @param objects all objects that will be applied; only Gateway resources are checked
 * @param gateways the pods of all gateways, typed ones and those of overlays
 * @example
 * checkGatewaySelectors([{ ...gateway, spec: { selector: { istio: "ingresgateway" } } }], [ingress])[0].fix
 * // 'write "istio: ingressgateway"'
 */
export function checkGatewaySelectors(
  objects: readonly K8sObject[],
  gateways: readonly GatewayPods[],
): Problem[] {
  return objects
    .filter(isGatewayResource)
    .filter((object) => !gateways.some(({ labels }) => selects(selectorOf(object), labels)))
    .map((object) => problemOf(object, gateways));
}
