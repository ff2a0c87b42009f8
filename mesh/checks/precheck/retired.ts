import { isObject, type JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { crdIstioVersion, isCrdDowngrade } from "../../k8s/crd";
import { annotationsOf, labelsOf } from "../../k8s/istioLabels";
import { identityOf, isCrd, type K8sObject } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import { runningVersion } from "../../model/facts";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { livePlanes } from "./livePlanes";
import type { ApiUse, GoingApi } from "./types";

const found = findingsOf("api-versions");

/** Groups whose objects no supported istiod reads. */
export const RETIRED_GROUPS: Readonly<Record<string, string>> = {
  "authentication.istio.io": "PeerAuthentication and RequestAuthentication (since Istio 1.6)",
  "rbac.istio.io": "AuthorizationPolicy (since Istio 1.6)",
  "config.istio.io": "Telemetry, WasmPlugin or EnvoyFilter: Mixer is gone since Istio 1.8",
  "install.istio.io": "an overlay of this package: the operator in the cluster is gone since 1.24",
};

/** Returns versions that the cluster serves and that the planned CRDs do not have. */
export function goingVersions(
  planned: readonly K8sObject[],
  live: readonly K8sObject[],
): GoingApi[] {
  return planned.filter(isCrd).flatMap((crd) => {
    const own = live.find((other) => identityOf(other).name === identityOf(crd).name);
    if (own === undefined || isCrdDowngrade(crdIstioVersion(own), crdIstioVersion(crd))) {
      return [];
    }
    const kept = served(crd);
    const group = String(getPath(crd, "spec.group"));
    return served(own)
      .filter((version) => !kept.includes(version))
      .map((version) => ({
        apiVersion: `${group}/${version}`,
        kind: String(getPath(crd, "spec.names.kind")),
        resource: String(getPath(crd, "spec.names.plural")),
        instead: `${group}/${kept[0] ?? ""}`,
        kindStays: true,
      }));
  });
}

function served(crd: K8sObject): string[] {
  return listAt(crd, "spec.versions").flatMap(({ name, served: on }) =>
    on === true ? [String(name)] : [],
  );
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function lastApplied(object: JsonObject): string | undefined {
  try {
    const applied: unknown = JSON.parse(annotationsOf(object)[LAST_APPLIED] ?? "null");
    return isObject(applied) ? String(applied.apiVersion) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns whether a field manager has written an object in a version of its API, and probably will again. */
export function isWrittenBy(object: JsonObject, apiVersion: string): boolean {
  const managers = listAt(object, "metadata.managedFields");
  return (
    lastApplied(object) === apiVersion ||
    managers.some((entry) => entry.apiVersion === apiVersion && entry.subresource !== "status")
  );
}

/** Objects that depend on something that the planned Istio no longer has. */
export function checkRetired(uses: readonly ApiUse[]): Finding[] {
  return uses.flatMap(({ api, objects }) => {
    const { apiVersion, kind, instead, kindStays } = api;
    const own = kindStays ? objects.filter((one) => isWrittenBy(one, apiVersion)) : objects;
    if (own.length === 0) {
      return [];
    }
    const names = someOf(
      own.map((one) => [namespaceOf(one), nameOf(one)].filter(Boolean).join("/")),
    );
    const reason = kindStays
      ? `${names} ${own.length === 1 ? "is" : "are"} written as ${apiVersion}, which is no longer served: who applies them so will fail`
      : `${names} of ${apiVersion}: no istiod reads this kind any more`;
    const fix = kindStays
      ? `write them as ${instead}`
      : `use ${instead}, then delete them: kubectl delete ${api.resource}.${apiVersion.split("/")[0]} -A --all`;
    return [found.warning(kind, reason, fix)];
  });
}

/** EnvoyFilters change Envoy's configuration, so any version of Envoy may break them. */
export function checkEnvoyFilters(
  filters: readonly K8sObject[],
  versions: { readonly live: readonly string[]; readonly planned: readonly string[] },
): Finding[] {
  const changes =
    versions.live.length > 0 && versions.planned.some((own) => !versions.live.includes(own));
  const own = filters.filter((filter) => !isIstios(filter));
  return changes && own.length > 0
    ? [
        findingsOf("envoy-filters").info(
          "EnvoyFilter",
          `${someOf(own.map((filter) => `${namespaceOf(filter)}/${nameOf(filter)}`))} may mean something else to the Envoy of Istio ${versions.planned.join(", ")}: try them there first`,
        ),
      ]
    : [];
}

/** Those that Istio's charts of before 1.18 brought with them. */
function isIstios(filter: K8sObject): boolean {
  return labelsOf(filter)["install.operator.istio.io/owning-resource"] !== undefined;
}

export const apiVersions = precheckOf({
  id: "api-versions",
  title: "API versions",
  fine: "no object depends on one that goes",
  needs: ["apiUses"],
  run: ({ apiUses }) => checkRetired(apiUses),
});

export const envoyFilters = precheckOf({
  id: "envoy-filters",
  title: "EnvoyFilters",
  fine: "none is affected",
  needs: ["desired", "envoyFilters", "workloads"],
  run: ({ desired: { plan }, envoyFilters: filters, workloads }) =>
    checkEnvoyFilters(filters, {
      live: livePlanes(workloads).map(({ version }) => version),
      planned: plan.facts.controlPlanes.map(runningVersion),
    }),
});
