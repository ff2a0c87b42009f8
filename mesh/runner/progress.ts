import { counted, someOf } from "../common/lists";
import type { Happening } from "./events";
import type { StageReport } from "./stageReport";

/** A gate while it measures. */
export interface GateProgress {
  readonly name: string;
  /** @example "2 of 3 good" */
  readonly progress: string;
}

/** How far a run is. Times are in milliseconds since 1970. */
export interface RunProgress {
  /** All stages of the upgrade. */
  readonly stages: readonly StageReport[];
  /** The stages of this run that are still to come, without the current one. */
  readonly ahead: readonly string[];
  readonly stage?: string;
  readonly phase: "preview" | "update" | "gates" | "back";
  /** When the stage began. */
  readonly began: number;
  /** When the phase began. */
  readonly since: number;
  /** Resources that the update has done. */
  readonly done: number;
  readonly gates: readonly GateProgress[];
  /** Seconds that previews and updates of this run took, each stage by itself. */
  readonly updates: readonly number[];
}

/** Returns the progress of a run that has not begun yet. */
export function beginningOf(
  stages: readonly StageReport[],
  ahead: readonly string[],
  now: number,
): RunProgress {
  const none = { done: 0, gates: [], updates: [] };
  return { stages, ahead, phase: "preview", began: now, since: now, ...none };
}

const gatesOf = ({ stages }: RunProgress, name: string | undefined) =>
  stages
    .find((stage) => stage.name === name)
    ?.gates.filter(({ seconds }) => seconds !== undefined) ?? [];

function withGate(progress: RunProgress, gate: GateProgress): RunProgress {
  const others = progress.gates.filter(({ name }) => name !== gate.name);
  return { ...progress, gates: [...others, gate] };
}

/** Returns the progress after something has happened. */
export function progressAfter(before: RunProgress, event: Happening, now: number): RunProgress {
  switch (event.event) {
    case "stage":
      return {
        ...before,
        stage: event.stage,
        ahead: before.ahead.filter((name) => name !== event.stage),
        phase: before.phase === "back" ? "back" : "preview",
        began: now,
        since: now,
        done: 0,
        gates: [],
      };
    case "preview":
      return { ...before, phase: before.phase === "back" ? "back" : "update", since: now };
    case "update":
      return {
        ...before,
        phase: before.phase === "back" ? "back" : "gates",
        since: now,
        updates: [...before.updates, (now - before.began) / 1000],
        gates: gatesOf(before, event.stage).map(({ name }) => ({
          name,
          progress: "no measurement yet",
        })),
      };
    case "measurement":
      return withGate(before, { name: event.gate, progress: event.progress });
    case "gate":
      return withGate(before, { name: event.gate, progress: event.verdict });
    case "rollback":
      return { ...before, phase: "back", ahead: [], gates: [], since: now };
    default:
      return before;
  }
}

const gateTime = (progress: RunProgress, name: string | undefined) =>
  Math.max(0, ...gatesOf(progress, name).map(({ seconds = 0 }) => seconds));

/**
 * Returns about how many seconds a run takes from now on: the gates at their shortest, and updates that
 * take as long as those so far. `undefined` before the first update has ended, and on the way back.
 */
export function secondsLeft(progress: RunProgress, now: number): number | undefined {
  const { updates, phase, stage, ahead, began, since } = progress;
  if (updates.length === 0 || phase === "back") {
    return undefined;
  }
  const update = updates.reduce((sum, seconds) => sum + seconds, 0) / updates.length;
  const rest = (whole: number, from: number) => Math.max(0, whole - (now - from) / 1000);
  const own =
    phase === "gates"
      ? rest(gateTime(progress, stage), since)
      : rest(update, began) + gateTime(progress, stage);
  return ahead.reduce((sum, name) => sum + update + gateTime(progress, name), own);
}

/** The pods of a workload: how many are wanted, and how many of these are ready. */
export interface PodCount {
  /** @example "edge/web-1-31-0" */
  readonly workload: string;
  readonly wanted: number;
  readonly ready: number;
}

/** @example podsText([{ workload: "edge/web", wanted: 3, ready: 1 }]) // "1 of 3 pods ready; not yet: edge/web (1 of 3)" */
export function podsText(counts: readonly PodCount[]): string {
  const sum = (of: (count: PodCount) => number) =>
    counts.reduce((total, count) => total + of(count), 0);
  const missing = counts.filter(({ wanted, ready }) => ready < wanted);
  const names = missing.map(({ workload, wanted, ready }) => `${workload} (${ready} of ${wanted})`);
  const rest = names.length === 0 ? "" : `; not yet: ${someOf(names)}`;
  return `${sum(({ ready }) => ready)} of ${counted(
    sum(({ wanted }) => wanted),
    "pod",
  )} ready${rest}`;
}

const MINUTE = 60;

/** @example aboutText(130) // "about 2 min" */
function aboutText(seconds: number): string {
  if (seconds < MINUTE) {
    return "less than a minute";
  }
  const minutes = Math.round(seconds / MINUTE);
  const hours = Math.floor(minutes / MINUTE);
  return hours === 0 ? `about ${minutes} min` : `about ${hours} h ${minutes % MINUTE} min`;
}

/** @example clockText(75_000) // "1:15" */
function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / MINUTE)}:${String(seconds % MINUTE).padStart(2, "0")}`;
}

const PHASES: Readonly<Record<RunProgress["phase"], string>> = {
  preview: "preview",
  update: "update",
  gates: "gates",
  back: "on the way back",
};

/**
 * Returns lines that say how far a run is.
 *
 * @param pods what is known of the pods of the mesh
 */
export function progressLines(
  progress: RunProgress,
  pods: readonly PodCount[],
  now: number,
): string[] {
  const { stages, stage, phase, since, done, gates } = progress;
  if (stage === undefined) {
    return [];
  }
  const place = stages.findIndex(({ name }) => name === stage) + 1;
  const bar = `${"■".repeat(place)}${"□".repeat(Math.max(0, stages.length - place))}`;
  const left = secondsLeft(progress, now);
  const resources = done === 0 || phase === "gates" ? "" : `, ${counted(done, "resource")} done`;
  return [
    `${bar}  ${stage}, stage ${place} of ${stages.length}`,
    `  ${PHASES[phase]}, ${clockText(now - since)}${resources}`,
    ...gates.map((gate) => `  gate ${gate.name}: ${gate.progress}`),
    ...(pods.length === 0 ? [] : [`  ${podsText(pods)}`]),
    ...(left === undefined ? [] : [`  ${aboutText(left)} left`]),
  ];
}
