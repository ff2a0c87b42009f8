import { counted } from "../mesh/common/lists";
import { planesText } from "../mesh/model/facts";
import { gateSeconds, type StageReport, stageReports } from "../mesh/runner/stageReport";
import { dataText, type OutputFormat } from "./output";
import { printWarnings } from "./report";
import {
  type PlannedUpgrade,
  plannedUpgrade,
  type UpgradeFlags,
  upgradeContext,
} from "./upgradeContext";

/** The flags of commands that print. */
export interface PrintingFlags extends UpgradeFlags {
  readonly output: OutputFormat;
}

function gateText({ name, seconds }: StageReport["gates"][number]): string {
  return seconds === undefined ? `${name} (a person goes on)` : `${name} (at least ${seconds} s)`;
}

function stageText(stage: StageReport, index: number): string {
  const { name, title, moves, restarts, checks, gates } = stage;
  const part = (label: string, texts: readonly string[]) =>
    texts.map((text) => `     ${label}: ${text}`);
  return [
    `${String(index + 1).padStart(2)}. ${name}: ${title}`,
    ...part("moves", moves),
    ...part("pods", restarts),
    ...part("check", checks),
    ...part("gate", gates.map(gateText)),
  ].join("\n");
}

function durationText(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function planText({ plan, stack }: PlannedUpgrade, stages: readonly StageReport[]): string {
  const from = planesText(plan.from);
  return [
    `${stack}: from ${from} to ${plan.revision} (Istio ${plan.to}), in ${counted(stages.length, "stage")}.`,
    `Each stage is one update; the gates take at least ${durationText(gateSeconds(stages))} in all.`,
    "",
    ...stages.map(stageText),
    "",
    "Nothing was changed.",
    "",
  ].join("\n");
}

/** Prints the stages of an upgrade; changes nothing. */
export function showPlan(flags: PrintingFlags): void {
  const planned = plannedUpgrade(upgradeContext(flags), flags);
  const { plan, policy = {} } = planned;
  const stages = stageReports(plan, policy);
  printWarnings(plan.warnings);
  process.stdout.write(
    flags.output === "text"
      ? planText(planned, stages)
      : dataText(
          {
            stack: planned.stack,
            to: plan.to,
            revision: plan.revision,
            from: plan.from,
            gateSeconds: gateSeconds(stages),
            stages,
          },
          flags.output,
        ),
  );
}
