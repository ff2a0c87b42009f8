import type { ClusterAccess } from "../adapters/checks/validate/readState";
import { podCounts } from "../adapters/upgrade/podCounts";
import { eventText, type Happening } from "../mesh/runner/events";
import { beginningOf } from "../mesh/runner/progress";
import { stageReports } from "../mesh/runner/stageReport";
import { document, type OutputFormat } from "./output";
import type { PlannedUpgrade } from "./upgradeContext";
import { openProgress, type ProgressView } from "./upgradeProgress";

/** The flags that say how a run is told. */
interface TellingFlags {
  readonly output: OutputFormat;
  readonly verbose?: boolean;
}

/** What is asked of a run. */
export interface Order {
  /** The name of the command. */
  readonly name: string;
  /** The stages that it goes through. */
  readonly stages: readonly string[];
}

/** Says what happens, to people or to programs. */
export type Tell = (event: Happening) => void;

/**
 * Returns what says what happens.
 *
 * @param view shows how far the run is, where it can be drawn
 */
export function teller(
  { output }: TellingFlags,
  stack: string,
  view: ProgressView | undefined,
): Tell {
  return (event) => {
    view?.take(event);
    if (output !== "text") {
      const time = new Date().toISOString();
      process.stdout.write(document({ time, stack, ...event }, output));
    } else if (view === undefined) {
      process.stdout.write(`${eventText(event)}\n`);
    } else {
      view.print(eventText(event));
    }
  };
}

/**
 * Begins to show how far a run is. What is told with -v goes between the lines, so nothing is drawn over then.
 */
export function openView(
  { plan, policy = {} }: PlannedUpgrade,
  { output, verbose }: TellingFlags,
  { name, stages }: Order,
  access: ClusterAccess | undefined,
): ProgressView | undefined {
  if (output !== "text" || verbose === true) {
    return undefined;
  }
  const begin = beginningOf(stageReports(plan, policy), stages, Date.now());
  const phase = name === "rollback" ? "back" : begin.phase;
  const cluster = access?.cluster;
  const pods = cluster && ((stage: string) => podCounts(cluster, plan, stage));
  return openProgress({ begin: { ...begin, phase }, ...(pods !== undefined && { pods }) });
}
