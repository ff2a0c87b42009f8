import { createHash } from "node:crypto";
import semver from "semver";
import { isObject, type Json } from "../common/json";
import { identityOf, type K8sObject } from "./objects";

/** What a preview shows of a CRD: enough to see each change, without its thousands of lines. */
export interface CrdFacts {
  readonly name: string;
  /** Served versions; the stored one is marked. */
  readonly versions: readonly string[];
  /** Istio version of the CRD's labels; empty where it has none. */
  readonly istioVersion: string;
  /** Digest of the whole manifest. */
  readonly digest: string;
}

const VERSION_LABEL = "app.kubernetes.io/version";

function versionText(version: Json): string[] {
  if (!isObject(version) || version.served !== true) {
    return [];
  }
  const name = String(version.name);
  return [version.storage === true ? `${name} (stored)` : name];
}

/** Istio version of a CRD's labels, as every release since 1.23 sets it; "" where there is none. */
export function crdIstioVersion(crd: { metadata?: unknown }): string {
  const labels = isObject(crd.metadata) ? crd.metadata.labels : undefined;
  const version = isObject(labels) ? labels[VERSION_LABEL] : undefined;
  return typeof version === "string" ? version : "";
}

/** @example crdFacts(virtualServices).versions // ["v1 (stored)", "v1alpha3", "v1beta1"] */
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

/** The Istio version of a CRD in the cluster that is newer than the one to apply; it stays. */
export function newerCrdVersion(
  live: { metadata?: unknown } | undefined,
  next: K8sObject,
): string | undefined {
  const [from, to] = [crdIstioVersion(live ?? {}), crdIstioVersion(next)];
  return isCrdDowngrade(from, to) ? from : undefined;
}

/**
 * Whether to apply `next` would take a CRD back to an older Istio version: fields that objects use
 * would be pruned (istio#43204).
 */
export function isCrdDowngrade(live: string, next: string): boolean {
  return semver.valid(live) !== null && semver.valid(next) !== null && semver.lt(next, live);
}
