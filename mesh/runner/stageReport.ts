import { gatesAfter, gateTitle } from "../gates/gates";
import { timingOf } from "../gates/timing";
import type { GatePolicy, MeasuringGate } from "../model/gateInputs";
import { stageWords } from "../upgrade/stageWords";
import type { UpgradePlan, UpgradeStage } from "../upgrade/types";

/** A gate of a stage, as a plan shows it. */
export interface GateReport {
  readonly name: string;
  readonly kind: string;
  /** The shortest time in which it can be passed, in seconds. Absent for a pause. */
  readonly seconds?: number;
}

/** A stage, as a plan shows it. */
export interface StageReport {
  readonly name: string;
  readonly kind: string;
  readonly gateways: readonly string[];
  readonly percent?: number;
  readonly namespaces: readonly string[];
  readonly tag?: string;
  readonly title: string;
  readonly moves: readonly string[];
  readonly restarts: readonly string[];
  readonly checks: readonly string[];
  readonly gates: readonly GateReport[];
}

/** The shortest time of a gate, in seconds. */
function secondsOf(gate: MeasuringGate): number {
  const { warmUp, count, interval } = timingOf(gate);
  return warmUp + (count - 1) * interval;
}

function gatesOf(stage: UpgradeStage, policy: GatePolicy): GateReport[] {
  const { measuring, pauses } = gatesAfter(policy, stage);
  return [
    ...measuring.map((gate) => ({
      name: gateTitle(gate),
      kind: gate.kind,
      seconds: secondsOf(gate),
    })),
    ...pauses.map((gate) => ({ name: gateTitle(gate), kind: gate.kind })),
  ];
}

/** Returns the stages of an upgrade with what each does, and the gates after it. */
export function stageReports(plan: UpgradePlan, policy: GatePolicy): StageReport[] {
  return plan.stages.map((stage) => {
    const { name, kind, gateways, percent, namespaces, tag } = stage;
    return {
      name,
      kind,
      gateways,
      ...(percent !== undefined && { percent }),
      namespaces,
      ...(tag !== undefined && { tag }),
      ...stageWords(plan, name),
      gates: gatesOf(stage, policy),
    };
  });
}

/** The shortest time of all gates, in seconds: those of one stage run at the same time. */
export function gateSeconds(stages: readonly StageReport[]): number {
  return stages
    .map(({ gates }) => Math.max(0, ...gates.map(({ seconds = 0 }) => seconds)))
    .reduce((sum, seconds) => sum + seconds, 0);
}
