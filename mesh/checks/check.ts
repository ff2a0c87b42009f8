import type { Finding } from "./finding";

/** One check of a cluster. */
export interface Check<State> {
  /** In lower case with hyphens, the same in every release: its findings carry it. */
  readonly id: string;
  /** What it looks at, in a few words. @default its id */
  readonly title?: string;
  /** Parts of the state that it cannot do without. */
  readonly needs: readonly (keyof State)[];
  readonly run: (state: State) => readonly Finding[];
  /** What is said if it finds nothing. @default nothing: `run` says itself what is well */
  readonly fine?: string;
  /**
   * Whether it also runs before each update, which it then stops for an error: `too`, or `only` there
   * @default it does not
   */
  readonly gate?: "too" | "only";
}

/** A check whose `run` reads the parts that `needs` names, and no others. */
type Definition<State, K extends keyof State> = Omit<Check<State>, "needs" | "run"> & {
  readonly needs: readonly K[];
  readonly run: (state: Pick<State, K>) => readonly Finding[];
};

/**
 * Makes the function that defines checks of one state.
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

/** What a check found, or that all is well. */
export function runCheck<State>(check: Check<State>, state: State): readonly Finding[] {
  const { id, title = id, fine, run } = check;
  const findings = run(state);
  return findings.length > 0 || fine === undefined
    ? findings
    : [{ check: id, severity: "ok", object: title, reason: fine }];
}
