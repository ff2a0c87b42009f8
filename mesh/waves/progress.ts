import type { WaveStack } from "../model/waveInputs";
import { keyOf, type PlannedWave } from "./waves";

/** What a stack says of its upgrade: a part of what `mesh upgrade status -o json` prints. */
export interface StackStatus {
  /** The upgrade in which its last update was. */
  readonly to?: string;
  readonly stage?: string;
  /** The upgrade of the configuration, which no update may have been in yet. */
  readonly configuredTo?: string;
  /** One-based. Absent if the upgrade has no such stage with the inputs of now. */
  readonly place?: number;
  /** Absent after the last stage. */
  readonly next?: string;
  /** The Istio versions that the inputs name. */
  readonly versions: readonly string[];
  /** Whether the inputs are written in a program, so that its author ends the upgrade. */
  readonly isProgram: boolean;
  /** When the state was last written, in ISO 8601. */
  readonly updated?: string;
  readonly line: string;
}

/** How far a stack is on its way to a version. */
export type StackPhase = "before" | "underWay" | "done";

/** A stack, and how far it is. */
export interface StackProgress {
  readonly stack: WaveStack;
  readonly phase: StackPhase;
  readonly status: StackStatus;
}

/** What comes next. */
export type WaveStep =
  | { readonly kind: "run"; readonly wave: PlannedWave; readonly stacks: readonly StackProgress[] }
  | {
      readonly kind: "soak";
      readonly wave: PlannedWave;
      /** Milliseconds since 1970. */
      readonly until: number;
    }
  | { readonly kind: "done" };

/** Returns the Istio versions that the inputs of a mesh name, one for each control plane. */
export function versionsIn({
  version,
  revisions = [{}],
}: {
  readonly version?: string | undefined;
  readonly revisions?: readonly { readonly version?: string }[] | undefined;
}): string[] {
  return [...new Set(revisions.flatMap((one) => one.version ?? version ?? []))];
}

/**
 * Returns how far a stack is on its way to a version. Its state says so alone, whichever machine took it
 * there.
 *
 * @example phaseOf(status, "1.31.0") // "underWay"
 */
export function phaseOf(status: StackStatus, to: string): StackPhase {
  if (status.to !== undefined) {
    const isLast = status.next === undefined && status.place !== undefined;
    return isLast && status.isProgram ? "done" : "underWay";
  }
  if (status.configuredTo !== undefined) {
    return "underWay";
  }
  const { versions } = status;
  return versions.length > 0 && versions.every((version) => version === to) ? "done" : "before";
}

const hasBegun = ({ phase }: StackProgress) => phase !== "before";

/** When the wave's last stack was updated. */
function endOf(stacks: readonly StackProgress[]): number {
  return Math.max(0, ...stacks.map(({ status }) => Date.parse(status.updated ?? "") || 0));
}

/** Returns the progress of a wave's stacks, in their order. */
export function progressIn(
  { stacks }: PlannedWave,
  progress: readonly StackProgress[],
): StackProgress[] {
  const found = new Map(progress.map((one) => [keyOf(one.stack), one]));
  return stacks.flatMap((stack) => found.get(keyOf(stack)) ?? []);
}

/**
 * Returns what comes next: the stacks of the first wave that is not done, or the rest of the time that the
 * wave before it soaks. A wave that has begun does not wait again.
 *
 * @param progress of all stacks
 * @param now in milliseconds since 1970
 */
export function nextStep(
  waves: readonly PlannedWave[],
  progress: readonly StackProgress[],
  now: number,
): WaveStep {
  const of = (wave: PlannedWave) => progressIn(wave, progress);
  const index = waves.findIndex((wave) => of(wave).some(({ phase }) => phase !== "done"));
  const wave = waves[index];
  if (wave === undefined) {
    return { kind: "done" };
  }
  const before = waves[index - 1];
  const own = of(wave);
  const until = before === undefined ? 0 : endOf(of(before)) + before.soak * 1000;
  return before !== undefined && until > now && !own.some(hasBegun)
    ? { kind: "soak", wave: before, until }
    : { kind: "run", wave, stacks: own.filter(({ phase }) => phase !== "done") };
}
