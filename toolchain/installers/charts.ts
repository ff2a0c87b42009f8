import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Tool } from "../catalog";
import type { SetupContext } from "../context";
import { finishFolder, unfinishedName } from "../files";
import { go, stageModule } from "../go";
import { stampFolder } from "../stamp";
import type { Installers } from "./installer";

export const chartsInstallers: Installers = {
  official: { name: "the official releases", run: fetchOfficial, obstacle: noFetch },
  go: { name: "Go modules", run: writeFromModule },
};

/** Files that must exist, in the layout of Istio's `manifests` folder. */
const required = [
  "charts/base/Chart.yaml",
  "charts/istio-control/istio-discovery/Chart.yaml",
  "charts/istio-cni/Chart.yaml",
  "charts/ztunnel/Chart.yaml",
  "charts/gateway/Chart.yaml",
];

function noFetch(context: SetupContext): string | undefined {
  return context.fetchCharts === undefined
    ? "not tried, because this set-up has no way to fetch them"
    : undefined;
}

async function fetchOfficial(context: SetupContext, tool: Tool): Promise<void> {
  const { fetchCharts, say } = context;
  await inNewFolder(tool, async (folder) => {
    if (!(await fetchCharts?.(tool.version, folder, say))) {
      throw new Error(`they have no charts of ${tool.version}`);
    }
  });
}

/** The module embeds the charts of the sources. A release stamps them with its version. */
async function writeFromModule(context: SetupContext, tool: Tool): Promise<void> {
  await inNewFolder(tool, async (folder) => {
    const staged = stageModule(context, join("charts", tool.version), ["charts"]);
    await go(context, staged, ["run", ".", folder]);
    stampFolder(folder, tool.version);
  });
}

async function inNewFolder(tool: Tool, write: (folder: string) => Promise<void>): Promise<void> {
  const folder = unfinishedName(tool.target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await write(folder);
    const missing = required.filter((file) => !existsSync(join(folder, file)));
    if (missing.length > 0) {
      throw new Error(`the charts lack ${missing.join(", ")}`);
    }
    finishFolder(folder, tool.target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
