import type { Json, JsonObject } from "../common/json";
import { annotationsOf, CONTROLLER_LABEL, labelsOf } from "../k8s/istioLabels";
import { listAt, PROXY_CONTAINER, templateOf, type Workload } from "../k8s/workload";

/** Annotation that chooses the injection template; `gateway` makes a gateway of a pod. */
const TEMPLATES = "inject.istio.io/templates";

export type LiveGatewayKind =
  | "ingress"
  | "egress"
  | "east-west"
  | "waypoint"
  | "gateway-api"
  | "gateway";

const KINDS: Readonly<Record<string, LiveGatewayKind>> = {
  ingressgateway: "ingress",
  egressgateway: "egress",
  eastwestgateway: "east-west",
};

const CONTROLLED: Readonly<Record<string, LiveGatewayKind>> = {
  "istio.io-mesh-controller": "waypoint",
  "istio.io-gateway-controller": "gateway-api",
};

/** What a proxy was started as: `sidecar`, `router`, `waypoint` or `ztunnel`. */
function proxyRole(args: Json | undefined): string | undefined {
  return Array.isArray(args) && args[0] === "proxy" && typeof args[1] === "string"
    ? args[1]
    : undefined;
}

/** Returns whether a pod has nothing but a proxy, and is not ztunnel. */
function isProxyAlone(pod: JsonObject): boolean {
  const [container, ...others] = listAt(pod, "spec.containers");
  return (
    container?.name === PROXY_CONTAINER &&
    others.length === 0 &&
    proxyRole(container.args) !== "ztunnel"
  );
}

/**
 * Returns whether a pod, or the template of a workload, is a gateway: it asks for Istio's injection
 * template for gateways, its proxy is started as a router or a waypoint, or it has nothing but a proxy.
 */
export function isGateway(pod: JsonObject): boolean {
  const templates = (annotationsOf(pod)[TEMPLATES] ?? "").split(",");
  const roles = listAt(pod, "spec.containers").map(({ args }) => proxyRole(args));
  return (
    templates.includes("gateway") ||
    roles.includes("router") ||
    roles.includes("waypoint") ||
    (labelsOf(pod).app !== "ztunnel" && isProxyAlone(pod))
  );
}

/** Returns the workloads whose pods are gateways, of whatever kind they are. */
export function gatewayWorkloads(workloads: readonly Workload[]): Workload[] {
  return workloads.filter(({ object }) => isGateway(templateOf(object)));
}

/** Returns the kind of gateway of a pod, or of the template of a workload. */
export function gatewayKind(pod: JsonObject): LiveGatewayKind {
  const labels = labelsOf(pod);
  const controlled = CONTROLLED[labels[CONTROLLER_LABEL] ?? ""];
  const isWaypoint = listAt(pod, "spec.containers").some(
    ({ args }) => proxyRole(args) === "waypoint",
  );
  return controlled ?? (isWaypoint ? "waypoint" : (KINDS[labels.istio ?? ""] ?? "gateway"));
}
