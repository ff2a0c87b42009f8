/**
 * Applies the `components.<name>.k8s` settings to the objects that Helm rendered. Source: istioctl
 * operator/pkg/render/postprocess.go, `postProcess`.
 *
 * Fields that are not in the table change nothing here, as in istioctl: `volumes` and
 * `volumeMounts` are accepted and ignored. `overlays` are path patches (see `pathPatch.ts`).
 */
import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { type K8sObject, objectLabel, objectName } from "../k8s/objects";
import { strategicMergeChecked } from "./strategic";
import type { ComponentTarget, PatchedObjects, PatchProblem } from "./types";

/** Says which field of which object a setting changes. */
export interface SettingRow {
  /** The field of the `k8s` block. */
  readonly field: string;
  /**
   * The kind of the object that the setting changes. `workload` is the component's Deployment or
   * DaemonSet.
   */
  readonly kind: "workload" | "HorizontalPodAutoscaler" | "PodDisruptionBudget" | "Service";
  /** Path of the field from the root of the object. */
  readonly at: readonly string[];
  /** The field of the component's container, if `at` is the list of containers. */
  readonly inContainer?: string;
}

const POD = ["spec", "template", "spec"];

function podRow(field: string): SettingRow {
  return { field, kind: "workload", at: [...POD, field] };
}

function containerRow(field: string): SettingRow {
  return { field, kind: "workload", at: [...POD, "containers"], inContainer: field };
}

/** All settings, in the order in which they are applied. */
export const SETTING_ROWS: readonly SettingRow[] = [
  podRow("affinity"),
  containerRow("env"),
  { field: "hpaSpec", kind: "HorizontalPodAutoscaler", at: ["spec"] },
  containerRow("imagePullPolicy"),
  podRow("nodeSelector"),
  { field: "podDisruptionBudget", kind: "PodDisruptionBudget", at: ["spec"] },
  {
    field: "podAnnotations",
    kind: "workload",
    at: ["spec", "template", "metadata", "annotations"],
  },
  podRow("priorityClassName"),
  containerRow("readinessProbe"),
  { field: "replicaCount", kind: "workload", at: ["spec", "replicas"] },
  containerRow("resources"),
  { field: "strategy", kind: "workload", at: ["spec", "strategy"] },
  podRow("tolerations"),
  { field: "serviceAnnotations", kind: "Service", at: ["metadata", "annotations"] },
  { field: "service", kind: "Service", at: ["spec"] },
  podRow("securityContext"),
];

function nest(path: readonly string[], value: Json): JsonObject {
  const [first = "", ...rest] = path;
  return { [first]: rest.length === 0 ? value : nest(rest, value) };
}

function patchOf(row: SettingRow, component: ComponentTarget, value: Json): JsonObject {
  return row.inContainer === undefined
    ? nest(row.at, value)
    : nest(row.at, [{ name: component.containerName, [row.inContainer]: value }]);
}

/**
 * The `service` setting of a gateway, with an empty list of ports. The ports come from Helm
 * values, and a strategic merge of ports drops those that share a number. The list is emptied and
 * not left out, because a gateway's Service gets a `ports` list even if it has no ports and no
 * `service` is set.
 */
function gatewayService(service: Json | undefined): Json {
  return service === undefined || isObject(service) ? { ...service, ports: [] } : service;
}

function settingValue(
  row: SettingRow,
  component: ComponentTarget,
  k8s: JsonObject,
): Json | undefined {
  const value = getKey(k8s, row.field);
  return row.field === "service" && component.isGateway ? gatewayService(value) : value;
}

function isTarget(object: K8sObject, row: SettingRow, component: ComponentTarget): boolean {
  const kind = row.kind === "workload" ? component.resourceKind : row.kind;
  return object.kind === kind && objectName(object) === component.resourceName;
}

/**
 * A PodDisruptionBudget accepts only one of the two limits. The charts set `minAvailable`, so that
 * one is dropped if the merge leaves both. istioctl then prints it as null, and so does this.
 */
function oneDisruptionLimit(object: JsonObject): JsonObject {
  const spec = object.spec;
  const both =
    isObject(spec) && Object.hasOwn(spec, "maxUnavailable") && Object.hasOwn(spec, "minAvailable");
  return both ? { ...object, spec: { ...spec, minAvailable: null } } : object;
}

function settingProblem(object: K8sObject, row: SettingRow, problem: PatchProblem): PatchProblem {
  return {
    ...problem,
    object: objectLabel(object),
    path: `k8s.${row.field}`,
    reason: problem.path === "" ? problem.reason : `${problem.path}: ${problem.reason}`,
  };
}

function applyRow(
  object: K8sObject,
  row: SettingRow,
  patch: JsonObject,
  problems: PatchProblem[],
): K8sObject {
  const result = strategicMergeChecked(object.kind, object, patch);
  problems.push(...result.problems.map((problem) => settingProblem(object, row, problem)));
  const merged = result.merged as K8sObject;
  return row.kind === "PodDisruptionBudget" ? (oneDisruptionLimit(merged) as K8sObject) : merged;
}

/**
 * Does what {@link applyK8sSettings} does, and also returns which parts of a setting could not be
 * applied.
 *
 * @example
 * applyK8sSettingsChecked(pilot, { env: [{ value: "1" }] }, objects).problems
 * // [{ object: "Deployment/istiod", path: "k8s.env", reason: '... has no "name" ...', ... }]
 */
export function applyK8sSettingsChecked(
  component: ComponentTarget,
  k8s: Readonly<Record<string, Json>>,
  objects: readonly K8sObject[],
): PatchedObjects {
  const problems: PatchProblem[] = [];
  let patched = [...objects];
  for (const row of SETTING_ROWS) {
    const value = settingValue(row, component, k8s);
    if (value !== undefined) {
      const patch = patchOf(row, component, value);
      patched = patched.map((object) =>
        isTarget(object, row, component) ? applyRow(object, row, patch, problems) : object,
      );
    }
  }
  return { objects: patched, problems };
}

/**
 * Returns the objects with a component's `k8s` settings applied. The arguments are not changed. A
 * setting whose object was not rendered changes nothing. A setting that is null removes its field.
 *
 * @example
 * applyK8sSettings(
 *   { resourceKind: "Deployment", resourceName: "istiod", containerName: "discovery", isGateway: false },
 *   { replicaCount: 2 },
 *   objects,
 * ) // the Deployment "istiod" has spec.replicas 2
 */
export function applyK8sSettings(
  component: ComponentTarget,
  k8s: Readonly<Record<string, Json>>,
  objects: readonly K8sObject[],
): K8sObject[] {
  return applyK8sSettingsChecked(component, k8s, objects).objects;
}
