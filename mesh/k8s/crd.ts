import { createHash } from "node:crypto";
import semver from "semver";
import { isObject, type Json } from "../common/json";
import { identityOf, type K8sObject } from "./objects";

/**
 * What a preview shows of a CRD: enough to see each change, without the thousands of lines of the
 * manifest.
 */
export interface CrdFacts {
  readonly name: string;
  /** The served versions. The stored one is marked. */
  readonly versions: readonly string[];
  /** The Istio version in the CRD's labels. Empty if there is none. */
  readonly istioVersion: string;
  /** A digest of the whole manifest. */
  readonly digest: string;
}

/**
 * Labels of Istio's CRDs: those that the chart writes since 1.24, and those of the file in it, which
 * `kubectl apply -f` and older charts apply as it is.
 *
 * @see https://github.com/istio/istio/blob/master/manifests/charts/base/templates/crds.yaml
 */
export const ISTIO_CRDS = ["app.kubernetes.io/part-of=istio", "chart=istio"];

const VERSION_LABEL = "app.kubernetes.io/version";

function versionText(version: Json): string[] {
  if (!isObject(version) || version.served !== true) {
    return [];
  }
  const name = String(version.name);
  return [version.storage === true ? `${name} (stored)` : name];
}

/**
 * Returns the Istio version in a CRD's labels, which every release since 1.23 sets, or "" if there
 * is none.
 */
export function crdIstioVersion(crd: { metadata?: unknown }): string {
  const labels = isObject(crd.metadata) ? crd.metadata.labels : undefined;
  const version = isObject(labels) ? labels[VERSION_LABEL] : undefined;
  return typeof version === "string" ? version : "";
}

/**
 * Returns what a preview shows of a CRD.
 *
 * @example crdFacts(virtualServices).versions // ["v1 (stored)", "v1alpha3", "v1beta1"]
 */
export function crdFacts(crd: K8sObject): CrdFacts {
  const spec = isObject(crd.spec) ? crd.spec : {};
  const versions = Array.isArray(spec.versions) ? spec.versions : [];
  return {
    name: identityOf(crd).name,
    versions: versions.flatMap(versionText).sort(),
    istioVersion: crdIstioVersion(crd),
    digest: createHash("sha256").update(JSON.stringify(crd)).digest("hex"),
  };
}

/**
 * Returns the Istio version of a CRD in the cluster if it is newer than the one to apply. The
 * newer one is kept.
 */
export function newerCrdVersion(
  live: { metadata?: unknown } | undefined,
  next: K8sObject,
): string | undefined {
  const [from, to] = [crdIstioVersion(live ?? {}), crdIstioVersion(next)];
  return isCrdDowngrade(from, to) ? from : undefined;
}

/**
 * Returns whether applying `next` would take a CRD back to an older Istio version, which would
 * prune fields that objects use (istio#43204).
 */
export function isCrdDowngrade(live: string, next: string): boolean {
  return semver.valid(live) !== null && semver.valid(next) !== null && semver.lt(next, live);
}
