import type { Context, Scenario } from "../context";
import { isLinear, type Point, perAdded } from "../growth";
import { actAsIstiod } from "../istiod";
import { type Run, run as runCommand } from "../measure";
import { CURRENT, gatewaysOf, meshOf, onCluster } from "../meshes";
import type { Config, Project } from "../projects";

const PREVIEWS = 3;
const GATEWAYS = [1, 10, 50];
const REVISIONS = [1, 5, 10];

/** What one size takes, by the clock and by the processor. */
interface Size extends Point {
  readonly cpuSeconds: number;
}

interface Growth {
  readonly preview: readonly Size[];
  readonly up: readonly Size[];
}

/** The fastest preview: whatever else a machine does only adds to one. */
async function timePreviews(project: Project): Promise<Run> {
  const runs: Run[] = [];
  for (let time = 0; time < PREVIEWS; time++) {
    runs.push(await runCommand(project.preview()));
  }
  const [fastest] = runs.sort((a, b) => a.cpuSeconds - b.cpuSeconds);
  return fastest as Run;
}

/** Each update adds to the one before. */
function sum(before: Size | undefined, size: number, { seconds, cpuSeconds }: Run): Size {
  return {
    size,
    seconds: seconds + (before?.seconds ?? 0),
    cpuSeconds: cpuSeconds + (before?.cpuSeconds ?? 0),
  };
}

async function grow(
  project: Project,
  sizes: readonly number[],
  configOf: (size: number) => Config,
): Promise<Growth> {
  const [preview, up]: [Size[], Size[]] = [[], []];
  for (const size of sizes) {
    project.configure(configOf(size));
    const update = await runCommand(project.command("up", "--yes", "--skip-preview"));
    up.push(sum(up.at(-1), size, update));
    preview.push({ size, ...(await timePreviews(project)) });
  }
  return { preview, up };
}

/** The verdict is on processor time: what else runs on the machine is no part of it. */
function line(title: string, sizes: readonly Size[]): string {
  const cpu = sizes.map(({ size, cpuSeconds }) => ({ size, seconds: cpuSeconds }));
  const clock = sizes.map(({ size, seconds }) => `${size}: ${seconds.toFixed(1)} s`).join(", ");
  const each = perAdded(cpu).map((cost) => `${cost.toFixed(2)} s`);
  const verdict = isLinear(cpu) ? "linear or better" : "OVER linear";
  return `${title.padEnd(19)} ${clock}; of the processor, each more ${each.join(", then ")}: ${verdict}`;
}

function revisions(count: number): Config {
  const names = Array.from({ length: count }, (_, index) => `r-${index + 1}`);
  return meshOf(names.map((revision) => ({ revision, version: CURRENT })));
}

/** Each on a cluster of its own: Services of gateways are not taken away by an update. */
async function withGateways(context: Context): Promise<Growth> {
  const { kubeconfig } = await context.cluster();
  const mesh = { ...revisions(1), ...onCluster(kubeconfig) };
  const project = context.mesh("gateways", mesh);
  project.up();
  await actAsIstiod(kubeconfig);
  return grow(project, GATEWAYS, (count) => ({ ...mesh, ...gatewaysOf("r-1", count) }));
}

async function withRevisions(context: Context): Promise<Growth> {
  const { kubeconfig } = await context.cluster();
  const configOf = (count: number) => ({ ...revisions(count), ...onCluster(kubeconfig) });
  return grow(context.mesh("revisions", configOf(1)), REVISIONS, configOf);
}

async function run(context: Context): Promise<string[]> {
  const gateways = await withGateways(context);
  const planes = await withRevisions(context);
  return [
    line("gateways, preview", gateways.preview),
    line("gateways, update", gateways.up),
    line("revisions, preview", planes.preview),
    line("revisions, update", planes.up),
  ];
}

export const growth: Scenario = {
  name: "growth",
  title: "previews and updates with more gateways and revisions",
  run,
};
