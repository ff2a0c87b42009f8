import type { Problem } from "../common/problem";
import { checkManaged } from "../managed/check";
import { ADOPT_MODES, SHARED_MODES } from "../model/adoptMode";
import type { ManagedInputs } from "../model/managedInputs";
import { checkMap, isType, wrongType } from "../schema/inputShape";

type Finding = Omit<Problem, "source">;

const REVISION = {
  fields: {
    revision: "text",
    version: "text",
    overlays: "list",
    set: "list",
    hub: "text",
    tag: "text",
  },
  required: ["revision"],
} as const;

const NAMESPACE = {
  fields: {
    name: "text",
    revision: "text",
    create: "boolean",
    restart: "map",
    managedDataPlane: "boolean",
  },
  required: ["name", "revision"],
} as const;

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function checkTags(tags: unknown): Finding[] {
  const wrong = wrongType("tags", tags, "map");
  return wrong.length > 0 || tags === undefined
    ? wrong
    : Object.entries(tags as object).flatMap(([tag, revision]) =>
        wrongType(`tags.${tag}`, revision, "text"),
      );
}

function checkMode(path: string, value: unknown, modes: readonly unknown[]): Finding[] {
  return value === undefined || modes.includes(value)
    ? []
    : [{ path, value: value as Finding["value"], reason: "is unknown", allowed: modes.join(", ") }];
}

/**
 * Inputs of a whole mesh that have the wrong type, beside those of one control plane: TypeScript
 * checks them in a program, nothing in a stack's configuration.
 */
export function checkPlanShape(inputs: Readonly<Record<string, unknown>>): Problem[] {
  const lists = ["revisions", "gateways", "namespaces", "gatewayResources"].flatMap((name) => [
    ...wrongType(name, inputs[name], "list"),
    ...items(inputs[name]).flatMap((item, index) =>
      isType(item, "map") ? [] : wrongType(`${name}[${index}]`, item ?? "", "map"),
    ),
  ]);
  const revisions = items(inputs.revisions).flatMap((item, index) =>
    isType(item, "map") ? checkMap(`revisions[${index}]`, item, REVISION) : [],
  );
  const namespaces = items(inputs.namespaces).flatMap((item, index) =>
    isType(item, "map") ? checkMap(`namespaces[${index}]`, item, NAMESPACE) : [],
  );
  return [
    ...lists,
    ...revisions,
    ...namespaces,
    ...checkTags(inputs.tags),
    ...checkMode("adopt", inputs.adopt, ADOPT_MODES),
    ...checkMode("shared", inputs.shared, SHARED_MODES),
    ...checkManaged(inputs.managed as ManagedInputs | undefined),
    ...wrongType("precheck", inputs.precheck, "boolean"),
  ].map((finding) => ({ source: "inputs", ...finding }));
}
