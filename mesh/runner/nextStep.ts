import type { EndResult } from "./events";

/** A command that went through stages, and how that ended. */
export interface EndedRun {
  readonly result: EndResult;
  readonly stack: string;
  /** @example "start" */
  readonly command: string;
  /** Whether the stack is in the first stage: the mesh is the one of before. */
  readonly isAtStart: boolean;
}

/**
 * Returns what a person does next. `undefined` if nothing is left to do.
 *
 * @example
 * nextStep({ result: "waits", stack: "prod", command: "start", isAtStart: false })
 * // "mesh upgrade resume --stack prod, or mesh upgrade rollback --stack prod"
 */
export function nextStep({ result, stack, command, isAtStart }: EndedRun): string | undefined {
  const line = (name: string) => `mesh upgrade ${name} --stack ${stack}`;
  const isBack = command === "rollback";
  const goOn = isBack
    ? `${line("rollback")} to go on, or ${line("start")} to go forward`
    : `${line("resume")}, or ${line("rollback")}`;
  switch (result) {
    case "done":
      return undefined;
    case "failed":
      return `correct what the error names; then ${goOn}`;
    case "rolledBack":
      if (!isBack) {
        return `look at what the gate saw; then ${line("start")}, or ${line("rollback")}`;
      }
      return isAtStart
        ? `${line("start")} to go forward again; to give the upgrade up, pulumi config rm mesh:upgrade --stack ${stack}, and pulumi up`
        : `${line("start")} to go forward again, or ${line("rollback")}`;
    default:
      return goOn;
  }
}
