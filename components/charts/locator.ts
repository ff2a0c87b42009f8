import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChartSource } from "../../mesh/inputs/types";
import type { ChartLocator } from "../../mesh/render/engine";
import { keptArchive } from "./archive";
import { fetchFromOci } from "./oci";
import { fetchFromRepository } from "./repository";

/** Istio's Helm repository. Source: https://istio.io/latest/docs/setup/install/helm/ */
export const OFFICIAL_REPOSITORY = "https://istio-release.storage.googleapis.com/charts";

type Chart = Parameters<ChartLocator["locate"]>[0];

/** Layouts in which people keep charts, likeliest first. */
function folderCandidates(root: string, { name, folder, version }: Chart): string[] {
  const archive = `${name}-${version}.tgz`;
  const layouts = [
    join(root, version, "charts", folder),
    join(root, "charts", folder),
    join(root, "manifests", "charts", folder),
    join(root, folder),
    join(root, name),
    join(root, archive),
  ];
  return [...new Set(layouts)];
}

function isChart(path: string): boolean {
  return existsSync(path.endsWith(".tgz") ? path : join(path, "Chart.yaml"));
}

function inFolder(root: string, chart: Chart): string {
  const candidates = folderCandidates(root, chart);
  const found = candidates.find(isChart);
  if (found === undefined) {
    throw new Error(
      `the chart "${chart.name}" ${chart.version} is not in ${root}; looked for ${candidates.join(", ")}; ` +
        "fix: name the folder of an Istio release, or leave `charts` out to use Istio's repository",
    );
  }
  return found;
}

function archivePath(cache: string, url: string, { name, version }: Chart): string {
  const origin = createHash("sha256").update(url).digest("hex").slice(0, 16);
  return join(cache, "charts", origin, `${name}-${version}.tgz`);
}

/**
 * Finds charts in a source: a folder as it is, archives of a repository or a registry through a
 * folder that keeps them. Pinned digests are checked each time (row D7).
 *
 * @param source where the charts are @default Istio's official Helm repository
 * @param cache folder for archives
 */
export function chartLocator(source: ChartSource | undefined, cache: string): ChartLocator {
  const from = source ?? { kind: "repository" };
  return {
    async locate(chart) {
      if (from.kind === "folder") {
        return inFolder(from.path, chart);
      }
      const url = from.url ?? OFFICIAL_REPOSITORY;
      const fetch = from.kind === "oci" ? fetchFromOci : fetchFromRepository;
      return keptArchive(archivePath(cache, url, chart), from.digests?.[chart.name], () =>
        fetch(url, chart.name, chart.version),
      );
    },
  };
}
