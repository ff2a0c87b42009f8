import { createInterface } from "node:readline/promises";
import type { ClusterAccess } from "../adapters/checks/validate/readState";
import { openCluster } from "../adapters/cluster/cluster";
import { openShell } from "../adapters/cluster/exec";
import { openPrometheusRange } from "../adapters/gates/prometheus";
import { openEngine } from "../adapters/pulumi/engine";
import { holdsOne, openStackFile, type StackFile } from "../adapters/pulumi/stackFile";
import { readUpgradeState } from "../adapters/pulumi/upgradeState";
import { runStageGates } from "../adapters/upgrade/gatesOfStage";
import { gatesUnlessPaused } from "../adapters/upgrade/gatesUnlessPaused";
import { type Walk, type WalkEnd, walkBack, walkForward } from "../adapters/upgrade/walk";
import { isObject, type Json } from "../mesh/common/json";
import { InvalidInput } from "../mesh/common/problem";
import { readStackConfig } from "../mesh/plan/stackConfig";
import { stagesAhead, stagesBack, stagesUntil } from "../mesh/runner/begin";
import { UPGRADE_EXITS } from "../mesh/runner/events";
import { finalEdits } from "../mesh/runner/finalConfig";
import { nextStep } from "../mesh/runner/nextStep";
import { inputsAt } from "../mesh/upgrade/upgradePlan";
import { clusterOf } from "./clusterFlags";
import { exitCodeOf, report } from "./report";
import { UPGRADE_KEY } from "./stack";
import {
  type PlannedUpgrade,
  plannedUpgrade,
  type UpgradeContext,
  type UpgradeFlags,
  upgradeContext,
} from "./upgradeContext";
import type { PrintingFlags } from "./upgradePlan";
import { openReports, type ReportRecorder } from "./upgradeReport";
import { upgradeSignals } from "./upgradeSignals";
import { type Order, openView, type Tell, teller } from "./upgradeTeller";

/** The flags of commands that change something. */
export interface RunFlags extends PrintingFlags {
  readonly yes?: boolean;
  readonly until?: string;
  readonly verbose?: boolean;
  /** Files with the report. */
  readonly report?: readonly string[];
}

/** The flags of `mesh upgrade rollback`, of which `--to` names a stage. */
export interface BackFlags extends Omit<RunFlags, "until" | "policy"> {}

export function refusal(source: string, reason: string, fix: string): InvalidInput {
  return new InvalidInput([{ source, path: "", reason, fix }]);
}

/** Asks a person, unless the flags say yes. @throws InvalidInput where nobody can answer */
export async function confirm({ yes }: RunFlags, question: string): Promise<boolean> {
  if (yes === true) {
    return true;
  }
  if (process.stdin.isTTY !== true) {
    throw refusal("--yes", "is needed where nobody can answer", "add --yes");
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} (yes/no) `)).trim());
  } finally {
    prompt.close();
  }
}

function accessOf(planned: PlannedUpgrade, flags: RunFlags): ClusterAccess | undefined {
  if (planned.read.target.kind === "render") {
    return undefined;
  }
  const target = clusterOf(flags);
  return { cluster: openCluster(target), shell: openShell(target) };
}

/** The file says already what the next update does, and another machine's state had it. */
function checkPolicySecrets({ policy, state }: PlannedUpgrade, own: Json | undefined): void {
  const isNew = !isObject(own) || own.policy === undefined;
  if (isNew && holdsOne(policy, state.secrets)) {
    const reason = "the policy of the upgrade has secrets, which would be written in plain text";
    const fix = "bring the mesh:upgrade of the file with which the upgrade began, or --policy FILE";
    throw refusal(UPGRADE_KEY, reason, fix);
  }
}

/** Returns the function that writes the stage into the file; everything else in it stays. */
function stageWriter(planned: PlannedUpgrade, flags: RunFlags, file: StackFile): Walk["setStage"] {
  const { plan, policy } = planned;
  return (stage) => {
    const before = file.valueOf(UPGRADE_KEY);
    const own = isObject(before) ? before : {};
    // What the file has may be encrypted, so it stays unless another policy is named.
    const kept = flags.policy === undefined ? own.policy : undefined;
    const wanted = kept ?? (policy as Json | undefined);
    const after: Json = {
      to: plan.to,
      ...(stage !== undefined && { stage }),
      ...(wanted !== undefined && { policy: wanted }),
    };
    file.edit([{ key: UPGRADE_KEY, before, after }]);
  };
}

/** A program that does not read `mesh:upgrade` would stay where it is, whatever the file says. */
function checkProgram({ read, project, stack }: PlannedUpgrade, flags: RunFlags): void {
  if (
    read.isRecorded &&
    readUpgradeState(project.folder, stack, flags.mesh).recorded === undefined
  ) {
    throw refusal(
      "the program",
      "does not take mesh:upgrade of the configuration, so mesh upgrade cannot move it",
      "pass `upgrade: stackUpgrade()` to ServiceMesh",
    );
  }
}

interface Run {
  readonly walk: Walk;
  readonly file: StackFile;
  readonly tell: Tell;
}

function openReport(
  planned: PlannedUpgrade,
  { report: files = [] }: RunFlags,
  access: ClusterAccess | undefined,
  name: string,
): ReportRecorder | undefined {
  const { prometheus } = planned.policy ?? {};
  const ask = prometheus && openPrometheusRange(prometheus, access?.cluster);
  return openReports({ files, planned, ask }, name);
}

/** How often a runner looks whether a pause is asked for while gates measure, in milliseconds. */
const MS_BETWEEN_LOOKS = 10_000;

/** A pause holds for whoever runs `start` again, such as CI. Any other command is the word of a person. */
function endsPause({ state }: PlannedUpgrade, name: string): boolean {
  return name !== "start" || state.recorded === undefined;
}

/** Runs a walk with all that it needs. */
async function withRun(
  planned: PlannedUpgrade,
  flags: RunFlags,
  { name, stages }: Order,
  go: (run: Run) => Promise<WalkEnd>,
): Promise<WalkEnd> {
  const { plan, policy = {}, stack, project, read, configured } = planned;
  const file = openStackFile(project, read.configuration.stack);
  checkPolicySecrets(planned, file.valueOf(UPGRADE_KEY));
  const access = accessOf(planned, flags);
  const recorder = openReport(planned, flags, access, name);
  const view = openView(planned, flags, { name, stages }, access);
  const print = teller(flags, stack, view);
  const tell: Tell = (event) => {
    print(event);
    recorder?.take(event);
  };
  const signals = upgradeSignals((text) =>
    view === undefined ? process.stderr.write(`${text}\n`) : view.print(text),
  );
  try {
    const place = { stack, folder: project.folder, tell };
    const gatePlace = { ...place, ...(access !== undefined && { access }) };
    const engine = await openEngine(project.folder, stack, signals);
    if (endsPause(planned, name)) {
      await engine.clearPause();
    }
    const walk: Walk = {
      plan,
      engine,
      setStage: stageWriter(planned, flags, file),
      configured: configured?.to === plan.to ? configured.stage : undefined,
      afterFirst: () => checkProgram(planned, flags),
      gates: (stage, times) =>
        gatesUnlessPaused(
          (signal) => runStageGates(plan, stage, policy, times, { ...gatePlace, signal }),
          { asked: engine.pauseAskedFor, every: MS_BETWEEN_LOOKS },
          signals.stopped,
        ),
      tell,
      progressed: (done) => view?.progressed(done),
      signal: signals.stopped,
      now: Date.now,
    };
    const end = await go({ walk, file, tell });
    if (end.result === "done") {
      // One that was asked for during the last stage is not for the next upgrade.
      await engine.clearPause();
    }
    return end;
  } catch (error) {
    recorder?.take({ event: "note", text: (error as Error).message });
    throw error;
  } finally {
    signals.off();
    view?.close();
    await recorder?.close();
  }
}

/** @param command the one that has ended */
function tellEnd(tell: Tell, { plan, stack }: PlannedUpgrade, command: string, end: WalkEnd): void {
  const isAtStart = end.stage === plan.stages[0]?.name;
  const next = nextStep({ result: end.result, stack, command, isAtStart });
  tell({ event: "end", ...end, ...(next !== undefined && { next }) });
}

/** What the author of a program with inputs of its own has to write. */
function programNote({ plan }: PlannedUpgrade): string {
  return `the inputs are written in the program, so its author ends the upgrade: version ${plan.to}, control plane ${plan.revision}, as mesh upgrade plan shows; take \`upgrade\` out with pulumi config rm ${UPGRADE_KEY}, and run pulumi up`;
}

/** Writes the configuration that a person would have written, and has an update record it. */
async function writeEnd(planned: PlannedUpgrade, { walk, file, tell }: Run): Promise<WalkEnd> {
  const { plan, read, base } = planned;
  const last = plan.stages.at(-1)?.name ?? "";
  const done = { result: "done", stage: last, because: `the mesh is on Istio ${plan.to}` } as const;
  if (read.isRecorded) {
    tell({ event: "note", text: programNote(planned) });
    return done;
  }
  const { config, stack } = read.configuration;
  const written = readStackConfig(config, stack).inputs;
  file.edit(finalEdits(inputsAt(plan, last), base, written), read.secrets);
  tell({ event: "note", text: `${file.shown} has the inputs of Istio ${plan.to}` });
  const result = await walk.engine.up(`mesh upgrade to ${plan.to}: the configuration`);
  if (result.kind === "succeeded") {
    tell({ event: "update", stage: last, changes: result.changes });
    return done;
  }
  const because = result.kind === "failed" ? result.errors.join("\n") : `it is ${result.kind}`;
  return { result: "failed", stage: last, because };
}

/** Runs a command that changes something, and sets its exit code. */
export async function running(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    report(error);
    process.exitCode = exitCodeOf(error);
  }
}

async function forward(
  context: UpgradeContext,
  flags: RunFlags,
  { name, passesPause }: { readonly name: string; readonly passesPause: boolean },
): Promise<number> {
  const planned = plannedUpgrade(context, flags);
  const { plan, state, configured, stack } = planned;
  const all = stagesAhead(plan, { configured, recorded: state.recorded });
  const stages = flags.until === undefined ? all : stagesUntil(plan, all, flags.until);
  const question = `Take ${stack} to Istio ${plan.to} through ${stages.join(", ")}?`;
  if (!(await confirm(flags, question))) {
    return UPGRADE_EXITS.reached;
  }
  const end = await withRun(planned, flags, { name, stages }, async (run) => {
    const walked = await walkForward(run.walk, stages, { passesPause });
    const ended = walked.result === "done" ? await writeEnd(planned, run) : walked;
    tellEnd(run.tell, planned, name, ended);
    return ended;
  });
  return UPGRADE_EXITS[end.result];
}

/** Begins an upgrade, or goes on with one, up to the next pause. */
export function startUpgrade(flags: RunFlags): Promise<void> {
  return running(async () =>
    forward(upgradeContext(flags), flags, { name: "start", passesPause: false }),
  );
}

/** @throws InvalidInput if no upgrade is under way */
function contextUnderWay(flags: UpgradeFlags): UpgradeContext {
  const context = upgradeContext(flags);
  if (context.state.recorded === undefined && context.configured === undefined) {
    throw refusal("--stack", "no upgrade is under way", "mesh upgrade start --to VERSION");
  }
  return context;
}

/** Goes on with an upgrade. A person has looked at the pause of the current stage. */
export function resumeUpgrade(flags: RunFlags): Promise<void> {
  return running(async () => {
    return forward(contextUnderWay(flags), flags, { name: "resume", passesPause: true });
  });
}

/** Goes back to an earlier stage. */
export function rollBackUpgrade({ to: stage, ...flags }: BackFlags): Promise<void> {
  return running(async () => {
    const planned = plannedUpgrade(contextUnderWay(flags), flags);
    const { plan, state, stack } = planned;
    const first = plan.stages[0]?.name ?? "";
    const stages = stagesBack(plan, state.recorded?.stage ?? first, stage ?? first);
    if (!(await confirm(flags, `Take ${stack} back through ${stages.join(", ")}?`))) {
      return UPGRADE_EXITS.reached;
    }
    const end = await withRun(planned, flags, { name: "rollback", stages }, async (run) => {
      const ended = await walkBack(run.walk, stages);
      tellEnd(run.tell, planned, "rollback", ended);
      return ended;
    });
    // It was asked for.
    return end.result === "rolledBack" ? 0 : UPGRADE_EXITS[end.result];
  });
}

/** Ends an upgrade whose last stage was reached by `pulumi up`. */
export function finishUpgrade(flags: RunFlags): Promise<void> {
  return running(async () => {
    const planned = plannedUpgrade(contextUnderWay(flags), flags);
    const { plan, state, stack } = planned;
    const last = plan.stages.at(-1)?.name ?? "";
    if (state.recorded?.stage !== last) {
      const reason = `the upgrade is in stage ${state.recorded?.stage ?? "prepare"}, not in ${last}`;
      throw refusal("--stack", reason, `mesh upgrade resume --stack ${stack}`);
    }
    if (!(await confirm(flags, `Write the inputs of Istio ${plan.to} into the configuration?`))) {
      return UPGRADE_EXITS.reached;
    }
    const end = await withRun(planned, flags, { name: "finish", stages: [] }, async (run) => {
      const ended = await writeEnd(planned, run);
      tellEnd(run.tell, planned, "finish", ended);
      return ended;
    });
    return UPGRADE_EXITS[end.result];
  });
}
