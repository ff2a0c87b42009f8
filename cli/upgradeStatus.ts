import { askForPause, pauseAskedFor } from "../adapters/pulumi/pauseTag";
import { readStackState } from "../adapters/status/stackState";
import { InvalidInput } from "../mesh/common/problem";
import { stageLine } from "../mesh/upgrade/stageWords";
import { versionsIn } from "../mesh/waves/progress";
import { dataText } from "./output";
import { plannedUpgrade, type UpgradeContext, upgradeContext } from "./upgradeContext";
import type { PrintingFlags } from "./upgradePlan";

/** Where an upgrade stands. */
interface UpgradeStatus {
  readonly stack: string;
  /** The stage of the last update. Absent if it was in no upgrade. */
  readonly to?: string;
  readonly stage?: string;
  /** The stage in the configuration, if it is another one. */
  readonly configured?: string;
  /** One-based. */
  readonly place?: number;
  readonly stages?: readonly string[];
  /** Absent after the last stage. */
  readonly next?: string;
  /** The version of the upgrade in the configuration. */
  readonly configuredTo?: string;
  /** The Istio versions that the inputs name, without the upgrade. */
  readonly versions: readonly string[];
  /** Whether the inputs are written in a program, so that its author ends the upgrade. */
  readonly isProgram: boolean;
  /** When the state was last written, in ISO 8601. */
  readonly updated?: string;
  /** Who updates the stack now, or was killed while doing so. */
  readonly lock?: { readonly by: string; readonly since?: string };
  /** When a pause was asked for, until somebody resumes. */
  readonly pause?: string;
  readonly line: string;
}

function lockOf({ project, stack }: UpgradeContext): Pick<UpgradeStatus, "lock"> {
  const lock = readStackState(project.folder, stack)?.lock;
  return lock === undefined ? {} : { lock };
}

function pauseOf({ project, stack }: UpgradeContext): Pick<UpgradeStatus, "pause"> {
  const pause = pauseAskedFor(project.folder, stack);
  return pause === undefined ? {} : { pause };
}

function statusOf(context: UpgradeContext, flags: PrintingFlags): UpgradeStatus {
  const { stack, state, configured, base, read } = context;
  const common = {
    stack,
    ...(configured !== undefined && { configuredTo: configured.to }),
    versions: versionsIn(base),
    isProgram: read.isRecorded,
    ...(state.updated !== undefined && { updated: state.updated }),
    ...lockOf(context),
    ...pauseOf(context),
  };
  const { recorded } = state;
  if (recorded === undefined) {
    const line =
      configured === undefined
        ? "no upgrade is under way"
        : `the upgrade to ${configured.to} is configured, and no update has been in it yet`;
    return { ...common, line };
  }
  const { to, stage } = recorded;
  const { plan } = plannedUpgrade(context, { ...flags, to });
  const stages = plan.stages.map(({ name }) => name);
  const index = stages.indexOf(stage);
  const isKnown = index >= 0;
  return {
    ...common,
    to,
    stage,
    ...(configured?.stage !== undefined &&
      configured.stage !== stage && { configured: configured.stage }),
    ...(isKnown && { place: index + 1 }),
    stages,
    ...(isKnown && index + 1 < stages.length && { next: stages[index + 1] }),
    line: isKnown
      ? `upgrade to ${to}, ${stageLine(plan, stage)}`
      : `upgrade to ${to}, stage ${stage}, which it does not have with the inputs of now`,
  };
}

function statusText(status: UpgradeStatus): string {
  const { stack, line, configured, next, lock, pause, stages, stage } = status;
  const mark = (name: string) => `  ${name === stage ? "*" : " "} ${name}`;
  return [
    `${stack}: ${line}`,
    ...(stages ?? []).map(mark),
    ...(configured === undefined ? [] : [`The configuration says ${configured}.`]),
    ...(next === undefined ? [] : [`Next: ${next} (mesh upgrade resume --stack ${stack})`]),
    ...(lock === undefined
      ? []
      : [`An update runs, or was killed: ${lock.by}${lock.since ? ` since ${lock.since}` : ""}.`]),
    ...(pause === undefined
      ? []
      : [`A pause was asked for at ${pause}; mesh upgrade resume --stack ${stack} ends it.`]),
    "",
  ].join("\n");
}

/**
 * Asks whoever takes a stack through its upgrade, on any machine, to stop at the next safe moment.
 *
 * @throws InvalidInput if no upgrade is under way, and no update runs with which one begins
 */
export function pauseUpgrade(flags: PrintingFlags): void {
  const context = upgradeContext(flags);
  const { stack, state, project, configured } = context;
  const isUnderWay = state.recorded !== undefined || configured !== undefined;
  if (!isUnderWay && lockOf(context).lock === undefined) {
    const reason = "no upgrade is under way";
    throw new InvalidInput([
      { source: "--stack", path: "", value: stack, reason, fix: "mesh upgrade status" },
    ]);
  }
  const pause = askForPause(project.folder, stack);
  const text = `${stack}: the upgrade stops before its next update; gates that measure are ended. To go on: mesh upgrade resume --stack ${stack}\n`;
  process.stdout.write(flags.output === "text" ? text : dataText({ stack, pause }, flags.output));
}

/** Prints where an upgrade stands. */
export function showUpgradeStatus(flags: PrintingFlags): void {
  const status = statusOf(upgradeContext(flags), flags);
  process.stdout.write(
    flags.output === "text" ? statusText(status) : dataText(status, flags.output),
  );
}
