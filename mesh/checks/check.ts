import type { Finding } from "./finding";

/** One check of a cluster. */
export interface Check<State> {
  /** In lower case with hyphens, the same in every release: its findings carry it. */
  readonly id: string;
  /** What it checks, in a few words. @default its id */
  readonly title?: string;
  /** The parts of the state that it needs. */
  readonly needs: readonly (keyof State)[];
  readonly run: (state: State) => readonly Finding[];
  /** The reason of an `ok` finding if it finds nothing. @default none: `run` returns its own */
  readonly fine?: string;
  /**
   * Whether it runs before each update, and stops it for an error: `too` for both, `only` for the update.
   * @default it does not
   */
  readonly gate?: "too" | "only";
}

/** A check whose `run` gets only the parts that `needs` names. */
type Definition<State, K extends keyof State> = Omit<Check<State>, "needs" | "run"> & {
  readonly needs: readonly K[];
  readonly run: (state: Pick<State, K>) => readonly Finding[];
};

/**
 * Returns the function that defines checks of one state.
 *
 * @example
 * export const nodes = checksOf<PrecheckState>()({
 *   id: "nodes", title: "nodes", fine: "at least one is ready", needs: ["nodes"],
 *   run: (state) => checkNodes(state.nodes),
 * });
 */
export function checksOf<State>() {
  return <K extends keyof State>(definition: Definition<State, K>): Check<State> => definition;
}

/** Returns what a check found, or an `ok` finding. */
export function runCheck<State>(check: Check<State>, state: State): readonly Finding[] {
  const { id, title = id, fine, run } = check;
  const findings = run(state);
  return findings.length > 0 || fine === undefined
    ? findings
    : [{ check: id, severity: "ok", object: title, reason: fine }];
}
