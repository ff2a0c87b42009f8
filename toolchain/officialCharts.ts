import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { x as extract } from "tar";
import { OFFICIAL_REPOSITORY } from "../components/charts/locator";
import { fetchFromRepository } from "../components/charts/repository";
import { componentsOf } from "../mesh/component";
import { type SetupOptions, type SetupReport, setup } from "./setup";

/** Istio's own charts for gateways with the control plane; its Helm repository may lack them. */
const OPTIONAL = ["istio-ingress", "istio-egress"];

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

async function unpack(archive: Uint8Array, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await pipeline(Readable.from([Buffer.from(archive)]), extract({ cwd: folder, strip: 1 }));
}

function hasGo(): boolean {
  return spawnSync("go", ["version"], { stdio: "ignore" }).status === 0;
}

/**
 * Istio's charts of a version from its official Helm repository, in the layout of Istio's release.
 *
 * @returns false when the gateway charts are missing there and Go can provide all of them
 */
export async function officialCharts(
  version: string,
  outDir: string,
  repository = OFFICIAL_REPOSITORY,
): Promise<boolean> {
  for (const { name, folder } of wantedCharts(version)) {
    try {
      const archive = await fetchFromRepository(repository, name, version);
      await unpack(archive, join(outDir, "charts", folder));
    } catch (error) {
      if (!OPTIONAL.includes(name)) {
        throw error;
      }
      if (hasGo()) {
        return false;
      }
    }
  }
  return true;
}

/** Set-up as this project runs it: with charts from Istio's repository where it can be reached. */
export function setupProject(options: SetupOptions = {}): Promise<SetupReport> {
  return setup({ fetchCharts: officialCharts, ...options });
}
