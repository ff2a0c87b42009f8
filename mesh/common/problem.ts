/**
 * One thing that is wrong with the user's input. Every check returns a list of problems, so that
 * all of them are reported at once.
 */
export interface Problem {
  /** The file, option or input that holds the value, as the user named it. */
  readonly source: string;
  /** The one-based line in `source`, if it is known. */
  readonly line?: number;
  /**
   * The property path inside `source`, such as `spec.components.pilot.k8s`. Empty for the whole
   * source.
   */
  readonly path: string;
  /** The offending value. Left out if it is absent or may be secret. */
  readonly value?: unknown;
  /** What is wrong, in one clause. */
  readonly reason: string;
  /** What would be accepted. */
  readonly allowed?: string;
  /** What to type instead. */
  readonly fix?: string;
  /** A page that explains it. */
  readonly see?: string;
  /** The source could not be read at all: it is missing, a folder, or forbidden. @default false */
  readonly isUnread?: boolean;
}

/**
 * Thrown with everything that is wrong with the input. Nothing has been written or created by
 * then.
 */
export class InvalidInput extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "InvalidInput";
  }
}

const MAX_VALUE_LENGTH = 80;

function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 1)}…` : text;
}

/** A source with its line, such as `a.yaml:4`. */
export function sourceText({ source, line }: Pick<Problem, "source" | "line">): string {
  return line === undefined ? source : `${source}:${line}`;
}

function location(problem: Problem): string {
  const place = sourceText(problem);
  return problem.path === "" ? place : `${place}: ${problem.path}`;
}

/**
 * Formats a problem as one line: where, what, what is allowed, the fix.
 *
 * @example
 * formatProblem({ source: "a.yaml", line: 4, path: "spec.revision", value: "1.29", reason: "dots are not allowed" })
 * // 'a.yaml:4: spec.revision: dots are not allowed (got "1.29")'
 */
export function formatProblem(problem: Problem): string {
  const got = problem.value === undefined ? "" : ` (got ${showValue(problem.value)})`;
  const allowed = problem.allowed === undefined ? "" : `; allowed: ${problem.allowed}`;
  const fix = problem.fix === undefined ? "" : `; fix: ${problem.fix}`;
  const see = problem.see === undefined ? "" : `; see ${problem.see}`;
  return `${location(problem)}: ${problem.reason}${got}${allowed}${fix}${see}`;
}

/**
 * Returns what `work` returns. If `work` finds invalid input, adds its problems to `problems`, so
 * that they are reported together with others, and returns nothing.
 *
 * @throws Error any other error of `work`
 */
export function collecting<T>(problems: Problem[], work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InvalidInput)) {
      throw error;
    }
    problems.push(...error.problems);
    return undefined;
  }
}

/** Throws {@link InvalidInput} if there is at least one problem. */
export function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new InvalidInput(problems);
  }
}
