import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { runMesh } from "../adapters/waves/runMesh";
import { counted } from "../mesh/common/lists";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import { UPGRADE_EXITS, type UpgradeEvent } from "../mesh/runner/events";
import {
  resultOfCode,
  resultWords,
  type StackResult,
  stackText,
  type WavesHappening,
  wavesText,
  worstResult,
} from "../mesh/waves/events";
import {
  nextStep,
  progressIn,
  type StackProgress,
  type StackStatus,
  type WaveStep,
} from "../mesh/waves/progress";
import { keyOf, type PlannedWave, stackTitle } from "../mesh/waves/waves";
import { document } from "./output";
import { EXIT_FAILED } from "./report";
import { confirm, refusal, running } from "./upgradeRun";
import { upgradeSignals } from "./upgradeSignals";
import {
  allStacks,
  askAll,
  inOrder,
  progressOf,
  readStatuses,
  resumeCommand,
  stackArgs,
  versionUnderWay,
  type Waves,
} from "./waveStacks";
import { folderOf, readWaves, type WavesFlags } from "./wavesInput";

/** The longest time to sleep at once, in milliseconds: timers take no more than 24 days. */
const LONGEST_SLEEP = 3_600_000;

type Verb = "start" | "resume";

/** Waves whose version is known. */
interface WavesTo extends Waves {
  readonly to: string;
}

function policyArgs({ policy }: WavesFlags): string[] {
  return policy === undefined ? [] : ["--policy", resolve(policy)];
}

function otherVersions(
  statuses: ReadonlyMap<string, StackStatus>,
  { to, ...waves }: WavesTo,
): Problem[] {
  return allStacks(waves).flatMap((stack) => {
    const status = statuses.get(keyOf(stack));
    const own = status?.to ?? status?.configuredTo;
    return own === undefined || own === to
      ? []
      : [
          {
            source: stackTitle(stack),
            path: "",
            value: to,
            reason: `the stack is in an upgrade to ${own}`,
            fix: `end it first (mesh upgrade resume or rollback --stack ${stack.stack}), or name ${own}`,
          },
        ];
  });
}

/** Reads all stacks, and plans those that are not done, before any of them begins. */
async function openWaves(waves: Waves): Promise<{ all: WavesTo; progress: StackProgress[] }> {
  const stacks = allStacks(waves);
  const statuses = await readStatuses(stacks, waves);
  const to = waves.to ?? versionUnderWay(statuses.values());
  if (to === undefined) {
    throw refusal("--to", "no upgrade is under way, and none is named", "--to VERSION");
  }
  const all = { ...waves, to };
  throwIfAny(otherVersions(statuses, all));
  const progress = progressOf(stacks, statuses, to);
  const open = progress.filter(({ phase }) => phase !== "done").map(({ stack }) => stack);
  await askAll(open, all, ["plan", "--to", to, ...policyArgs(waves.flags)]);
  return { all, progress };
}

type Tell = (event: WavesHappening) => void;

function teller({ output }: WavesFlags): Tell {
  return (event) => {
    const time = new Date().toISOString();
    process.stdout.write(
      output === "text" ? `${wavesText(event)}\n` : document({ time, ...event }, output),
    );
  };
}

/** Prints what the command of a stack says. */
function tellStack(title: string, wave: string, { output }: WavesFlags): (line: string) => void {
  return (line) => {
    const event = JSON.parse(line) as UpgradeEvent;
    process.stdout.write(
      output === "text"
        ? `${stackText(title, event)}\n`
        : document({ ...event, stack: title, wave }, output),
    );
  };
}

/** Upgrades a stack, or goes on with it. */
async function runStack(
  { stack, phase }: StackProgress,
  wave: PlannedWave,
  verb: Verb,
  all: WavesTo,
): Promise<StackResult> {
  const title = stackTitle(stack);
  const begins = phase === "before" || verb === "start";
  const own = begins ? ["start", "--to", all.to, ...policyArgs(all.flags)] : ["resume"];
  const args = ["upgrade", ...own, ...stackArgs(stack, all), "--yes", "-o", "json"];
  const { code } = await runMesh(args, {
    folder: folderOf(stack, all),
    stopped: all.stopped,
    heard: tellStack(title, wave.name, all.flags),
    warned: (line) => process.stderr.write(`[${title}] ${line}\n`),
  });
  return resultOfCode(code);
}

/**
 * Upgrades the stacks of a wave. After the first one that is not done, no other begins; those that are
 * under way go on to their own end.
 */
async function runWave(
  { wave, stacks }: WaveStep & { readonly kind: "run" },
  verb: Verb,
  all: WavesTo,
  tell: Tell,
): Promise<StackResult> {
  tell({
    event: "wave",
    wave: wave.name,
    stacks: stacks.map(({ stack }) => stackTitle(stack)),
    atOnce: wave.atOnce,
  });
  const results: StackResult[] = [];
  await inOrder(stacks, wave.atOnce, async (one) => {
    if (all.stopped.aborted || worstResult(results) !== "done") {
      return;
    }
    const result = await runStack(one, wave, verb, all);
    results.push(result);
    tell({ event: "stackEnd", wave: wave.name, stack: stackTitle(one.stack), result });
  });
  return all.stopped.aborted ? worstResult([...results, "interrupted"]) : worstResult(results);
}

async function soak(until: number, { stopped }: Waves): Promise<void> {
  for (let left = until - Date.now(); left > 0; left = until - Date.now()) {
    await wait(Math.min(left, LONGEST_SLEEP), undefined, { signal: stopped });
  }
}

function endWords(result: StackResult, wave: string, to: string): string {
  return result === "done"
    ? `all stacks are on Istio ${to}`
    : `${wave} ${resultWords(result)}; no other stack has begun`;
}

/** Goes through the waves, from where they are. */
async function walkWaves(all: WavesTo, begun: StackProgress[], verb: Verb): Promise<StackResult> {
  const tell = teller(all.flags);
  const next = resumeCommand(all);
  let progress = begun;
  const end = (result: StackResult, wave: string): StackResult => {
    const because = endWords(result, wave, all.to);
    tell({ event: "wavesEnd", result, because, ...(result !== "done" && { next }) });
    return result;
  };
  for (;;) {
    const step = nextStep(all.waves, progress, Date.now());
    if (step.kind === "done") {
      return end("done", "");
    }
    const { name } = step.wave;
    if (step.kind === "soak") {
      tell({ event: "soak", wave: name, until: new Date(step.until).toISOString() });
      try {
        await soak(step.until, all);
      } catch {
        return end("interrupted", name);
      }
      continue;
    }
    const result = await runWave(step, verb, all, tell);
    if (result !== "done") {
      return end(result, name);
    }
    const stacks = allStacks(all);
    progress = progressOf(stacks, await readStatuses(stacks, all), all.to);
    checkDone(step, progress);
  }
}

/** A command that ended well has done its stack. Otherwise the same wave would run for ever. */
function checkDone(
  { wave }: WaveStep & { readonly kind: "run" },
  progress: readonly StackProgress[],
) {
  const open = progressIn(wave, progress).filter(({ phase }) => phase !== "done");
  throwIfAny(
    open.map(({ stack, status }) => ({
      source: stackTitle(stack),
      path: "",
      reason: `is not done, though its upgrade ended well: ${status.line}`,
      fix: `look at it: mesh upgrade status --stack ${stack.stack}`,
    })),
  );
}

function question({ waves, to }: WavesTo, progress: readonly StackProgress[]): string {
  const open = progress.filter(({ phase }) => phase !== "done");
  const names = open.map(({ stack }) => stackTitle(stack)).join(", ");
  return `Take ${counted(open.length, "stack")} to Istio ${to} in ${counted(waves.length, "wave")}: ${names}?`;
}

/** Upgrades several stacks, or goes on with them. */
export function upgradeWaves(flags: WavesFlags, verb: Verb): Promise<void> {
  return running(async () => {
    const signals = upgradeSignals((text) => process.stderr.write(`${text}\n`));
    try {
      const read = { ...readWaves(flags), flags, stopped: signals.stopped };
      const { all, progress } = await openWaves(read);
      if (!(await confirm(flags, question(all, progress)))) {
        return UPGRADE_EXITS.reached;
      }
      const result = await walkWaves(all, progress, verb);
      return result === "refused" ? EXIT_FAILED : UPGRADE_EXITS[result];
    } catch (error) {
      if (signals.stopped.aborted && !(error instanceof InvalidInput)) {
        return UPGRADE_EXITS.interrupted;
      }
      throw error;
    } finally {
      signals.off();
    }
  });
}
