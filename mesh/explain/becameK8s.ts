import { isObject } from "../common/json";
import { joinPath } from "../common/propertyPath";
import { SETTING_ROWS, type SettingRow } from "../patch/k8sSettings";
import type { ComponentTarget } from "../patch/types";
import type { ComponentPlan } from "../spec/translate";

type Segments = readonly string[];

function objectField(row: SettingRow, target: ComponentTarget, below: Segments): string {
  const kind = row.kind === "workload" ? target.resourceKind : row.kind;
  const at = row.at.join(".");
  const place =
    row.inContainer === undefined ? at : `${at}[name:${target.containerName}].${row.inContainer}`;
  const rest = below.reduce(joinPath, "");
  return `patch: ${kind} ${target.resourceName} ${rest === "" ? place : `${place}.${rest}`}`;
}

/** Lists each path that the overlays of a component change, by object. */
function pathOverlays(plan: ComponentPlan): string[] {
  const overlays = Array.isArray(plan.k8s.overlays) ? plan.k8s.overlays : [];
  return overlays
    .filter(isObject)
    .flatMap(({ kind, name, patches }) =>
      (Array.isArray(patches) ? patches : [])
        .filter(isObject)
        .map(({ path }) => `path overlay: ${kind} ${name} ${path}`),
    );
}

/**
 * Returns what a setting below `components.NAME.k8s` changes in the objects that Helm rendered.
 *
 * @param below the path below `k8s`
 */
export function becameOfK8s(
  plan: ComponentPlan,
  target: ComponentTarget,
  below: Segments,
): string[] {
  const [field = "", ...rest] = below;
  if (field === "overlays") {
    return pathOverlays(plan);
  }
  if (plan.component.workload === undefined) {
    return [`nothing: ${plan.component.title} has no workload`];
  }
  const row = SETTING_ROWS.find((candidate) => candidate.field === field);
  return row === undefined
    ? ["nothing: istioctl takes it without effect"]
    : [objectField(row, target, rest)];
}
