import { isObject, type Json, type JsonObject } from "../common/json";
import { type Labels, textEntries } from "./istioLabels";
import { getPath } from "./path";

export type Operator = "In" | "NotIn" | "Exists" | "DoesNotExist";

/** One condition of a label selector. `matchLabels` are conditions with the operator `In`. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

const OPERATORS: readonly string[] = ["In", "NotIn", "Exists", "DoesNotExist"];

function fromLabels(matchLabels: Json | undefined): Requirement[] {
  const entries = isObject(matchLabels) ? Object.entries(matchLabels) : [];
  return entries.map(([key, value]) => ({ key, operator: "In", values: [String(value)] }));
}

function fromExpression(expression: Json): Requirement {
  const { key, operator, values } = isObject(expression) ? expression : {};
  if (typeof key !== "string" || !OPERATORS.includes(String(operator))) {
    throw new Error(`not a label selector's expression: ${JSON.stringify(expression)}`);
  }
  const list = Array.isArray(values) ? values.map(String) : [];
  return { key, operator: operator as Operator, values: list };
}

/**
 * Returns the conditions of a Kubernetes label selector, all of which must hold. An absent or
 * empty selector has none, so it matches everything.
 *
 * @example
 * requirementsOf({ matchLabels: { app: "istiod" } }) // [{ key: "app", operator: "In", values: ["istiod"] }]
 */
export function requirementsOf(selector: Json | undefined): Requirement[] {
  if (!isObject(selector)) {
    return [];
  }
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  return [...fromLabels(selector.matchLabels), ...expressions.map(fromExpression)];
}

/** Returns whether a value is a label selector that {@link requirementsOf} can read. */
export function isSelector(selector: Json): boolean {
  try {
    requirementsOf(selector);
    return true;
  } catch {
    return false;
  }
}

/** Returns whether labels meet a condition. As in Kubernetes, an absent label is in no list. */
export function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return operator satisfies never;
  }
}

/**
 * Returns whether labels match a label selector of the form that workloads and webhooks have.
 *
 * @example matches({ matchLabels: { app: "istiod" } }, { app: "istiod", rev: "a" }) // true
 */
export function matches(selector: Json | undefined, labels: Labels): boolean {
  return requirementsOf(selector).every((requirement) => meets(requirement, labels));
}

/** Returns whether labels match the selector of a Service, a map. An empty one matches everything. */
export function selects(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Returns the selector of a Service or of Istio's Gateway, or an empty map if it has none. */
export function selectorOf(object: JsonObject): Labels {
  return textEntries(getPath(object, "spec.selector"));
}
