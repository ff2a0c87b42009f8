import { type Tool, toolsFor } from "./catalog";
import { type Places, setupPlaces } from "./places";
import type { SetupOptions, SetupReport, Source } from "./types";

/** What a run has to do. */
export interface Plan {
  readonly places: Places;
  readonly tools: readonly Tool[];
  /** The start, in milliseconds of `performance.now`. */
  readonly started: number;
}

export function planOf(options: SetupOptions): Plan {
  const places = setupPlaces(options, options.system?.env ?? process.env);
  return { places, tools: toolsFor(places, options), started: performance.now() };
}

/** @param sources the tools that this run provided; the others were already there */
export function reportOf(plan: Plan, sources: ReadonlyMap<Tool, Source>): SetupReport {
  return {
    home: plan.places.home,
    tools: plan.tools.map((tool) => ({
      name: tool.name,
      version: tool.version,
      path: tool.target,
      source: sources.get(tool) ?? "present",
    })),
    seconds: (performance.now() - plan.started) / 1000,
  };
}
