import type { Json, JsonObject } from "../common/json";
import { formFindings } from "./fieldForms";
import type { SchemaFinding } from "./schemaFinding";
import { checkTypes } from "./typeCheck";

/** Where an IstioOperator has the mesh configuration. */
const PLACE = ["spec", "meshConfig"];

/**
 * Returns what the istiod of a version would refuse in a mesh configuration. istiod reads it as a
 * whole: one such field makes it drop all of it. Fields that it does not know it passes over.
 *
 * @param version an Istio version; a minor that is not known has the types of the nearest one
 * @example
 * meshConfigFaults({ enableTracing: "true" }, "1.31.0")
 * // [{ segments: ["enableTracing"], value: "true", reason: "has the wrong type", allowed: "true or false" }]
 * @see https://github.com/istio/istio/issues/61563
 */
export function meshConfigFaults(meshConfig: Json, version: string): SchemaFinding[] {
  const document: JsonObject = { spec: { meshConfig } };
  return [...checkTypes(document, version).errors, ...formFindings(document)].map((finding) => ({
    ...finding,
    segments: finding.segments.slice(PLACE.length),
  }));
}
