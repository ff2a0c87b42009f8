import type { Cause } from "./cause";

/** What is known about a workload that did not become ready. */
export interface Failure {
  /** @example "Deployment istio-system/istiod-1-31-0" */
  readonly title: string;
  /** The errors of the update, newest first. */
  readonly errors: readonly string[];
  /** How long the update waited, in seconds. */
  readonly seconds: number;
  /** Absent if the cluster no longer shows a cause. */
  readonly cause: Cause | undefined;
  /** The last lines of a log under a title. Empty if there is no log. */
  readonly log: string;
  /** The workloads that still serve. Absent for an object without pods. */
  readonly serving?: readonly string[];
  /** True if Pulumi took it for ready, so that the next update does not wait for it. */
  readonly takenForReady?: boolean;
}

/** Returns whether the API server accepted the object, which then did not become ready. */
function wasApplied(errors: readonly string[]): boolean {
  return errors.some((error) => error.includes("failed to fully initialize"));
}

function headline({ title, errors, seconds, takenForReady = false }: Failure): string {
  const isLate = takenForReady || errors.some((error) => error.includes("timed out"));
  const late = isLate ? ` within ${seconds} s` : "";
  return `${title} did not come up${late}.`;
}

function servingLines(serving: readonly string[] | undefined): string[] {
  if (serving === undefined) {
    return [];
  }
  return serving.length === 0
    ? ["still serving: nothing; neither its earlier pods nor another revision is ready"]
    : [`still serving: ${serving.join(", ")}`];
}

const DONE = "What this update has done so far stays; what it was to delete is still there.";
const STACK =
  "In the stack it is marked as not ready, so that the next `pulumi up` waits for it again. ";

const TAKEN_FOR_READY =
  "In the stack it counts as ready, so that the next `pulumi up` does not wait for it: " +
  "`mesh status` says when it is. ";

const NO_CAUSE: Omit<Cause, "certain"> = {
  text: "it has come up meanwhile",
  fix: "give it more time with `timeouts`",
};

/**
 * Says what failed, why, what still serves, and how to continue.
 *
 * If the API server refused the object, the provider's own message has the cause.
 */
export function failureText(failure: Failure): string {
  const { title, errors, cause = NO_CAUSE, log, serving, takenForReady = false } = failure;
  if (!takenForReady && !wasApplied(errors)) {
    return [
      `${title} could not be applied; the provider's message says why.`,
      ...servingLines(serving),
      `to continue: fix that, then \`pulumi up\`. ${DONE}`,
    ].join("\n");
  }
  return [
    headline(failure),
    `cause: ${cause.text}${log}`,
    ...servingLines(serving),
    `to continue: ${cause.fix}, then \`pulumi up\`; or undo the edit, then \`pulumi up\`.`,
    `${takenForReady ? TAKEN_FOR_READY : STACK}${DONE}`,
  ].join("\n");
}

/**
 * Returns the message for a cluster that could not be asked. @param reason why it could not be
 * asked
 */
export function unaskedText(
  { title, errors, takenForReady = false }: Pick<Failure, "title" | "errors" | "takenForReady">,
  reason: string,
): string {
  const isApplied = takenForReady || wasApplied(errors);
  const failed = isApplied ? "did not come up" : "could not be applied";
  return [
    `${title} ${failed}, and the cluster cannot be asked why: ${reason}`,
    `to continue: once the cluster answers, \`pulumi up\`. ${DONE}`,
  ].join("\n");
}

/**
 * Returns the warning that is shown while Pulumi still waits although waiting will not help.
 *
 * @param what what the object does not do
 */
export function warningText(
  title: string,
  { text, fix }: Cause,
  seconds: number,
  what = "does not come up",
): string {
  return (
    `${title} ${what}: ${text}; fix: ${fix}. ` +
    `The update waits ${seconds} s for it; Ctrl-C ends that now, and the next \`pulumi up\` goes on`
  );
}
