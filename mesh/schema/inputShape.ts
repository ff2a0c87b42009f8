import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import type { ComponentName } from "../model/component";
import type { TimeoutName } from "../model/timeouts";

type Finding = Omit<Problem, "source">;
export type Type = "text" | "number" | "boolean" | "list" | "list of texts" | "map";

const IS: Readonly<Record<Type, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  list: Array.isArray,
  "list of texts": (value) => Array.isArray(value) && value.every(IS.text),
  map: isObject,
};

/** Fields of a map, by name. */
export interface Shape {
  readonly fields: Readonly<Record<string, Type>>;
  readonly required?: readonly string[];
}

/** Inputs that are maps: TypeScript checks them in a program, nothing in a stack's configuration. */
const MAPS: Readonly<Record<string, Shape>> = {
  mtls: { fields: { mode: "text" }, required: ["mode"] },
  proxy: { fields: { imageType: "text", terminationDrainSeconds: "number" } },
  accessLog: { fields: { file: "text", encoding: "text", format: "text" } },
  tracing: {
    fields: { provider: "text", samplingPercent: "number", service: "text", port: "number" },
    required: ["provider"],
  },
  cni: {
    fields: {
      enabled: "boolean",
      environment: "text",
      binDir: "text",
      namespace: "text",
      excludeNamespaces: "list of texts",
    },
  },
  ca: {
    fields: {
      type: "text",
      project: "text",
      caPool: "text",
      caCert: "text",
      caKey: "text",
      rootCert: "text",
      certChain: "text",
    },
    required: ["type"],
  },
  timeouts: {
    fields: {
      crds: "number",
      controlPlane: "number",
      cni: "number",
      ztunnel: "number",
      gateways: "number",
      injection: "number",
    } satisfies Record<TimeoutName, Type>,
  },
  releaseNames: {
    fields: {
      base: "text",
      pilot: "text",
      istiodRemote: "text",
      cni: "text",
      ztunnel: "text",
      ingressGateways: "text",
      egressGateways: "text",
    } satisfies Record<ComponentName, Type>,
  },
  charts: {
    fields: {
      kind: "text",
      url: "text",
      releases: "text",
      path: "text",
      fetchMissing: "boolean",
      digests: "map",
    },
    required: ["kind"],
  },
};

const INPUTS: Readonly<Record<string, Type>> = {
  version: "text",
  revision: "text",
  profile: "text",
  namespace: "text",
  hub: "text",
  tag: "text",
  platform: "text",
  kubernetesVersion: "text",
  telemetry: "text",
  jwtPolicy: "text",
  crdsOnDestroy: "text",
  overlays: "list",
  set: "list",
};

/** What each input is: a text stands as such in a stack's configuration, the rest as JSON. */
export const INPUT_TYPES: Readonly<Record<string, Type>> = {
  ...INPUTS,
  ...Object.fromEntries(Object.keys(MAPS).map((name) => [name, "map"] as const)),
};

/** Whether a value is of a type. */
export function isType(value: unknown, type: Type): boolean {
  return IS[type](value);
}

/** A finding when a value that is given is not of the type. It stays out of the message: it may be a key. */
export function wrongType(path: string, value: unknown, type: Type): Finding[] {
  return value === undefined || IS[type](value)
    ? []
    : [{ path, reason: "has the wrong type", allowed: `a ${type}` }];
}

/** Unknown, missing and mistyped fields of a map. */
export function checkMap(
  path: string,
  value: unknown,
  { fields, required = [] }: Shape,
): Finding[] {
  if (!isObject(value)) {
    return wrongType(path, value, "map");
  }
  const known = Object.keys(fields);
  const unknown = Object.keys(value)
    .filter((field) => value[field] !== undefined && !known.includes(field))
    .map((field) => ({
      path: `${path}.${field}`,
      reason: "unknown field",
      allowed: known.join(", "),
      fix: didYouMean(field, known),
    }));
  const missing = required
    .filter((field) => value[field] === undefined)
    .map((field) => ({ path: `${path}.${field}`, reason: "is missing" }));
  const wrong = Object.entries(fields).flatMap(([field, type]) =>
    wrongType(`${path}.${field}`, value[field], type),
  );
  return [...unknown, ...missing, ...wrong];
}

function checkOverlayItems(overlays: unknown): Finding[] {
  const items = Array.isArray(overlays) ? overlays : [];
  return items.flatMap((item, index) =>
    IS.text(item) || isObject(item)
      ? []
      : [{ path: `overlays[${index}]`, reason: "has the wrong type", allowed: "a text or a map" }],
  );
}

function checkSetItems(set: unknown): Finding[] {
  const items = Array.isArray(set) ? set : [];
  return items.flatMap((item, index) =>
    IS.text(item) || (isObject(item) && IS.text(item.path) && item.value !== undefined)
      ? []
      : [
          {
            path: `set[${index}]`,
            reason: "has the wrong type",
            allowed: "a text path=value, or a map of path and value",
          },
        ],
  );
}

/**
 * Inputs of the wrong type, and unknown or missing fields in them. The other checks read the
 * inputs as their types say, so they come after this one.
 *
 * @example
 * checkShape({ version: "1.29.1", mtls: "STRICT" })[0].path // "mtls"
 */
export function checkShape(inputs: Readonly<Record<string, unknown>>): Finding[] {
  return [
    ...Object.entries(INPUTS).flatMap(([name, type]) => wrongType(name, inputs[name], type)),
    ...Object.entries(MAPS).flatMap(([name, shape]) => checkMap(name, inputs[name], shape)),
    ...checkOverlayItems(inputs.overlays),
    ...checkSetItems(inputs.set),
  ];
}
