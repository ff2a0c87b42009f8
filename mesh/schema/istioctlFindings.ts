import type { JsonObject } from "../common/json";
import { formFindings } from "./fieldForms";
import type { SchemaFinding } from "./schemaFinding";
import { checkTypes, UNKNOWN_FIELD } from "./typeCheck";

type Findings = readonly SchemaFinding[];

interface Checked {
  readonly errors: Findings;
  readonly warnings: Findings;
}

/** Returns whether a place is inside another one, or equal to it. */
function isWithin(inner: SchemaFinding, outer: SchemaFinding): boolean {
  return outer.segments.every((segment, index) => inner.segments[index] === segment);
}

function isSamePlace(a: SchemaFinding, b: SchemaFinding): boolean {
  return a.segments.length === b.segments.length && isWithin(a, b);
}

const isUnknown = ({ reason }: SchemaFinding) => reason === UNKNOWN_FIELD;

/**
 * Adds what the istioctl of a version refuses to the known findings of a document. A field that
 * Istio dropped keeps its own message. It is an error if istioctl refuses it.
 */
export function withIstioctlFindings(
  known: Checked,
  document: JsonObject,
  version: string,
): Checked {
  const types = checkTypes(document, version);
  const refused = [...types.errors, ...formFindings(document)];
  const isRefused = (warning: SchemaFinding) =>
    refused.some((error) => isUnknown(error) && isWithin(warning, error));
  const said = [...known.errors, ...known.warnings.filter(isRefused)];
  const isSaid = (error: SchemaFinding) =>
    said.some((one) => isSamePlace(one, error) || (isUnknown(error) && isWithin(one, error)));
  return {
    errors: [...said, ...refused.filter((error) => !isSaid(error))],
    warnings: [
      ...known.warnings.filter((one) => !isRefused(one)),
      ...types.warnings.filter((one) => !known.warnings.some((said) => isWithin(said, one))),
    ],
  };
}
