import { Readable } from "node:stream";
import { type MeshEnd, runMesh } from "../adapters/waves/runMesh";
import { type Problem, throwIfAny } from "../mesh/common/problem";
import type { WaveStack } from "../mesh/model/waveInputs";
import { phaseOf, type StackProgress, type StackStatus } from "../mesh/waves/progress";
import { keyOf, stackTitle } from "../mesh/waves/waves";
import { EXIT_FAILED } from "./report";
import { folderOf, type ReadWaves, type WavesFlags } from "./wavesInput";

/** How many stacks are read at the same time: each takes a process and a call of Pulumi. */
const READ_AT_ONCE = 4;

/** What walks through the waves needs. */
export interface Waves extends ReadWaves {
  readonly flags: WavesFlags;
  readonly stopped: AbortSignal;
}

/** Runs so many at the same time, in their order. */
export function inOrder<T, R>(items: readonly T[], atOnce: number, run: (item: T) => Promise<R>) {
  return Readable.from(items).map(run, { concurrency: atOnce }).toArray() as Promise<R[]>;
}

/** Returns the flags that name a stack. */
export function stackArgs({ stack }: WaveStack, { flags }: Waves): string[] {
  return ["--stack", stack, ...(flags.mesh === undefined ? [] : ["--mesh", flags.mesh])];
}

/** The line above the problems of one stack. Here are those of several. */
const NOTHING_DONE = /^\d+ problems?; nothing was written$/;

/** What a command that could not read its stack says. */
function readProblem(stack: WaveStack, { errors, code }: MeshEnd): Problem {
  const said = errors.filter((line) => !NOTHING_DONE.test(line)).join("\n");
  const reason = said || `ended with exit code ${code}`;
  return { source: stackTitle(stack), path: "", reason, isUnread: code !== EXIT_FAILED };
}

interface Asked {
  readonly stack: WaveStack;
  readonly end: MeshEnd;
}

/** Runs a command that changes nothing for each stack. @throws InvalidInput with the errors of all */
export async function askAll(
  stacks: readonly WaveStack[],
  waves: Waves,
  command: readonly string[],
): Promise<Asked[]> {
  const asked = await inOrder(stacks, READ_AT_ONCE, async (stack) => {
    const args = ["upgrade", ...command, ...stackArgs(stack, waves), "-o", "json"];
    const folder = folderOf(stack, waves);
    return { stack, end: await runMesh(args, { folder, stopped: waves.stopped }) };
  });
  waves.stopped.throwIfAborted();
  throwIfAny(asked.flatMap(({ stack, end }) => (end.code === 0 ? [] : [readProblem(stack, end)])));
  return asked;
}

/** Reads how far each stack is. @throws InvalidInput if one cannot be read */
export async function readStatuses(
  stacks: readonly WaveStack[],
  waves: Waves,
): Promise<Map<string, StackStatus>> {
  const asked = await askAll(stacks, waves, ["status"]);
  return new Map(
    asked.map(({ stack, end }) => [keyOf(stack), JSON.parse(end.output.join("\n")) as StackStatus]),
  );
}

/** Returns the stacks of all waves. */
export function allStacks({ waves }: ReadWaves): WaveStack[] {
  return waves.flatMap(({ stacks }) => stacks);
}

/** The version that is under way. */
export function versionUnderWay(statuses: Iterable<StackStatus>): string | undefined {
  return [...statuses].map(({ to, configuredTo }) => to ?? configuredTo).find(Boolean);
}

/** Returns how far stacks are on their way to a version. */
export function progressOf(
  stacks: readonly WaveStack[],
  statuses: ReadonlyMap<string, StackStatus>,
  to: string,
): StackProgress[] {
  return stacks.flatMap((stack) => {
    const status = statuses.get(keyOf(stack));
    return status === undefined ? [] : [{ stack, status, phase: phaseOf(status, to) }];
  });
}

/** Returns the command with which a person goes on. The version stands in the file, or else in the command. */
export function resumeCommand({
  flag,
  flags,
  to,
}: Pick<Waves, "flag" | "flags"> & { readonly to: string }): string {
  return `mesh upgrade resume ${flag}${flags.waves === undefined || flags.to !== undefined ? ` --to ${to}` : ""}`;
}
