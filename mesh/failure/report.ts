import type { Cause } from "./cause";

/** What is known of a workload that did not come up. */
export interface Failure {
  /** @example "Deployment istio-system/istiod-1-29-1" */
  readonly title: string;
  /** What the update said, newest first. */
  readonly errors: readonly string[];
  /** How long it was given, in seconds. */
  readonly seconds: number;
  /** Absent when the cluster shows none any more. */
  readonly cause: Cause | undefined;
  /** Last lines of a log, with a title above them; empty when there is none. */
  readonly log: string;
  /** Who serves on. */
  readonly serving: readonly string[];
}

/** The API server took the object, and then it did not come up. */
function wasApplied(errors: readonly string[]): boolean {
  return errors.some((error) => error.includes("failed to fully initialize"));
}

function headline({ title, errors, seconds }: Failure): string {
  const late = errors.some((error) => error.includes("timed out")) ? ` within ${seconds} s` : "";
  return `${title} did not come up${late}.`;
}

function servingLine(serving: readonly string[]): string {
  return serving.length === 0
    ? "serving meanwhile: nothing; neither former pods of it nor another revision are ready"
    : `serving meanwhile: ${serving.join(", ")}`;
}

const DONE = "What this update has done so far stays; what it was to delete is still there.";
const STACK =
  "In the stack it is marked as not ready, so that the next `pulumi up` waits for it again. ";

const NO_CAUSE: Omit<Cause, "certain"> = {
  text: "it has come up meanwhile",
  fix: "give it more time with `timeouts`",
};

/**
 * Tells what failed, why, who serves on, and how to go on.
 *
 * An object that the API server did not take has its cause in the provider's own message.
 */
export function failureText(failure: Failure): string {
  const { title, errors, cause = NO_CAUSE, log, serving } = failure;
  if (!wasApplied(errors)) {
    return [
      `${title} could not be applied; the provider's message says why.`,
      servingLine(serving),
      `way on: mend that, then \`pulumi up\`. ${DONE}`,
    ].join("\n");
  }
  return [
    headline(failure),
    `cause: ${cause.text}${log}`,
    servingLine(serving),
    `way on: ${cause.fix}, then \`pulumi up\`; or undo the edit, then \`pulumi up\`.`,
    `${STACK}${DONE}`,
  ].join("\n");
}

/** For a cluster that cannot be asked. @param reason why not */
export function unaskedText(
  { title, errors }: Pick<Failure, "title" | "errors">,
  reason: string,
): string {
  const failed = wasApplied(errors) ? "did not come up" : "could not be applied";
  return [
    `${title} ${failed}, and the cluster cannot be asked why: ${reason}`,
    `way on: once the cluster answers, \`pulumi up\`. ${DONE}`,
  ].join("\n");
}

/** While Pulumi still waits, and it is certain that it waits in vain. */
export function warningText(title: string, { text, fix }: Cause, seconds: number): string {
  return (
    `${title} does not come up: ${text}; fix: ${fix}. ` +
    `The update waits ${seconds} s for it; Ctrl-C ends that now, and the next \`pulumi up\` goes on`
  );
}
