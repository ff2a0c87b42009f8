import type { AnySchemaObject } from "ajv";
import { isObject, type Json, type JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import { getPath, textAt } from "../k8s/path";
import { type KubernetesSchemas, kubernetesSchemas } from "./kubernetesSchemas";
import { lazyValidators, type Validator } from "./validators";

/** Limits on values that mean the same in a CRD and in JSON schema. */
const LIMITS = [
  "type",
  "enum",
  "minimum",
  "maximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
] as const;

/** Go and JavaScript write some regular expressions in different ways. Those are not checked. */
function patternOf({ pattern }: JsonObject): string[] {
  try {
    return typeof pattern === "string" && new RegExp(pattern, "u") ? [pattern] : [];
  } catch {
    return [];
  }
}

/** In a CRD these are booleans beside the limit, in JSON schema they are the limit. */
function exclusiveLimits(schema: JsonObject): JsonObject {
  const { minimum, maximum } = schema;
  return {
    ...(schema.exclusiveMinimum === true && { exclusiveMinimum: minimum ?? 0 }),
    ...(schema.exclusiveMaximum === true && { exclusiveMaximum: maximum ?? 0 }),
  };
}

/** A field with a default is never missing, and `null` is a value of a nullable one. */
function requiredOf({ required, properties }: JsonObject): Json[] {
  return (Array.isArray(required) ? required : []).filter((name) => {
    const field = isObject(properties) ? properties[String(name)] : undefined;
    return !isObject(field) || (field.default === undefined && field.nullable !== true);
  });
}

function mapped(map: Json | undefined, convert: (schema: JsonObject) => JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(isObject(map) ? map : {}).map(([key, schema]) => [
      key,
      isObject(schema) ? convert(schema) : {},
    ]),
  );
}

const KEEPS_UNKNOWN = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";
const LIST_KEYS = "x-kubernetes-list-map-keys";
const LIST_TYPE = "x-kubernetes-list-type";
const EMBEDDED = "x-kubernetes-embedded-resource";

/** Which fields a map of the schema may have besides the known ones. */
function otherFields(schema: JsonObject): Json {
  const { additionalProperties } = schema;
  if (isObject(additionalProperties)) {
    return converted(additionalProperties);
  }
  return schema[KEEPS_UNKNOWN] === true || additionalProperties === true;
}

/** Conditions of `allOf`, `anyOf`, `oneOf` and `not` name some fields, and say nothing of others. */
function condition(schema: JsonObject): JsonObject {
  return { ...limits(schema), properties: mapped(schema.properties, condition) };
}

function limits(schema: JsonObject): JsonObject {
  const own = LIMITS.filter((name) => schema[name] !== undefined);
  const conditions = (["allOf", "anyOf", "oneOf"] as const).flatMap((name) => {
    const list = schema[name];
    return Array.isArray(list) ? [[name, list.filter(isObject).map(condition)] as const] : [];
  });
  const required = requiredOf(schema);
  const [pattern] = patternOf(schema);
  return {
    ...Object.fromEntries(own.map((name) => [name, schema[name] as Json])),
    ...exclusiveLimits(schema),
    ...Object.fromEntries(conditions),
    ...(isObject(schema.not) && { not: condition(schema.not) }),
    ...(required.length > 0 && { required }),
    ...(pattern !== undefined && { pattern }),
    ...(schema.nullable === true && schema.type !== undefined && { nullable: true }),
    ...(schema[INT_OR_STRING] === true && { type: ["integer", "string"] }),
  };
}

/** Turns a schema of a CRD into a JSON schema of what the API server takes. Leaves CEL rules out. */
function converted(schema: JsonObject): JsonObject {
  if (schema[EMBEDDED] === true) {
    return {};
  }
  return {
    ...limits(schema),
    ...(Array.isArray(schema[LIST_KEYS]) && { uniqueKeys: schema[LIST_KEYS] }),
    ...(schema[LIST_TYPE] === "set" && { uniqueItems: true }),
    ...(isObject(schema.items) && { items: converted(schema.items) }),
    ...(schema.type === "object" && {
      properties: mapped(schema.properties, converted),
      additionalProperties: otherFields(schema),
    }),
  };
}

/** The schema of a whole object, whose first fields every kind has. */
function rootSchema(schema: JsonObject): AnySchemaObject {
  const { properties, ...rest } = converted(schema);
  const text = { type: "string" };
  return {
    ...rest,
    properties: {
      ...(isObject(properties) ? properties : {}),
      apiVersion: text,
      kind: text,
      metadata: { definition: "meta.v1.ObjectMeta" },
    },
  };
}

interface ServedVersion {
  readonly key: string;
  readonly schema: JsonObject;
}

function versionsOf(crd: K8sObject): ServedVersion[] {
  const group = textAt(crd, "spec.group");
  const kind = textAt(crd, "spec.names.kind");
  const versions = getPath(crd, "spec.versions");
  return (Array.isArray(versions) ? versions : []).flatMap((version) => {
    const schema = getPath(version, "schema.openAPIV3Schema");
    return isObject(schema) ? [{ key: `${group}/${textAt(version, "name")} ${kind}`, schema }] : [];
  });
}

/** Schemas of the kinds that some CRDs define. */
export type CrdSchemas = Pick<KubernetesSchemas, "of">;

/** Returns the schemas of the kinds that some CRDs define, each compiled when it is first used. */
export function crdSchemas(
  crds: readonly K8sObject[],
  kubernetes: KubernetesSchemas = kubernetesSchemas(),
): CrdSchemas {
  const schemas = new Map(crds.flatMap(versionsOf).map(({ key, schema }) => [key, schema]));
  const validators = lazyValidators((name) => {
    const schema = schemas.get(name);
    return schema === undefined ? kubernetes.schema(name) : rootSchema(schema);
  });
  return {
    of: (apiVersion, kind): Validator | undefined => {
      const key = `${apiVersion} ${kind}`;
      return schemas.has(key) ? validators(key) : undefined;
    },
  };
}
