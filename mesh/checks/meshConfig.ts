import { load } from "js-yaml";
import { isObject, type JsonObject } from "../common/json";
import { DEFAULT_REVISION } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { nameOf, namespaceOf } from "../k8s/workload";
import type { LivePlane } from "../snapshot/controlPlanes";

const DEFAULT_TRUST_DOMAIN = "cluster.local";

/** Parses YAML that a user wrote. Returns an empty map if it is invalid. */
export function looseYaml(text: unknown): JsonObject {
  try {
    const parsed: unknown = typeof text === "string" ? load(text) : undefined;
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

/** @example configName("istio", "1-31-0") // "istio-1-31-0" */
export function configName(base: string, revision: string): string {
  return revision === DEFAULT_REVISION ? base : `${base}-${revision}`;
}

/** Returns the mesh configuration of a control plane, or an empty map. */
export function meshConfigOf(
  { namespace, revision }: Pick<LivePlane, "namespace" | "revision">,
  configMaps: readonly JsonObject[],
): JsonObject {
  const name = configName("istio", revision);
  const found = configMaps.find((each) => nameOf(each) === name && namespaceOf(each) === namespace);
  return looseYaml(found === undefined ? undefined : getPath(found, "data.mesh"));
}

/** Returns the trust domain of a mesh, `cluster.local` by default. Identities begin with it. */
export function trustDomainOf(meshConfig: JsonObject): string {
  const { trustDomain } = meshConfig;
  return typeof trustDomain === "string" && trustDomain !== "" ? trustDomain : DEFAULT_TRUST_DOMAIN;
}

/** @example spiffeId("cluster.local", "shop", "cart") // "spiffe://cluster.local/ns/shop/sa/cart" */
export function spiffeId(trustDomain: string, namespace: string, serviceAccount: string): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`;
}
