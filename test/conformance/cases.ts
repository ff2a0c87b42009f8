import type { JsonObject } from "../../mesh/common/json";

/** One mesh, as both tools take it. */
export interface Case {
  readonly name: string;
  readonly profile?: string;
  /** Paths of files, or CRs that are written to one. */
  readonly overlays: readonly (string | JsonObject)[];
  readonly set: readonly string[];
}

/** An overlay around a spec. */
export function overlayOf(spec: JsonObject): JsonObject {
  return { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec };
}

/** A case of one spec. */
export function specCase(name: string, spec: JsonObject, set: readonly string[] = []): Case {
  return { name, overlays: [overlayOf(spec)], set };
}

/** A case of settings alone. */
export function setCase(name: string, ...set: readonly string[]): Case {
  return { name, overlays: [], set };
}
