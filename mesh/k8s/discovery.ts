import type { JsonObject } from "../common/json";
import { getPath } from "./path";
import { listAt } from "./workload";

/** One kind that an API server serves in one version. */
export interface ServedKind {
  /** Such as `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** The versions of all APIs, and the kinds of those whose kinds the answer has. */
export type ServedVersions = ReadonlyMap<string, readonly ServedKind[] | undefined>;

/** @example apiRoot("apps/v1") // "/apis/apps/v1" */
export function apiRoot(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

const verbsOf = ({ verbs }: JsonObject) => (Array.isArray(verbs) ? verbs.map(String) : []);

/** Returns the kinds in the API server's answer about one version of an API. */
export function servedKinds(apiVersion: string, answer: JsonObject): ServedKind[] {
  return (
    listAt(answer, "resources")
      // `deployments/status` and the like are of the same kind.
      .filter(({ name }) => typeof name === "string" && !name.includes("/"))
      .map((row) => ({
        ...{ apiVersion, kind: String(row.kind), plural: String(row.name) },
        ...{ namespaced: row.namespaced === true, verbs: verbsOf(row) },
      }))
  );
}

function aggregated(apiVersion: string, version: JsonObject): ServedKind[] | undefined {
  // The API server did not reach what serves this version when it put the answer together.
  if (version.freshness === "Stale") {
    return undefined;
  }
  return listAt(version, "resources").map((row) => ({
    ...{
      apiVersion,
      kind: String(getPath(row, "responseKind.kind")),
      plural: String(row.resource),
    },
    ...{ namespaced: row.scope === "Namespaced", verbs: verbsOf(row) },
  }));
}

/**
 * Returns the versions in the API server's answer about all APIs, those of a group in the order in
 * which the API server prefers them. Servers before Kubernetes 1.26 answer without the kinds.
 *
 * @see https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export function servedVersions(answer: JsonObject): ServedVersions {
  const whole = listAt(answer, "items").flatMap((group) =>
    listAt(group, "versions").map((version): [string, ServedKind[] | undefined] => {
      const apiVersion = `${getPath(group, "metadata.name")}/${version.version}`;
      return [apiVersion, aggregated(apiVersion, version)];
    }),
  );
  const named = listAt(answer, "groups").flatMap((group) =>
    [getPath(group, "preferredVersion"), ...listAt(group, "versions")].map(
      (version): [string, undefined] => [
        String(getPath(version as JsonObject, "groupVersion")),
        undefined,
      ],
    ),
  );
  return new Map([...whole, ...named]);
}

/**
 * Returns whether the kind of a CRD is served, or may be.
 *
 * @param name such as `gateways.networking.istio.io`
 */
export function servesCrd(served: ServedVersions, name: string): boolean {
  const [plural, ...group] = name.split(".");
  return [...served].some(
    ([apiVersion, kinds]) =>
      apiVersion.startsWith(`${group.join(".")}/`) &&
      (kinds === undefined || kinds.some((kind) => kind.plural === plural)),
  );
}
