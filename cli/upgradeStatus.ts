import { readStackState } from "../adapters/status/stackState";
import { stageLine } from "../mesh/upgrade/stageWords";
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
  /** Who updates the stack now, or was killed while doing so. */
  readonly lock?: { readonly by: string; readonly since?: string };
  readonly line: string;
}

function lockOf({ project, stack }: UpgradeContext): Pick<UpgradeStatus, "lock"> {
  const lock = readStackState(project.folder, stack)?.lock;
  return lock === undefined ? {} : { lock };
}

function statusOf(context: UpgradeContext, flags: PrintingFlags): UpgradeStatus {
  const { stack, state, configured } = context;
  const common = { stack, ...lockOf(context) };
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

function statusText({ stack, line, configured, next, lock, stages, stage }: UpgradeStatus): string {
  const mark = (name: string) => `  ${name === stage ? "*" : " "} ${name}`;
  return [
    `${stack}: ${line}`,
    ...(stages ?? []).map(mark),
    ...(configured === undefined ? [] : [`The configuration says ${configured}.`]),
    ...(next === undefined ? [] : [`Next: ${next} (mesh upgrade resume --stack ${stack})`]),
    ...(lock === undefined
      ? []
      : [`An update runs, or was killed: ${lock.by}${lock.since ? ` since ${lock.since}` : ""}.`]),
    "",
  ].join("\n");
}

/** Prints where an upgrade stands. */
export function showUpgradeStatus(flags: PrintingFlags): void {
  const status = statusOf(upgradeContext(flags), flags);
  process.stdout.write(
    flags.output === "text" ? statusText(status) : dataText(status, flags.output),
  );
}
