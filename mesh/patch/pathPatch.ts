/**
 * `k8s.overlays`: patches that change single places of rendered objects, each named by a path.
 * Source: istioctl operator/pkg/render/postprocess.go, `applyPatches`, and operator/pkg/tpath. The
 * odd cases are listed in `path.ts` and `pathTree.ts`.
 *
 * istioctl drops the problems of single patches and keeps what the other patches changed. This
 * code returns the same objects and, in addition, the problems.
 */
import { deepClone, type Json, type JsonObject } from "../common/json";
import { type K8sObject, objectLabel, objectName } from "../k8s/objects";
import { nearestObjects } from "./nearestObjects";
import { attempt } from "./patchError";
import { parsePath } from "./path";
import { locate, PatchTree } from "./pathTree";
import { remove, write } from "./pathWrite";
import type { K8sOverlay, OverlaidObjects, PatchProblem, PatchWarning, PathPatch } from "./types";

function applyPatch(tree: PatchTree, path: string, value: Json | undefined): void {
  const step = locate(tree, parsePath(path));
  if (value === undefined || value === null) {
    remove(step);
  } else {
    write(tree, step, deepClone(value));
  }
}

/** One patched object and the patches that could not be applied to it. */
export interface PatchedObject<T extends JsonObject> {
  readonly object: T;
  readonly problems: readonly PatchProblem[];
}

/**
 * Returns an object with path patches applied one after the other. The argument is not changed.
 *
 * @example
 * applyPathPatches(deployment, [
 *   { path: "spec.template.spec.containers.[name:discovery].args.[:--log.*]", value: "--log=debug" },
 *   { path: "metadata.annotations.example\\.com/old" },
 * ])
 */
export function applyPathPatches<T extends JsonObject>(
  object: T,
  patches: readonly PathPatch[],
): PatchedObject<T> {
  const tree = new PatchTree(deepClone(object));
  const problems: PatchProblem[] = [];
  for (const { path, value } of patches) {
    attempt(
      () => applyPatch(tree, path, value),
      ({ reason, fix }) => problems.push({ path, value, reason, fix }),
    );
  }
  return { object: deepClone(tree.root) as T, problems };
}

function isTarget(object: K8sObject, overlay: K8sOverlay): boolean {
  return object.kind === overlay.kind && objectName(object) === overlay.name;
}

/**
 * A document without a kind is not an object. istioctl gives up on it. Here it is returned
 * unchanged, with a problem.
 */
function kindProblem(patched: JsonObject, label: string): PatchProblem[] {
  const { kind } = patched;
  if (typeof kind === "string" && kind !== "") {
    return [];
  }
  const reason = "the patches leave the object without a kind";
  return [{ object: label, path: "kind", reason, fix: "do not patch the object's kind" }];
}

function overlayObject(object: K8sObject, overlay: K8sOverlay, problems: PatchProblem[]) {
  const label = objectLabel(object);
  const result = applyPathPatches(object, overlay.patches ?? []);
  const lost = kindProblem(result.object, label);
  problems.push(...result.problems.map((problem) => ({ object: label, ...problem })), ...lost);
  return lost.length > 0 ? object : result.object;
}

function unmatched(overlay: K8sOverlay, objects: readonly K8sObject[]): PatchWarning {
  const { kind, name } = overlay;
  return {
    object: `${kind}/${name}`,
    reason: `no rendered object is a ${kind} named "${name}", so the overlay changes nothing`,
    nearest: nearestObjects(overlay, objects),
  };
}

/**
 * Returns the objects in their order, with `k8s.overlays` applied. An overlay changes every object
 * of its kind and name, whatever the API version. The arguments are not changed.
 *
 * @example
 * applyK8sOverlays(
 *   [{ kind: "Deployment", name: "istiod", patches: [{ path: "spec.replicas", value: 2 }] }],
 *   objects,
 * ) // { objects, problems: [], warnings: [] }
 */
export function applyK8sOverlays(
  overlays: readonly K8sOverlay[],
  objects: readonly K8sObject[],
): OverlaidObjects {
  const problems: PatchProblem[] = [];
  const warnings: PatchWarning[] = [];
  let patched = [...objects];
  for (const overlay of overlays) {
    if (!patched.some((object) => isTarget(object, overlay))) {
      warnings.push(unmatched(overlay, patched));
    }
    patched = patched.map((object) =>
      isTarget(object, overlay) ? overlayObject(object, overlay, problems) : object,
    );
  }
  return { objects: patched, problems, warnings };
}
