import type { JsonObject } from "../../common/json";
import { condition, listAt, nameOf } from "../../k8s/workload";
import { minorFacts } from "../../model/versions";
import { planesIn } from "../../snapshot/controlPlanes";
import type { Read } from "../../snapshot/snapshot";
import { applyCrdAgain } from "../crdFix";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { validationOf } from "./define";
import type { MeshState } from "./state";

const report = findingsOf("istio-apis");

/** API by name, with the version that a control plane watches it by. */
export function watchedApis(version: string): Readonly<Record<string, string>> {
  return minorFacts(version).apis;
}

function servedVersions(crd: JsonObject): string[] {
  return listAt(crd, "spec.versions")
    .filter(({ served }) => served === true)
    .map(({ name }) => String(name));
}

/** An API, with who watches it by which version. */
interface Watched {
  readonly name: string;
  readonly version: string;
  readonly by: string;
}

function crdFinding({ name, version: wanted, by }: Watched, crd?: JsonObject): Finding[] {
  const object = `CustomResourceDefinition ${name}`;
  if (crd === undefined) {
    return [report.error(object, `is not there; watched by ${wanted}: ${by}`, applyCrdAgain(name))];
  }
  if (condition(crd, "Established")?.status !== "True") {
    const fix = `see kubectl get crd ${name} -o yaml, status.conditions; a name is taken, say`;
    return [report.error(object, "is not established: the API server does not serve it", fix)];
  }
  const served = servedVersions(crd);
  return served.includes(wanted)
    ? []
    : [
        report.error(
          object,
          `serves ${served.join(", ") || "no version"} and not ${wanted}, by which it is watched: ${by}`,
          applyCrdAgain(name),
        ),
      ];
}

/** Those that watch an API by the same version are named together. */
function watched(state: Pick<Read<MeshState>, "workloads">): Watched[] {
  const found = new Map<string, Watched>();
  for (const { revision, version: istio } of planesIn(state.workloads)) {
    for (const [name, version] of Object.entries(istio === undefined ? {} : watchedApis(istio))) {
      const key = `${name}/${version}`;
      const others = found.get(key)?.by;
      const own = `istiod ${revision} (${istio})`;
      found.set(key, { name, version, by: others === undefined ? own : `${others}, ${own}` });
    }
  }
  return [...found.values()];
}

/** Istio's APIs: each CRD is there, established, and served by the version that istiod needs. */
export function checkApis(state: Pick<Read<MeshState>, "crds" | "workloads">): Finding[] {
  const wanted = watched(state);
  if (wanted.length === 0) {
    return [notChecked("istio-apis", "Istio's APIs", "no istiod of a known version runs")];
  }
  const crds = new Map(state.crds.map((crd) => [nameOf(crd), crd]));
  const faults = wanted.flatMap((api) => crdFinding(api, crds.get(api.name)));
  return faults.length > 0
    ? faults
    : [report.ok("Istio's APIs", `all ${wanted.length} are established and served`)];
}

export const apis = validationOf({
  id: "istio-apis",
  needs: ["crds", "workloads"],
  run: checkApis,
});
