import { NEWEST } from "../../toolchain/versions";
import type { BenchContext, Scenario } from "../context";
import { isLinear, type Point, perAdded } from "../growth";
import { actAsIstiod } from "../istiod";
import { type Run, run as runCommand } from "../measure";
import { gatewaysOf, meshOf, onCluster } from "../meshes";
import type { Config, Project } from "../projects";

const PREVIEWS = 3;
const GATEWAYS = [1, 10, 50];
const REVISIONS = [1, 5, 10];

/** What one size takes, in elapsed and in processor time. */
interface Size extends Point {
  readonly cpuSeconds: number;
}

interface Growth {
  readonly preview: readonly Size[];
  readonly up: readonly Size[];
}

/** Returns the fastest preview, because other work on the machine only adds time. */
async function timePreviews(project: Project): Promise<Run> {
  const runs: Run[] = [];
  for (let time = 0; time < PREVIEWS; time++) {
    runs.push(await runCommand(project.preview()));
  }
  const [fastest] = runs.sort((a, b) => a.cpuSeconds - b.cpuSeconds);
  return fastest as Run;
}

/**
 * Whether an update is measured with all writes, or without the writes of a folder backend at each
 * step. That backend writes the whole state twice for each object, so its work grows with the
 * square of the number of objects, whatever the program. A service only receives what has changed.
 */
type Writes = "each step" | "at the end";

const WRITES: Readonly<Record<Writes, NodeJS.ProcessEnv>> = {
  "each step": {},
  "at the end": { PULUMI_SKIP_CHECKPOINTS: "true" },
};

/** A mesh to grow, on a separate cluster. */
interface Ground {
  readonly project: Project;
  configOf(size: number): Config;
}

/** Measures an update from nothing to each size, followed by a preview. */
async function grow(
  sizes: readonly number[],
  prepare: () => Promise<Ground>,
  writes: Writes,
): Promise<Growth> {
  const [preview, up]: [Size[], Size[]] = [[], []];
  for (const size of sizes) {
    const { project, configOf } = await prepare();
    project.configure(configOf(size));
    const command = project.command("up", "--yes", "--skip-preview");
    const update = await runCommand({ ...command, env: { ...command.env, ...WRITES[writes] } });
    up.push({ size, ...update });
    if (writes === "each step") {
      preview.push({ size, ...(await timePreviews(project)) });
    }
  }
  return { preview, up };
}

/** Formats what each size took, and the processor time of each added item. */
function figures(title: string, sizes: readonly Size[]): string {
  const clock = sizes.map(({ size, seconds }) => `${size}: ${seconds.toFixed(1)} s`).join(", ");
  const each = perAdded(inCpuTime(sizes)).map((cost) => `${cost.toFixed(2)} s`);
  return `${title.padEnd(38)} ${clock}; of the processor, each more ${each.join(", then ")}`;
}

function inCpuTime(sizes: readonly Size[]): Point[] {
  return sizes.map(({ size, cpuSeconds }) => ({ size, seconds: cpuSeconds }));
}

/** The verdict uses processor time, because other work on the machine does not count towards it. */
function judged(title: string, sizes: readonly Size[]): string {
  const verdict = isLinear(inCpuTime(sizes)) ? "linear or better" : "OVER linear";
  return `${figures(title, sizes)}: ${verdict}`;
}

function revisions(count: number): Config {
  const names = Array.from({ length: count }, (_, index) => `r-${index + 1}`);
  return meshOf(names.map((revision) => ({ revision, version: NEWEST })));
}

/** A mesh that already has its control plane. */
async function forGateways(context: BenchContext): Promise<Ground> {
  const { kubeconfig } = await context.cluster();
  const mesh = { ...revisions(1), ...onCluster(kubeconfig) };
  const project = context.mesh("gateways", mesh);
  project.up();
  await actAsIstiod(kubeconfig);
  return { project, configOf: (count) => ({ ...mesh, ...gatewaysOf("r-1", count) }) };
}

async function forRevisions(context: BenchContext): Promise<Ground> {
  const { kubeconfig } = await context.cluster();
  const configOf = (count: number) => ({ ...revisions(count), ...onCluster(kubeconfig) });
  return { project: context.mesh("revisions", configOf(1)), configOf };
}

async function lines(
  items: string,
  sizes: readonly number[],
  context: BenchContext,
  prepare: (context: BenchContext) => Promise<Ground>,
): Promise<string[]> {
  /** Runs each on a fresh cluster, which ends before the next one starts. */
  const onFresh = async () => {
    await context.end();
    return prepare(context);
  };
  const each = await grow(sizes, onFresh, "each step");
  const atTheEnd = await grow(sizes, onFresh, "at the end");
  return [
    judged(`${items}, preview`, each.preview),
    judged(`${items}, update`, atTheEnd.up),
    figures("  with a file backend's writes", each.up),
  ];
}

async function run(context: BenchContext): Promise<string[]> {
  return [
    ...(await lines("gateways", GATEWAYS, context, forGateways)),
    ...(await lines("revisions", REVISIONS, context, forRevisions)),
  ];
}

export const growth: Scenario = {
  name: "growth",
  title: "previews and updates with more gateways and revisions",
  run,
};
