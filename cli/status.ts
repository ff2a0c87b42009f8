import { Command, InvalidArgumentError } from "commander";
import { type Cluster, openCluster } from "../adapters/cluster/cluster";
import { openShell, type PodShell } from "../adapters/cluster/exec";
import { overlayLibrary } from "../adapters/overlays";
import { readStatusSource } from "../adapters/status/readStatus";
import { readStackState } from "../adapters/status/stackState";
import { withSync } from "../adapters/status/sync";
import { throwIfAny } from "../mesh/common/problem";
import { nameOf } from "../mesh/k8s/workload";
import type { MeshFacts } from "../mesh/model/facts";
import { planMesh } from "../mesh/plan/meshPlan";
import { isUnread } from "../mesh/snapshot/snapshot";
import { checkFilter } from "../mesh/status/filter";
import { meshStatus } from "../mesh/status/status";
import type { MeshStatus, StatusFilter, StatusSource } from "../mesh/status/types";
import { type ClusterFlags, clusterOf, tellCluster, withClusterFlags } from "./clusterFlags";
import { paintFor } from "./format";
import { given, inputsOf } from "./inputs";
import { dataText, document, type OutputFormat, withOutput } from "./output";
import { EXIT_TROUBLE, report } from "./report";
import { withProgramFlag, withStackFlag } from "./stack";
import { statusText } from "./statusText";
import { watch } from "./statusWatch";

interface StatusFlags extends ClusterFlags, StatusFilter {
  /** The interval in seconds, or `true` for the default. */
  readonly watch?: number | true;
  readonly sync?: boolean;
  readonly output: OutputFormat;
}

/** The default number of seconds between two updates. */
const PAUSE_SECONDS = 5;

/** What stays the same from update to update. */
interface Source {
  readonly cluster: Cluster;
  /** Runs istiod's own command. Absent if istiod is not asked. */
  readonly shell?: PodShell;
  readonly desired?: MeshFacts;
  readonly stack?: string;
  readonly filter: StatusFilter;
}

function sourceOf(flags: StatusFlags): Source {
  const { stack, mesh, revision, namespace } = flags;
  const target = clusterOf(flags);
  return {
    cluster: openCluster(target),
    ...(flags.sync && { shell: openShell(target) }),
    ...(stack !== undefined && {
      stack,
      desired: planMesh(inputsOf(given({ stack, mesh }), []), overlayLibrary()).facts,
    }),
    filter: given({ revision, namespace }),
  };
}

/** An unknown name is reported as a mistake, instead of showing an empty mesh. */
function checkNames(live: StatusSource, { filter }: Source): void {
  const { namespaces: read } = live.lists;
  const namespaces = isUnread(read) ? undefined : read.map(nameOf).sort();
  throwIfAny(
    Object.keys(filter).length === 0 ? [] : checkFilter(filter, meshStatus(live), namespaces),
  );
}

async function lookOnce(source: Source): Promise<MeshStatus> {
  const { cluster, shell, desired, stack, filter } = source;
  const read = await readStatusSource(cluster);
  const live = shell === undefined ? read : await withSync(read, shell);
  checkNames(live, source);
  const state = stack === undefined ? undefined : readStackState(process.cwd(), stack);
  return meshStatus(live, { desired, filter, ...(state !== undefined && { stack: state }) });
}

function print(status: MeshStatus, { output }: StatusFlags): string {
  return output === "text"
    ? statusText(status, paintFor(process.stdout))
    : dataText(status, output);
}

async function showOnce(source: Source, flags: StatusFlags): Promise<void> {
  tellCluster(clusterOf(flags), flags.output);
  const status = await lookOnce(source);
  process.stdout.write(print(status, flags));
  process.exitCode = status.unread.length === 0 ? 0 : EXIT_TROUBLE;
}

/** While watching, a failed update does not end the command. */
async function watchedText(source: Source, flags: StatusFlags): Promise<string> {
  const { output } = flags;
  try {
    const status = await lookOnce(source);
    return output === "text"
      ? `${status.time}\n\n${print(status, flags)}\n`
      : document(status, output);
  } catch (error) {
    const time = new Date().toISOString();
    const { message } = error as Error;
    return output === "text"
      ? `${time}\n\n${message}\n\n`
      : document({ time, error: message }, output);
  }
}

/** Runs until Ctrl-C, which is not a failure. */
async function showAlways(source: Source, flags: StatusFlags, seconds: number): Promise<void> {
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort());
  await watch(() => watchedText(source, flags), {
    seconds,
    screen: process.stdout,
    signal: stopping.signal,
  });
  // An interrupted request would otherwise keep the process running.
  process.exit(0);
}

async function show(flags: StatusFlags): Promise<void> {
  const { watch: pause } = flags;
  try {
    const source = sourceOf(flags);
    await (pause === undefined
      ? showOnce(source, flags)
      : showAlways(source, flags, pause === true ? PAUSE_SECONDS : pause));
  } catch (error) {
    report(error);
    process.exitCode = EXIT_TROUBLE;
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new InvalidArgumentError("It is a number of seconds above 0.");
  }
  return value;
}

const HELP = `
WISHED is the share a gateway's revision should get: with --stack by its weight, otherwise by the number of
pods that the Deployments ask for. SHARE is what it has of the ready pods behind the Service.

Exit code: 0 also when something is pending, 2 when the cluster, or a part of it, cannot be read.

Examples:
  mesh status
  mesh status --stack prod                    # also what the stack has and the cluster does not
  mesh status --watch 2 --namespace istio-gateways
  mesh status --revision 1-30-4               # what still uses it
  mesh status --sync                          # who is connected; runs a command in istiod's pods
  mesh status -o json | jq '.pending[] | select(.severity == "error")'`;

/** Returns the command `mesh status`. */
export function statusCommand(): Command {
  const command = new Command("status")
    .description("show the mesh in a cluster: revisions, their users, and what is pending or wrong")
    .option("-r, --revision <name>", "only this revision, or the one of this tag, and what uses it")
    .option("-n, --namespace <name>", "only what is in this namespace, beside the control planes")
    .option("--sync", "ask each istiod which proxies it serves, and whether they keep up")
    .option(
      "-w, --watch [seconds]",
      `update the output repeatedly (every ${PAUSE_SECONDS} s)`,
      seconds,
    )
    .addHelpText("after", HELP);
  withStackFlag(command, "compare with this Pulumi stack, in its cluster");
  withProgramFlag(command);
  return withClusterFlags(withOutput(command)).action(show);
}
