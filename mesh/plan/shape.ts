import { ADOPT_MODES } from "../adopt/types";
import { checkMap, isType, wrongType } from "../inputs/shape";
import { checkManaged } from "../managed/check";
import type { ManagedInputs } from "../managed/types";
import type { Problem } from "../problem";

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

function checkAdopt(adopt: unknown): Finding[] {
  return adopt === undefined || (ADOPT_MODES as readonly unknown[]).includes(adopt)
    ? []
    : [{ path: "adopt", value: adopt, reason: "is unknown", allowed: ADOPT_MODES.join(", ") }];
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
    ...checkAdopt(inputs.adopt),
    ...checkManaged(inputs.managed as ManagedInputs | undefined),
    ...wrongType("precheck", inputs.precheck, "boolean"),
  ].map((finding) => ({ source: "inputs", ...finding }));
}
