import { relative } from "node:path";
import { parseArgs } from "node:util";
import { setupProject } from "../../toolchain/officialCharts";
import { versions } from "../../toolchain/setup";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { cleanUpLeftovers } from "./cleanUp";
import { type Node, startNode, upstreamEnvoyOverlay } from "./node";
import { isOwned, type RunRecord, readRecords } from "./record";
import { installPackages, nodeRequirements } from "./requirements";
import { until } from "./wait";

const USAGE = `Usage: npm run cluster [-- --stop]

Runs a real cluster of one node on this machine, until Ctrl-C.

  --stop  takes one down that runs elsewhere`;

const PURPOSE = "cluster";
const STOP_TIMEOUT_MS = 60_000;

function introduction(node: Node): string {
  const overlay = relative(process.cwd(), upstreamEnvoyOverlay);
  return `A cluster of one node is up.

  kubectl            export KUBECONFIG=${node.kubeconfig}
  Services and pods  export NODE_NETWORK=${node.namespaceFile}
                     nsenter --net=$NODE_NETWORK curl http://ADDRESS
  pulumi             npx pulumi config set mesh:target cluster
                     npx pulumi config set mesh:kubeconfig ${node.kubeconfig}
                     npx pulumi config set --path 'mesh:overlays[0]' ${overlay}
  logs               ${node.folder}/*.log

Its images are Istio's ${PREVIOUS} and ${NEWEST}, and nothing is pulled: a gateway of
yours needs imagePullPolicy: IfNotPresent.

Ctrl-C, or npm run cluster -- --stop elsewhere, takes it down.`;
}

/** @throws Error with all that is missing */
async function start(): Promise<void> {
  installPackages();
  const missing = nodeRequirements();
  if (missing.length > 0) {
    throw new Error(`no node can run here for want of ${missing.join(", ")}`);
  }
  await setupProject({ with: ["node"] });
  // Ctrl-C is how it is meant to end. What is up is taken down where the process ends.
  process.once("SIGINT", () => process.exit(0));
  const node = await startNode({ purpose: PURPOSE, cni: versions.istio.cniPlayed });
  process.once("exit", () => console.log("The cluster is down."));
  console.log(introduction(node));
  setInterval(() => undefined, 2 ** 30);
}

function running(): RunRecord[] {
  return readRecords().filter((record) => record.purpose === PURPOSE && isOwned(record));
}

async function stop(): Promise<void> {
  cleanUpLeftovers();
  const records = running();
  for (const { owner } of records) {
    process.kill(owner.pid, "SIGTERM");
  }
  await until(
    () => running().length === 0,
    STOP_TIMEOUT_MS,
    () => "it is still there",
  );
  console.log(records.length === 0 ? "No cluster is up." : "The cluster is down.");
}

async function main(): Promise<void> {
  const stopping = { type: "boolean" } as const;
  const { values } = parseArgs({ options: { stop: stopping, help: { ...stopping, short: "h" } } });
  if (values.help === true) {
    console.log(USAGE);
    return;
  }
  await (values.stop === true ? stop() : start());
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
