import Ajv, { type ErrorObject, type ValidateFunction } from "ajv";
import { isObject, type Json, type JsonObject } from "../json";
import { checkRevision } from "../revision";
import { didYouMean } from "../suggest";
import schema from "./istioOperator.schema.json";

type Segments = readonly (string | number)[];

/** A problem inside one document; the caller adds the source and the line. */
export interface SchemaFinding {
  readonly segments: Segments;
  readonly value?: Json;
  readonly reason: string;
  readonly allowed?: string;
  readonly fix?: string;
}

let validator: ValidateFunction | undefined;

function validate(): ValidateFunction {
  validator ??= new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(schema);
  return validator;
}

function pointerSegments(pointer: string, root: Json): Segments {
  let at: Json | undefined = root;
  return pointer
    .split("/")
    .slice(1)
    .map((text) => {
      const key = text.replace(/~1/g, "/").replace(/~0/g, "~");
      const segment = Array.isArray(at) ? Number(key) : key;
      at = Array.isArray(at) ? at[Number(key)] : isObject(at) ? at[key] : undefined;
      return segment;
    });
}

function unknownField(error: ErrorObject, segments: Segments): SchemaFinding {
  const field = String(error.params.additionalProperty);
  const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
  return {
    segments: [...segments, field],
    reason: "unknown field",
    allowed: known.join(", "),
    fix: didYouMean(field, known),
  };
}

function wrongType(error: ErrorObject, segments: Segments): SchemaFinding {
  const types = ([] as string[]).concat(error.params.type).filter((type) => type !== "null");
  return {
    segments,
    value: error.data as Json,
    reason: "has the wrong type",
    allowed: types.join(" or "),
  };
}

function toFinding(error: ErrorObject, root: Json): SchemaFinding {
  const segments = pointerSegments(error.instancePath, root);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, segments);
    case "type":
      return wrongType(error, segments);
    case "required":
      return {
        segments: [...segments, String(error.params.missingProperty)],
        reason: "is missing",
      };
    case "enum":
      return {
        segments,
        value: error.data as Json,
        reason: "is unknown",
        allowed: (error.params.allowedValues as string[]).join(", "),
      };
    default:
      return { segments, value: error.data as Json, reason: error.message ?? "is not valid" };
  }
}

const QUOTED_BOOLEANS: readonly Json[] = ["true", "false"];

/** Maps whose values are texts whatever their keys are called. */
const MAPS_OF_TEXTS = [
  "annotations",
  "labels",
  "label",
  "podAnnotations",
  "podLabels",
  "serviceAnnotations",
  "nodeSelector",
  "matchLabels",
  "proxyMetadata",
];

/** Row A5: `enabled: "true"` becomes `enabled: true`, with a warning. */
function readQuotedBooleans(value: Json, segments: Segments, warnings: SchemaFinding[]): Json {
  if (Array.isArray(value)) {
    return value.map((item, index) => readQuotedBooleans(item, [...segments, index], warnings));
  }
  if (!isObject(value)) {
    return value;
  }
  const entries = Object.entries(value).map(([key, child]): [string, Json] => {
    const path = [...segments, key];
    if (MAPS_OF_TEXTS.includes(key)) {
      return [key, child];
    }
    if (key !== "enabled" || !QUOTED_BOOLEANS.includes(child)) {
      return [key, readQuotedBooleans(child, path, warnings)];
    }
    const boolean = child === "true";
    warnings.push({
      segments: path,
      value: child,
      reason: "is a quoted boolean, read as a boolean",
      fix: `write ${boolean} without quotes`,
    });
    return [key, boolean];
  });
  return Object.fromEntries(entries);
}

function revisionFindings(document: JsonObject): SchemaFinding[] {
  const spec = isObject(document.spec) ? document.spec : {};
  if (typeof spec.revision !== "string") {
    return [];
  }
  const finding = checkRevision(spec.revision);
  return finding === undefined
    ? []
    : [{ segments: ["spec", "revision"], value: spec.revision, ...finding }];
}

export interface CheckedOverlay {
  /** The document with quoted booleans read as booleans. */
  readonly document: JsonObject;
  readonly errors: readonly SchemaFinding[];
  readonly warnings: readonly SchemaFinding[];
}

/** Checks an IstioOperator document against the schema of its fields; reports everything at once. */
export function checkOverlay(raw: JsonObject): CheckedOverlay {
  const warnings: SchemaFinding[] = [];
  const document = readQuotedBooleans(raw, [], warnings) as JsonObject;
  const check = validate();
  const errors = check(document)
    ? []
    : (check.errors ?? []).map((error) => toFinding(error, document));
  return {
    document: withoutEmptySections(document),
    errors: [...errors, ...revisionFindings(document)],
    warnings,
  };
}

/** `spec:` with nothing below it parses as null; istioctl takes it for an empty spec. */
function withoutEmptySections(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));
}
