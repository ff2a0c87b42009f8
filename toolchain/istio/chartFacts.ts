import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { load } from "js-yaml";
import { isObject, type Json, type JsonObject } from "../../mesh/common/json";

/** What the charts of a release say of it. */
export interface ChartFacts {
  readonly profiles: readonly string[];
  readonly images: readonly string[];
  readonly compatibility: Readonly<Record<string, JsonObject>>;
}

const COMPATIBILITY = /^profile-compatibility-version-(\d+\.\d+)\.yaml$/;

function readYaml(file: string): Json {
  return (load(readFileSync(file, "utf8")) ?? {}) as Json;
}

/** The images that a chart's values name, without those of other hubs. */
function imagesIn(value: Json, key = ""): string[] {
  if (isObject(value)) {
    return Object.entries(value).flatMap(([below, item]) => imagesIn(item, below));
  }
  const isImage = key === "image" && typeof value === "string";
  return isImage && /^[a-z0-9-]+$/.test(value) ? [value] : [];
}

function filesNamed(folder: string, name: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => basename(file) === name)
    .map((file) => join(folder, file));
}

/** Every chart has a copy of the files for `compatibilityVersion`; that of istiod counts. */
function compatibilityOf(manifests: string): Record<string, JsonObject> {
  const folder = join(manifests, "charts", "istio-control", "istio-discovery", "files");
  return Object.fromEntries(
    readdirSync(folder).flatMap((file): [string, JsonObject][] => {
      const minor = COMPATIBILITY.exec(file)?.[1];
      const values = minor === undefined ? undefined : readYaml(join(folder, file));
      return minor !== undefined && isObject(values) ? [[minor, values]] : [];
    }),
  );
}

/** @param manifests Istio's `manifests` folder of the release */
export function chartFacts(manifests: string): ChartFacts {
  const values = filesNamed(join(manifests, "charts"), "values.yaml");
  return {
    profiles: readdirSync(join(manifests, "profiles"))
      .map((file) => basename(file, ".yaml"))
      .sort(),
    images: [...new Set(values.flatMap((file) => imagesIn(readYaml(file))))].sort(),
    compatibility: compatibilityOf(manifests),
  };
}
