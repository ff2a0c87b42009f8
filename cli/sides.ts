import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { overlayLibrary } from "../adapters/overlays";
import { renderTools } from "../adapters/renderTools";
import { InvalidInput, throwIfAny } from "../mesh/common/problem";
import { readManifests } from "../mesh/diff/manifests";
import type { K8sObject } from "../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import { generateManifests } from "../mesh/plan/generate";
import { planMesh } from "../mesh/plan/meshPlan";
import type { RenderTools } from "../mesh/render/render";
import { CHART_NEWS, printWarnings } from "./report";

/** One side of a comparison. */
export interface Side {
  readonly title: string;
  /** Finds what is wrong with it without fetching a chart. @throws InvalidInput */
  check?(): void;
  objects(): Promise<readonly K8sObject[]>;
}

/**
 * Returns the side that an input renders to.
 *
 * @param clusterVersion returns the version of the cluster that it is for @default it is for no cluster
 */
export function renderedSide(
  title: string,
  inputs: ServiceMeshInputs,
  clusterVersion?: RenderTools["clusterVersion"],
): Side {
  return {
    title,
    check: () => void planMesh(inputs, overlayLibrary()),
    async objects() {
      const plan = planMesh(inputs, overlayLibrary());
      const { objects, warnings } = await generateManifests(
        plan,
        renderTools(inputs.charts, { news: CHART_NEWS, clusterVersion }),
      );
      printWarnings(warnings);
      return objects;
    },
  };
}

const MANIFEST = /\.(ya?ml|json)$/i;

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && MANIFEST.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Returns a side with existing manifests: a file, or all files below a folder. */
export function writtenSide(path: string): Side {
  return {
    title: path,
    async objects() {
      const files = kindOf(path) === "folder" ? filesIn(path) : [path];
      const read = files.map((file) => readManifests(file, readFileSync(file, "utf8")));
      throwIfAny(read.flatMap(({ problems }) => problems));
      const objects = read.flatMap((one) => one.objects);
      const reason = "holds no Kubernetes objects";
      throwIfAny(objects.length === 0 ? [{ source: path, path: "", reason }] : []);
      return objects;
    },
  };
}

type PathKind = "folder" | "file" | "missing";

function kindOf(path: string): PathKind {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : stats.isDirectory() ? "folder" : "file";
}

const OVERLAY_KIND = /^kind:\s*["']?(IstioOperator|IstioControlPlane)\b/m;

function isOverlay(name: string): boolean {
  if (kindOf(name) === "file") {
    return OVERLAY_KIND.test(readFileSync(name, "utf8"));
  }
  return overlayLibrary().options.names.includes(name);
}

/** A file name without a slash or an extension would be read as an option. */
function asOverlay(name: string): string {
  return kindOf(name) === "file" && !/(\.ya?ml$|\/)/i.test(name) ? `./${name}` : name;
}

/**
 * Returns the side that an argument of `diff` names: manifests, or overlays (files and options,
 * separated by commas) on top of the input.
 */
export function sideOf(argument: string, inputs: ServiceMeshInputs): Side {
  const names = argument.split(",").filter((name) => name !== "");
  if (names.length > 0 && names.every(isOverlay)) {
    const overlays = [...(inputs.overlays ?? []), ...names.map(asOverlay)];
    return renderedSide(argument, { ...inputs, overlays });
  }
  if (kindOf(argument) === "missing") {
    const reason = "is no file, no folder and no built-in option";
    throw new InvalidInput([{ source: argument, path: "", reason, isUnread: true }]);
  }
  return writtenSide(argument);
}
