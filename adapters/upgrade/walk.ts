import { gateTitle } from "../../mesh/gates/gates";
import type { PauseGate } from "../../mesh/model/gateInputs";
import { rollbackStage, stagesBack } from "../../mesh/runner/begin";
import type { EndResult, Happening } from "../../mesh/runner/events";
import { stageBackLine, stageLine } from "../../mesh/upgrade/stageWords";
import type { UpgradePlan, UpgradeStage } from "../../mesh/upgrade/types";
import { stageOf } from "../../mesh/upgrade/upgradePlan";
import type { EngineResult, PastUpdate, StackEngine } from "../pulumi/engine";
import type { StageTimes, StageVerdict } from "./gatesOfStage";

/** How a walk ended. */
export interface WalkEnd {
  readonly result: EndResult;
  readonly stage: string;
  readonly because: string;
}

/** What a walk through stages needs. */
export interface Walk {
  readonly plan: UpgradePlan;
  readonly engine: StackEngine;
  /** Writes the stage into the configuration of the stack. */
  readonly setStage: (stage: string | undefined) => void;
  /** The stage in the configuration before the walk. */
  readonly configured: string | undefined;
  /** Called after the first update. May throw. */
  readonly afterFirst: () => void;
  readonly gates: (stage: UpgradeStage, times: StageTimes) => Promise<StageVerdict>;
  readonly tell: (event: Happening) => void;
  /** Called with the number of resources of the running update that are done. */
  readonly progressed?: (done: number) => void;
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** Somebody else updates the stack, or has done so meanwhile. */
export class SomebodyElse extends Error {
  constructor(message: string) {
    super(message);
    this.name = "SomebodyElse";
  }
}

/** A stage's update did not succeed. */
class StageFailed extends Error {
  constructor(
    readonly result: "failed" | "interrupted",
    message: string,
  ) {
    super(message);
  }
}

/** One update after the other, as long as nobody else makes one in between. */
class Stepper {
  private last: PastUpdate | undefined;
  private stage: string | undefined;

  constructor(private readonly walk: Walk) {
    this.stage = walk.configured;
  }

  /** Two runners would each undo what the other does. */
  private async expectNobodyElse(): Promise<void> {
    if (this.last === undefined) {
      return;
    }
    const found = await this.walk.engine.lastUpdate();
    if (found !== undefined && found.id !== this.last.id) {
      throw new SomebodyElse(
        `somebody else has updated the stack meanwhile: ${found.title}; this runner stops. mesh upgrade status shows where the upgrade stands`,
      );
    }
  }

  /** The lock of an update that was killed stays. It goes only if its process is known to have ended. */
  private async unlessLocked(run: () => Promise<EngineResult>): Promise<EngineResult> {
    const result = await run();
    if (result.kind !== "locked" || !result.hasEnded) {
      return result;
    }
    const { engine, tell } = this.walk;
    const text = `the lock of an update that was killed is taken away: ${result.by}`;
    tell({ event: "note", text });
    await engine.unlock();
    return run();
  }

  private expect(
    result: EngineResult,
    what: string,
  ): asserts result is EngineResult & {
    readonly kind: "succeeded";
  } {
    switch (result.kind) {
      case "succeeded":
        return;
      case "locked":
        throw new SomebodyElse(
          `another update of the stack runs: ${result.by}. If you know that it has ended: pulumi cancel`,
        );
      case "interrupted":
        throw new StageFailed("interrupted", `the ${what} was interrupted`);
      case "failed":
        throw new StageFailed("failed", `the ${what} failed:\n${result.errors.join("\n")}`);
    }
  }

  /**
   * Previews and updates the stack in a stage.
   *
   * @param lineOf what is said of the stage
   */
  async step(name: string, lineOf = stageLine): Promise<StageTimes> {
    const { plan, engine, setStage, tell, progressed, signal, now } = this.walk;
    signal.throwIfAborted();
    await this.expectNobodyElse();
    const before = this.stage;
    tell({ event: "stage", stage: name, line: lineOf(plan, name) });
    setStage(name);
    const preview = await this.unlessLocked(() => engine.preview());
    if (preview.kind !== "succeeded" && before !== undefined) {
      // Nothing has changed, so the configuration is again that of what serves.
      setStage(before);
    }
    this.expect(preview, "preview");
    this.stage = name;
    tell({ event: "preview", stage: name, changes: preview.changes, says: preview.says });
    const begin = now();
    const message = `mesh upgrade to ${plan.to}: ${name}`;
    const update = await this.unlessLocked(() => engine.up(message, progressed));
    this.expect(update, "update");
    tell({ event: "update", stage: name, changes: update.changes });
    if (this.last === undefined) {
      this.walk.afterFirst();
    }
    this.last = await engine.lastUpdate();
    return { began: this.last?.began ?? begin, ended: now() };
  }
}

function pauseText(pauses: readonly PauseGate[]): string {
  return `a person looks here: ${pauses.map(gateTitle).join(", ")}`;
}

/** @example askedText("2026-11-29T02:00:00Z") // "a pause was asked for at 2026-11-29T02:00:00Z" */
function askedText(since: string): string {
  return `a pause was asked for at ${since}`;
}

/** Takes the gateways back, one update after the other. */
async function rollBack(
  stepper: Stepper,
  { plan, tell }: Walk,
  from: string,
  to: string,
  because: string,
): Promise<WalkEnd> {
  tell({ event: "rollback", stage: from, to, because });
  for (const stage of stagesBack(plan, from, to)) {
    await stepper.step(stage, stageBackLine);
  }
  return { result: "rolledBack", stage: to, because };
}

async function afterGates(
  stepper: Stepper,
  walk: Walk,
  stage: string,
  verdict: StageVerdict & { readonly kind: "failed" | "undecided" },
): Promise<WalkEnd> {
  const because = `gate "${gateTitle(verdict.gate)}": ${verdict.saw}`;
  const { onFailure = "rollback" } = verdict.gate;
  const back = rollbackStage(walk.plan, stage);
  return verdict.kind === "failed" && onFailure === "rollback" && back !== undefined
    ? rollBack(stepper, walk, stage, back, because)
    : { result: "waits", stage, because };
}

/** A stage that failed or was interrupted ends the walk. Other errors are not of the walk. */
function endOf(error: unknown, stage: string, { signal }: Walk): WalkEnd {
  if (error instanceof StageFailed) {
    return { result: error.result, stage, because: error.message };
  }
  if (signal.aborted && error === signal.reason) {
    return { result: "interrupted", stage, because: "no update runs" };
  }
  throw error;
}

/**
 * Goes through stages: for each, a preview, an update and its gates. A gate that fails takes gateways
 * back to the stage before they had pods of the new revision.
 *
 * @param stages as `stagesAhead` returns them
 * @param isGone whether a person has looked at the first stage, so that its pauses do not stop the walk
 * @throws SomebodyElse if the stack is updated by somebody else
 */
export async function walkForward(
  walk: Walk,
  stages: readonly string[],
  { passesPause: isGone = false } = {},
): Promise<WalkEnd> {
  const stepper = new Stepper(walk);
  let current = stages[0] ?? "";
  try {
    for (const [index, name] of stages.entries()) {
      const since = await walk.engine.pauseAskedFor();
      if (since !== undefined) {
        return { result: "waits", stage: current, because: askedText(since) };
      }
      current = name;
      const times = await stepper.step(name);
      const verdict = await walk.gates(stageOf(walk.plan, name), times);
      if (verdict.kind === "paused") {
        return { result: "waits", stage: name, because: askedText(verdict.since) };
      }
      if (verdict.kind !== "passed") {
        return await afterGates(stepper, walk, name, verdict);
      }
      if (verdict.pauses.length > 0 && !(isGone && index === 0)) {
        return { result: "waits", stage: name, because: pauseText(verdict.pauses) };
      }
    }
  } catch (error) {
    return endOf(error, current, walk);
  }
  const isFinished = current === walk.plan.stages.at(-1)?.name;
  return isFinished
    ? { result: "done", stage: current, because: `the mesh is on Istio ${walk.plan.to}` }
    : { result: "reached", stage: current, because: "--until" };
}

/**
 * Goes back through stages, without gates.
 *
 * @param stages as `stagesBack` returns them
 * @throws SomebodyElse if the stack is updated by somebody else
 */
export async function walkBack(walk: Walk, stages: readonly string[]): Promise<WalkEnd> {
  const stepper = new Stepper(walk);
  let current = stages[0] ?? "";
  try {
    for (const name of stages) {
      current = name;
      await stepper.step(name, stageBackLine);
    }
  } catch (error) {
    return endOf(error, current, walk);
  }
  return { result: "rolledBack", stage: current, because: "mesh upgrade rollback" };
}
