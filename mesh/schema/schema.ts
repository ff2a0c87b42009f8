import type { ErrorObject, ValidateFunction } from "ajv";
import { isObject, type Json, type JsonObject } from "../common/json";
import schema from "../data/istioOperator.schema.json";
import { checkRevision } from "../model/revision";
import { newestKnownBefore } from "../model/versions";
import { certainlyFits } from "./certainlyFits";
import { describeDropped, findDropped } from "./droppedFields";
import { withoutEmptyFields } from "./emptyFields";
import { unknownFieldFix } from "./fieldPlaces";
import { withIstioctlFindings } from "./istioctlFindings";
import { pointerSegments } from "./jsonPointer";
import { readQuoted } from "./quotedScalars";
import type { SchemaFinding } from "./schemaFinding";
import { typeTable } from "./typeTable";

type Segments = readonly (string | number)[];

let validator: ValidateFunction | undefined;

/** Compiled for the first document that does not fit for certain. */
function validate(): ValidateFunction {
  const { default: Ajv } = require("ajv") as typeof import("ajv");
  validator ??= new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    // Checking our own schema would take as long as all the rest.
    validateSchema: false,
    meta: false,
  }).compile(schema);
  return validator;
}

function errorsOf(document: JsonObject): readonly ErrorObject[] {
  if (certainlyFits(schema, document)) {
    return [];
  }
  const check = validate();
  return check(document) ? [] : (check.errors ?? []);
}

const UNKNOWN_FIELD = "unknown field";

function unknownField(
  error: ErrorObject,
  parent: Segments,
  version: string | undefined,
): SchemaFinding {
  const segments = [...parent, String(error.params.additionalProperty)];
  const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
  return {
    segments,
    reason: UNKNOWN_FIELD,
    allowed: known.join(", "),
    fix: unknownFieldFix(segments, known, typeTable(version ?? "")),
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

function toFinding(error: ErrorObject, root: Json, version: string | undefined): SchemaFinding {
  const segments = pointerSegments(error.instancePath, root);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, segments, version);
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
        // An empty text and null mean "not set".
        allowed: (error.params.allowedValues as (string | null)[]).filter(Boolean).join(", "),
      };
    default:
      return { segments, value: error.data as Json, reason: error.message ?? "is not valid" };
  }
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

type Findings = readonly SchemaFinding[];

/**
 * Returns findings for fields of earlier Istio versions, which are reported as dropped and not as
 * unknown.
 */
function droppedFindings(document: JsonObject, { version, isFile = false }: OverlayContext) {
  const found = findDropped(document, version).map(({ rule, segments }) => ({
    severity: rule.severity,
    finding: { segments, ...describeDropped(rule, isFile) },
  }));
  const of = (severity: "error" | "warning") =>
    found.filter((one) => one.severity === severity).map(({ finding }) => finding);
  return { errors: of("error"), warnings: of("warning") };
}

function isWithin(finding: SchemaFinding, { segments }: SchemaFinding): boolean {
  return segments.every((segment, index) => finding.segments[index] === segment);
}

function withoutDropped(errors: Findings, dropped: Findings): Findings {
  return errors.filter(
    (error) =>
      error.reason !== UNKNOWN_FIELD || !dropped.some((finding) => isWithin(finding, error)),
  );
}

/** Fields that a newer Istio than the known ones may have: they are only worth a warning. */
function mayBeNewer({ reason, segments }: SchemaFinding, version: string): boolean {
  return (
    reason.startsWith(UNKNOWN_FIELD) &&
    segments[0] === "spec" &&
    newestKnownBefore(version) !== undefined
  );
}

/** Makes warnings of the unknown fields in a document for a version that this package does not know. */
function forUnknownVersion(found: FoundIn, version: string): FoundIn {
  const known = newestKnownBefore(version);
  const open = found.errors.filter((finding) => mayBeNewer(finding, version));
  const all = [...open, ...found.warnings];
  return {
    errors: found.errors.filter((finding) => !open.includes(finding)),
    warnings: all.map((finding) =>
      mayBeNewer(finding, version)
        ? {
            ...finding,
            reason: `${UNKNOWN_FIELD} in Istio ${known}, the newest that is known here; it is given to the charts of ${version} as it is`,
          }
        : finding,
    ),
  };
}

interface FoundIn {
  readonly errors: Findings;
  readonly warnings: Findings;
}

export interface CheckedOverlay {
  /** The document with quoted booleans and numbers read as what they are meant. */
  readonly document: JsonObject;
  readonly errors: Findings;
  readonly warnings: Findings;
}

/** What the checks need besides the document. */
export interface OverlayContext {
  /** Istio version, which decides which fields were dropped. @default the newest known version */
  readonly version?: string;
  /** Whether the document is a file, which a command can rewrite. @default false */
  readonly isFile?: boolean;
}

/**
 * Checks an IstioOperator document against the schema of its fields. Returns all findings at once.
 */
export function checkOverlay(raw: JsonObject, context: OverlayContext = {}): CheckedOverlay {
  const { document, warnings: quoted } = readQuoted(raw, context.version);
  const errors = errorsOf(document).map((error) => toFinding(error, document, context.version));
  const dropped = droppedFindings(document, context);
  const known = {
    errors: [
      ...withoutDropped(errors, dropped.errors),
      ...dropped.errors,
      ...revisionFindings(document),
    ],
    warnings: [...quoted, ...dropped.warnings],
  };
  return {
    document: withoutEmptyFields(document),
    ...(context.version === undefined
      ? known
      : forUnknownVersion(withIstioctlFindings(known, document, context.version), context.version)),
  };
}
