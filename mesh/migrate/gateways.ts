import { isMap, isSeq, parseDocument } from "yaml";
import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { fromOverlayGateway } from "../gateway/legacy";
import { getPath } from "../k8s/path";
import type { GatewayInputs } from "../model/gatewayInputs";
import { componentPlace, type LayeredSpec, placeOf, segmentsOfPath } from "../overlay/places";
import type { ComponentPlan } from "../spec/translate";

/** An overlay whose gateways were converted to typed gateways. */
export interface TypedGateways {
  /** The overlay with those gateways disabled, because a profile would otherwise enable them. */
  readonly text: string;
  /** The value for `mesh:gateways`. */
  readonly gateways: readonly GatewayInputs[];
  /** Why a gateway stays in the overlay. */
  readonly problems: readonly Problem[];
  /** Messages about what changes although nothing is lost. */
  readonly notes: readonly string[];
}

const LISTS = ["ingressGateways", "egressGateways"] as const;

function namesIn(document: JsonObject, list: string): string[] {
  const gateways = getPath(document, `spec.components.${list}`);
  return (Array.isArray(gateways) ? gateways : [])
    .filter(isObject)
    .map((gateway: JsonObject) => String(getKey(gateway, "name") as Json));
}

/** Returns the gateways that an overlay itself names, as they would be rendered. */
function ownPlans(document: JsonObject, plans: readonly ComponentPlan[]): ComponentPlan[] {
  return plans.filter(({ component, name }) =>
    LISTS.some((list) => component.name === list && namesIn(document, list).includes(name)),
  );
}

function switchOff(text: string, plans: readonly ComponentPlan[]): string {
  const document = parseDocument(text, { version: "1.1" });
  for (const { component, name } of plans) {
    const list = document.getIn(["spec", "components", component.name]);
    const item = isSeq(list)
      ? list.items.find((candidate) => isMap(candidate) && candidate.get("name") === name)
      : undefined;
    if (isMap(item)) {
      item.set("enabled", false);
    }
  }
  return plans.length === 0 ? text : document.toString({ lineWidth: 0 });
}

/** What stands in the way of a gateway, at the place where the user wrote it. */
function placed(
  { component, name }: ComponentPlan,
  problem: Problem,
  mesh: LayeredSpec | undefined,
): Problem {
  const { segments, layer } =
    mesh === undefined ? { segments: [], layer: undefined } : componentPlace(mesh, component, name);
  const prefix = `components.${component.name}.`;
  const field = problem.path.startsWith(prefix) ? problem.path.slice(prefix.length) : undefined;
  return layer === undefined || field === undefined
    ? problem
    : { ...problem, ...placeOf({ layer }, [...segments, ...segmentsOfPath(field)]) };
}

/**
 * Removes the gateways from an overlay and converts them to typed gateways, which keep their
 * Service and address. A gateway with a setting that typed gateways do not have stays in the
 * overlay.
 *
 * @param text a valid overlay
 * @param document the overlay's data
 * @param plans the components of a mesh with this overlay
 * @param mesh that mesh, for the lines of what stands in the way @default problems have no lines
 */
export function typedGateways(
  text: string,
  document: JsonObject,
  plans: readonly ComponentPlan[],
  mesh?: LayeredSpec,
): TypedGateways {
  const own = ownPlans(document, plans).map((plan) => ({ plan, typed: fromOverlayGateway(plan) }));
  const moved = own.filter(({ typed }) => typed.problems.length === 0);
  return {
    text: switchOff(
      text,
      moved.map(({ plan }) => plan),
    ),
    gateways: moved.map(({ typed }) => typed.gateway),
    problems: own.flatMap(({ plan, typed }) =>
      typed.problems.map((problem) => placed(plan, problem, mesh)),
    ),
    notes: moved.flatMap(({ typed }) => typed.notes),
  };
}
