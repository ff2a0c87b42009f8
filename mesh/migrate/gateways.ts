import { isMap, isSeq, parseDocument } from "yaml";
import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { fromOverlayGateway } from "../gateway/legacy";
import { getPath } from "../k8s/path";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { ComponentPlan } from "../spec/translate";

/** An overlay whose gateways became typed ones. */
export interface TypedGateways {
  /** The overlay, with those gateways off: a profile would bring them back otherwise. */
  readonly text: string;
  /** For `mesh:gateways`. */
  readonly gateways: readonly GatewayInputs[];
  /** What keeps a gateway in the overlay. */
  readonly problems: readonly Problem[];
  /** For people: what changes although nothing is lost. */
  readonly notes: readonly string[];
}

const LISTS = ["ingressGateways", "egressGateways"] as const;

function namesIn(document: JsonObject, list: string): string[] {
  const gateways = getPath(document, `spec.components.${list}`);
  return (Array.isArray(gateways) ? gateways : [])
    .filter(isObject)
    .map((gateway: JsonObject) => String(getKey(gateway, "name") as Json));
}

/** The gateways that an overlay names itself, as they would be rendered. */
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

/**
 * Takes the gateways out of an overlay and makes typed ones of them, which keep Service and address.
 * One with a setting that has no counterpart stays in the overlay.
 *
 * @param text an overlay that is valid
 * @param document its data
 * @param plans the components that a mesh with this overlay has
 */
export function typedGateways(
  text: string,
  document: JsonObject,
  plans: readonly ComponentPlan[],
): TypedGateways {
  const own = ownPlans(document, plans).map((plan) => ({ plan, typed: fromOverlayGateway(plan) }));
  const moved = own.filter(({ typed }) => typed.problems.length === 0);
  return {
    text: switchOff(
      text,
      moved.map(({ plan }) => plan),
    ),
    gateways: moved.map(({ typed }) => typed.gateway),
    problems: own.flatMap(({ typed }) => typed.problems),
    notes: moved.flatMap(({ typed }) => typed.notes),
  };
}
