import { nextStep, progressIn, type StackProgress, type WaveStep } from "../mesh/waves/progress";
import { type PlannedWave, stackTitle } from "../mesh/waves/waves";
import { dataText } from "./output";
import type { PrintingFlags } from "./upgradePlan";
import { running } from "./upgradeRun";
import { upgradeSignals } from "./upgradeSignals";
import {
  allStacks,
  progressOf,
  readStatuses,
  resumeCommand,
  versionUnderWay,
  type Waves,
} from "./waveStacks";
import { readWaves, type WavesFlags } from "./wavesInput";

const PHASES = { before: "not begun", underWay: "under way", done: "done" } as const;

/** Without a version, nothing says how far a stack is but its own line. */
function waveText(wave: PlannedWave, progress: readonly StackProgress[], to: string): string {
  const lines = progressIn(wave, progress).map(
    ({ stack, phase, status }) =>
      `  ${stackTitle(stack)}: ${to === "" ? "" : `${PHASES[phase]}; `}${status.line}`,
  );
  return [wave.name, ...lines].join("\n");
}

function nextText(step: WaveStep, waves: Waves, to: string): string {
  if (to === "") {
    return "No upgrade is under way. With --to VERSION, this shows which stacks are on it.";
  }
  switch (step.kind) {
    case "done":
      return "All stacks are done.";
    case "soak":
      return `${step.wave.name} soaks until ${new Date(step.until).toISOString()}.`;
    case "run":
      return `Next: ${step.wave.name} (${resumeCommand({ ...waves, to })})`;
  }
}

/** Prints how far several stacks are. */
export function showWavesStatus(flags: WavesFlags & PrintingFlags): Promise<void> {
  return running(async () => {
    const signals = upgradeSignals((text) => process.stderr.write(`${text}\n`));
    try {
      const waves = { ...readWaves(flags), flags, stopped: signals.stopped };
      const stacks = allStacks(waves);
      const statuses = await readStatuses(stacks, waves);
      const to = waves.to ?? versionUnderWay(statuses.values()) ?? "";
      const progress = progressOf(stacks, statuses, to);
      const step = nextStep(waves.waves, progress, Date.now());
      const data = {
        ...(to !== "" && { to }),
        waves: waves.waves.map((wave) => ({
          name: wave.name,
          stacks: progressIn(wave, progress).map(({ stack, phase, status }) => ({
            ...stack,
            phase,
            line: status.line,
          })),
        })),
        next:
          step.kind === "done" ? { kind: step.kind } : { kind: step.kind, wave: step.wave.name },
      };
      process.stdout.write(
        flags.output === "text"
          ? `${[...waves.waves.map((wave) => waveText(wave, progress, to)), nextText(step, waves, to)].join("\n")}\n`
          : dataText(data, flags.output),
      );
      return 0;
    } finally {
      signals.off();
    }
  });
}
