import { cpSync, createReadStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { x as extract } from "tar";
import { cacheFolder } from "../adapters/cacheFolder";
import { chartLocator } from "../adapters/charts/locator";
import { componentsOf } from "../mesh/model/component";
import { type SetupOptions, type SetupReport, setup } from "./setup";

interface WantedChart {
  readonly name: string;
  readonly folder: string;
}

function wantedCharts(version: string): WantedChart[] {
  const components = componentsOf(version).map(({ chart, chartFolder }) => ({
    name: chart,
    folder: chartFolder,
  }));
  return [...components, { name: "gateway", folder: "gateway" }];
}

/** Puts a chart, which is an archive or a folder, into a folder. */
async function put(chart: string, folder: string): Promise<void> {
  if (!chart.endsWith(".tgz")) {
    cpSync(chart, folder, { recursive: true });
    return;
  }
  mkdirSync(folder, { recursive: true });
  await pipeline(createReadStream(chart), extract({ cwd: folder, strip: 1 }));
}

/**
 * Fetches Istio's charts of a version from Istio's own places, or from those that the environment
 * names, in the layout of an Istio release.
 *
 * @returns true
 * @throws Error if a chart is not available
 */
export async function officialCharts(
  version: string,
  outDir: string,
  say: (line: string) => void,
): Promise<boolean> {
  const news = { warn: say, info: say, progress: say };
  const locator = chartLocator(undefined, cacheFolder(), { news });
  const provideChart = async ({ name, folder }: WantedChart) =>
    put(await locator.locate({ name, folder, version }), join(outDir, "charts", folder));
  await Promise.all(wantedCharts(version).map(provideChart));
  return true;
}

/** Runs set-up for this project, with charts from Istio's own places if they can be reached. */
export function setupProject(options: SetupOptions = {}): Promise<SetupReport> {
  return setup({ fetchCharts: officialCharts, ...options });
}
