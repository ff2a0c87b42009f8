import { isObject, type JsonObject } from "../../common/json";
import { joinPath } from "../../common/propertyPath";
import { checkOptionsLost, type RevisionSpec } from "../../guard/lostOptions";
import { revisionLabel } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import { nameOf } from "../../k8s/workload";
import { checkVersion } from "../../model/versions";
import type { Provenance } from "../../overlay/merge";
import { revisionOf } from "../../snapshot/controlPlanes";
import { type ResolvedMesh, resolveMesh } from "../../spec/resolve";
import type { Finding } from "../finding";
import { findingsOf, fromProblem } from "../findings";
import { precheckOf } from "./define";
import { livePlanes, type PlaneFacts } from "./livePlanes";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "values" | "workloads">;

const CHECK = "lost-options";

/** Values that differ from revision to revision, or that follow from others. */
const OWN = [
  "spec.values.revision",
  "spec.values.defaultRevision",
  "spec.values.compatibilityVersion",
  "spec.values.profile",
  "spec.values.ownerName",
  "spec.values.global.tag",
  "spec.values.global.hub",
  "spec.values.pilot.enabled",
];

/** Returns values as the spec of an IstioOperator, so that both sides have the same paths. */
function asDocument(values: JsonObject): JsonObject {
  const { meshConfig, ...others } = values;
  return { spec: { values: others, ...(meshConfig !== undefined && { meshConfig }) } };
}

function leavesOf(value: JsonObject, path = ""): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const at = joinPath(path, key);
    return isObject(item) ? leavesOf(item, at) : [at];
  });
}

/** Returns the values for the chart of a control plane. */
function pilotValues(mesh: ResolvedMesh): JsonObject {
  return mesh.components.find(({ component }) => component.name === "pilot")?.values ?? {};
}

/** Returns the values of the release's profile, for a control plane of that version. */
function releaseDocument(planned: ResolvedMesh, version: string, desired: DesiredMesh): JsonObject {
  const known = checkVersion(version) === undefined ? version : planned.version;
  const { profile, platform } = { profile: planned.profile, platform: desired.platform };
  return asDocument(
    pilotValues(resolveMesh({ version: known, profile, platform }, planned.library)),
  );
}

/** Returns the values that istiod's chart was rendered with, from its ConfigMap. */
function recordedValues(live: Live, { revision, namespace }: PlaneFacts) {
  const found = live.values.find(
    (map) =>
      revisionOf(map) === revisionLabel(revision) &&
      getPath(map, "metadata.namespace") === namespace,
  );
  const text = found === undefined ? undefined : getPath(found, "data.original-values");
  try {
    const values: unknown = JSON.parse(String(text));
    return found !== undefined && isObject(values) ? { map: nameOf(found), values } : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the control plane that a planned one replaces: the same revision, or the newest. */
function predecessor(planned: ResolvedMesh, planes: readonly PlaneFacts[]): PlaneFacts | undefined {
  return (
    planes.find(({ revision }) => revision === planned.revision) ??
    [...planes].sort((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }))[0]
  );
}

function carriedFrom(
  planned: ResolvedMesh,
  plane: PlaneFacts,
  recorded: { readonly map: string; readonly values: JsonObject },
  desired: DesiredMesh,
): RevisionSpec {
  const document = asDocument(recorded.values);
  const release = releaseDocument(planned, plane.version, desired);
  const layer = `ConfigMap ${plane.namespace}/${recorded.map}`;
  const set = leavesOf(document).filter(
    (path) =>
      !OWN.includes(path) &&
      JSON.stringify(getPath(document, path)) !== JSON.stringify(getPath(release, path)),
  );
  const provenance: Provenance = Object.fromEntries(
    set.map((path) => [path, { layer, overrode: [] }]),
  );
  return { revision: plane.revision, document, provenance };
}

function checkOne(planned: ResolvedMesh, desired: DesiredMesh, live: Live): Finding[] {
  const plane = predecessor(planned, livePlanes(live.workloads));
  if (plane === undefined) {
    return [];
  }
  const recorded = recordedValues(live, plane);
  const title = `control plane ${revisionLabel(plane.revision)}`;
  if (recorded === undefined) {
    const reason = `Istio ${plane.version} leaves no record of its values in the cluster, so options that the inputs lack are not found`;
    const fix = "compare what would be applied with the cluster: mesh manifest diff --cluster";
    return [findingsOf(CHECK).info(title, reason, fix)];
  }
  const from = carriedFrom(planned, plane, recorded, desired);
  const to = { ...planned, document: asDocument(pilotValues(planned)) };
  return checkOptionsLost(from, to).map((problem) => fromProblem(CHECK, "warning", title, problem));
}

/**
 * Options of the control plane in the cluster that the inputs lack, by the values that istiod's chart
 * leaves in the ConfigMap `values` since Istio 1.24. Values of that version's profile are not options.
 */
export function checkLostOptions(desired: DesiredMesh, live: Live): Finding[] {
  return desired.plan.controlPlanes.flatMap((mesh) => checkOne(mesh, desired, live));
}

export const lostOptions = precheckOf({
  id: "lost-options",
  title: "options",
  fine: "none of the cluster's is lost",
  needs: ["desired", "values", "workloads"],
  run: ({ desired, ...live }) => checkLostOptions(desired, live),
});
