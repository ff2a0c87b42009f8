import type { ErrorObject } from "ajv";
import { isObject, type Json } from "../common/json";
import { pathText } from "../common/propertyPath";
import { didYouMean } from "../common/suggest";
import type { K8sObject } from "../k8s/objects";
import { quotesFix, typeNames } from "../schema/checkInputs";
import { pointerSegments, valueUnder } from "../schema/jsonPointer";
import type { SchemaFinding } from "../schema/schemaFinding";
import { type CrdSchemas, crdSchemas } from "./crdSchemas";
import { isNewerKubernetes, kubernetesSchemas } from "./kubernetesSchemas";
import type { Validator } from "./validators";

/** What objects are checked against. */
export interface ObjectSchemas {
  /** Version of the cluster, if it is known. @default the newest whose schemas are known */
  readonly kubernetesVersion?: string;
  /** The CRDs of the kinds that are not Kubernetes' own. @default none */
  readonly crds?: readonly K8sObject[];
}

/** A list of more fields than these is only shown where no name is similar. */
const MAX_LISTED = 12;

/** A branch that does not hold is no error by itself: another one may hold. */
const IN_CONDITION = /\/(oneOf|anyOf|not|if)\//;

/** Where a schema comes from, for messages. */
interface Origin {
  readonly title: string;
  /** Whether a newer version has fields that these schemas do not know. */
  readonly isOutdated?: boolean;
  /** What to do if the field is right and the schema is old. */
  readonly ifNewer?: string;
}

function unknownField(error: ErrorObject, at: readonly (string | number)[], origin: Origin) {
  const name = String(error.params.additionalProperty);
  const known = Object.keys((error.parentSchema?.properties ?? {}) as object);
  const fix = didYouMean(name, known);
  return {
    segments: [...at, name],
    reason: `is no field of ${origin.title}`,
    ...((fix === undefined || known.length <= MAX_LISTED) && { allowed: known.join(", ") }),
    fix: fix ?? origin.ifNewer,
  };
}

/** Values of a Secret and whole maps and lists are not shown. */
function shown(value: unknown, object: K8sObject): { readonly value?: Json } {
  const isHidden = object.kind === "Secret" || (typeof value === "object" && value !== null);
  return isHidden ? {} : { value: value as Json };
}

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  quantity: "a quantity, such as 500m or 1Gi",
  byte: "a text in Base64",
};

function wordsOf(error: ErrorObject): readonly string[] {
  return (error.params.allowedValues as unknown[]).filter(Boolean).map(String);
}

function findingOf(error: ErrorObject, object: K8sObject, origin: Origin): SchemaFinding {
  const segments = pointerSegments(error.instancePath, object);
  const value = segments.reduce<unknown>(valueUnder, object);
  const own = { segments, ...shown(value, object) };
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, segments, origin);
    case "required": {
      const missing = String(error.params.missingProperty);
      return { segments: [...segments, missing], reason: "is missing", fix: "set it" };
    }
    case "type": {
      const types = [error.params.type].flat().map(String);
      const reason = "has the wrong type";
      return { ...own, reason, allowed: typeNames(types), fix: quotesFix(value, types) };
    }
    case "enum": {
      const words = wordsOf(error);
      const fix = typeof value === "string" ? didYouMean(value, words) : undefined;
      return { ...own, reason: "is unknown", allowed: words.join(", "), fix };
    }
    case "format":
      return {
        ...own,
        reason: "cannot be read",
        allowed: FORMAT_NAMES[String(error.params.format)],
      };
    case "uniqueKeys": {
      const { index, keys, identity } = error.params;
      return {
        segments: [...segments, index],
        value: identity,
        reason: `is the second item of this ${keys.join(" and ")}`,
        fix: "give each its own, or take one out",
      };
    }
    case "oneOf":
    case "anyOf":
    case "not":
      return { ...own, reason: "has fields that exclude each other, or lacks one" };
    default:
      return { ...own, reason: error.message ?? "is not valid" };
  }
}

/** The API server reads a field of `null` as one that is not set. */
function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([key, item]) => [key, withoutNulls(item)]),
      )
    : value;
}

const isSame = (a: SchemaFinding["segments"], b: SchemaFinding["segments"]) =>
  pathText(a) === pathText(b);

const isUnknownField = ({ keyword }: ErrorObject) => keyword === "additionalProperties";

/** An unknown field is refused even if it is `null`. Other faults are those of the set fields. */
function errorsOf(check: Validator, object: K8sObject): readonly ErrorObject[] {
  if (check(object)) {
    return [];
  }
  const unknown = (check.errors ?? []).filter(isUnknownField);
  return check(withoutNulls(object)) ? unknown : [...unknown, ...(check.errors ?? [])];
}

function findings(check: Validator, object: K8sObject, origin: Origin): SchemaFinding[] {
  const all = errorsOf(check, object)
    .filter(({ schemaPath }) => !IN_CONDITION.test(schemaPath))
    .filter((error) => origin.isOutdated !== true || !isUnknownField(error))
    .map((error) => findingOf(error, object, origin));
  // A value of the wrong type is none of the words either.
  return all.filter(
    (one, index) => !all.slice(0, index).some(({ segments }) => isSame(segments, one.segments)),
  );
}

/** Checks one object after the other against the same schemas. */
export type SchemaCheck = (object: K8sObject) => SchemaFinding[];

/**
 * Returns a check of objects against the schemas of a Kubernetes version and of CRDs: unknown and
 * missing fields, types, words and formats. Kinds whose schema is not known have no findings. A field
 * that is unknown to the newest known Kubernetes is no finding where the cluster is newer.
 *
 * @example
 * schemaCheck({ kubernetesVersion: "1.34.2" })(service)[0].segments // ["spec", "prots"]
 */
export function schemaCheck({ kubernetesVersion, crds = [] }: ObjectSchemas): SchemaCheck {
  const kubernetes = kubernetesSchemas(kubernetesVersion);
  const isNewer = kubernetesVersion !== undefined && isNewerKubernetes(kubernetesVersion);
  let custom: CrdSchemas | undefined;
  return (object) => {
    const { apiVersion, kind } = object;
    const own = kubernetes.of(apiVersion, kind);
    if (own !== undefined) {
      const origin: Origin = {
        title: `Kubernetes ${kubernetes.minor}`,
        isOutdated: isNewer,
        ...(kubernetesVersion === undefined && {
          ifNewer: "take it out, or name the cluster's version as kubernetesVersion if it is newer",
        }),
      };
      return findings(own, object, origin);
    }
    if (crds.length === 0) {
      return [];
    }
    custom ??= crdSchemas(crds, kubernetes);
    const check = custom.of(apiVersion, kind);
    return check === undefined ? [] : findings(check, object, { title: `${kind} ${apiVersion}` });
  };
}
