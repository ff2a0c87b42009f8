import { createHash } from "node:crypto";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { HelmEngine, RenderRequest } from "../../mesh/render/engine";

const KEEP_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

function filesBelow(path: string): string[] {
  return statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesBelow(join(path, name)))
    : [path];
}

/** Returns a digest of a chart's content: an archive, or every file of a folder with its name. */
export function chartDigest(chartPath: string): string {
  const hash = createHash("sha256");
  for (const file of filesBelow(chartPath)) {
    const content = readFileSync(file);
    hash.update(`${file.slice(chartPath.length)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function keyOf(request: RenderRequest, digest: string, engineVersion: string): string {
  const { chartPath: _, ...rest } = request;
  return createHash("sha256")
    .update(JSON.stringify([engineVersion, digest, rest]))
    .digest("hex");
}

function read(file: string): K8sObject[] | undefined {
  try {
    const known: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(known) ? (known as K8sObject[]) : undefined;
  } catch {
    // The file is absent, or a full disk cut it short. The chart is rendered again.
    return undefined;
  }
}

function removeOld(folder: string, now: number): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const age = now - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? now);
    if (age > KEEP_DAYS * DAY_MS) {
      rmSync(file, { force: true });
    }
  }
}

function write(folder: string, file: string, objects: readonly K8sObject[]): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  removeOld(folder, Date.now());
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(objects), { mode: 0o600 });
  renameSync(temporary, file);
}

/**
 * Caches what Helm rendered, by the content of the chart and all other inputs. A chart renders the
 * same for the same input, because Istio's charts use neither look-ups nor random values. CRDs
 * alone take Helm more than a second.
 *
 * @param engine renders what is not in the cache
 * @param options.folder the cache folder; the files contain rendered values, so these must not include secrets
 * @param options.engineVersion the version of Helm's host; each version has its own cache entries
 */
export function cachedEngine(
  engine: HelmEngine,
  options: { readonly folder: string; readonly engineVersion: string },
): HelmEngine {
  const digests = new Map<string, string>();
  const digestOf = (path: string) => {
    const digest = digests.get(path) ?? chartDigest(path);
    digests.set(path, digest);
    return digest;
  };
  return {
    async render(request) {
      const key = keyOf(request, digestOf(request.chartPath), options.engineVersion);
      const file = join(options.folder, `${key}.json`);
      const known = read(file);
      if (known !== undefined) {
        return known;
      }
      const objects = await engine.render(request);
      write(options.folder, file, objects);
      return objects;
    },
  };
}
