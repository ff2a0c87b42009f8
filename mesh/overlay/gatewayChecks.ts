import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { listAt } from "../k8s/workload";
import type { MergedOverlay } from "./merge";

interface GatewayList {
  /** Path below `spec`. */
  readonly list: string;
  /** Path below `spec.values`. */
  readonly values: string;
}

const LISTS: readonly GatewayList[] = [
  { list: "components.ingressGateways", values: "gateways.istio-ingressgateway" },
  { list: "components.egressGateways", values: "gateways.istio-egressgateway" },
];

/** Only root may bind a port below this one. */
const FIRST_FREE_PORT = 1024;

/** If targetPort is left out, it equals the port. */
function needsRoot({ port, targetPort }: JsonObject): boolean {
  if (typeof port !== "number" || typeof targetPort === "string") {
    return false;
  }
  const target = typeof targetPort === "number" ? targetPort : 0;
  return !(target === 0 && port > FIRST_FREE_PORT) && target < FIRST_FREE_PORT;
}

interface Place {
  readonly path: string;
  readonly object: JsonObject;
}

function portsOf(merged: MergedOverlay, { list, values }: GatewayList): Place[] {
  const { document } = merged;
  const own = listAt(document, `spec.${list}`).flatMap((gateway, index) =>
    listAt(gateway, "k8s.service.ports").map((object, i) => ({
      path: `spec.${list}[${index}].k8s.service.ports[${i}]`,
      object,
    })),
  );
  const shared = listAt(document, `spec.values.${values}.ingressPorts`).map((object, i) => ({
    path: `spec.values.${values}.ingressPorts[${i}]`,
    object,
  }));
  const isRoot = getPath(document, `spec.values.${values}.runAsRoot`) === true;
  return isRoot ? shared : [...own, ...shared];
}

/** The provenance records a list as one field. */
function layerOf({ provenance }: MergedOverlay, path: string): string {
  const leaf = path.slice(0, path.indexOf("["));
  return provenance[leaf]?.layer ?? "overlays";
}

function lowPorts(merged: MergedOverlay, lists: GatewayList): Problem[] {
  return portsOf(merged, lists)
    .filter(({ object }) => needsRoot(object))
    .map(({ path, object }) => ({
      source: layerOf(merged, path),
      path,
      value: object,
      reason: "binds a port that only root may bind",
      fix: `set a targetPort of ${FIRST_FREE_PORT} or more, or values.${lists.values}.runAsRoot=true`,
    }));
}

/** istioctl prints objects without a name, which every API server refuses. */
function namelessGateways(merged: MergedOverlay, { list }: GatewayList): Problem[] {
  return listAt(merged.document, `spec.${list}`).flatMap(({ name, enabled }, index) => {
    const path = `spec.${list}[${index}].name`;
    return enabled === false || (typeof name === "string" && name !== "")
      ? []
      : [{ source: layerOf(merged, path), path, reason: "is missing" }];
  });
}

/**
 * Returns what is wrong with the gateways of a merged document: a missing name, or a port that
 * only root may bind.
 *
 * @see Istio `operator/pkg/apis/validation` (checkServicePorts)
 */
export function checkGatewayLists(merged: MergedOverlay): Problem[] {
  return LISTS.flatMap((lists) => [...namelessGateways(merged, lists), ...lowPorts(merged, lists)]);
}
