import { type Outcome, type PlannedItem, stepFailure } from "../adapters/images/transfer";
import { registryFailureText } from "../mesh/images/failure";
import { columns } from "./format";
import { dataText, type OutputFormat } from "./output";
import { EXIT_FAILED } from "./report";

const STATES: Readonly<Record<PlannedItem["step"]["kind"], string>> = {
  copy: "to copy",
  present: "there already",
  different: "DIFFERENT THERE",
  unpinned: "NOT AS PINNED",
  failed: "NO ANSWER",
};

export function digestOf({ step }: PlannedItem): string {
  return step.kind === "failed" ? "" : step.digest;
}

function planTable(plan: readonly PlannedItem[]): string {
  return columns([
    ["SOURCE", "TARGET", "DIGEST", "STATE"],
    ...plan.map((item) => [item.source, item.target, digestOf(item), STATES[item.step.kind]]),
  ]);
}

function planRow({ image, source, target, step }: PlannedItem) {
  const failure = stepFailure(step);
  const digest = "digest" in step ? { digest: step.digest } : {};
  const why = failure === undefined ? {} : { reason: registryFailureText(failure) };
  return { image, source, target, ...digest, state: step.kind, ...why };
}

export function planText(plan: readonly PlannedItem[], format: OutputFormat): string {
  return format === "text" ? planTable(plan) : dataText(plan.map(planRow), format);
}

export function sayFailures(failures: readonly Pick<Outcome, "image" | "failure">[]): void {
  for (const { image, failure } of failures) {
    process.stderr.write(
      `${image}: ${failure === undefined ? "failed" : registryFailureText(failure)}\n`,
    );
  }
  if (failures.length > 0) {
    process.exitCode = EXIT_FAILED;
  }
}

export function planFailures(plan: readonly PlannedItem[]): Pick<Outcome, "image" | "failure">[] {
  return plan.flatMap(({ image, step }) => {
    const failure = stepFailure(step);
    return failure === undefined ? [] : [{ image, failure }];
  });
}

/** Prints one line for each finished image to standard error. */
export function progress(total: number): (outcome: Outcome) => void {
  let ended = 0;
  return ({ image, result, digest }) => {
    ended += 1;
    const content = digest === undefined ? "" : ` ${digest}`;
    process.stderr.write(`[${ended}/${total}] ${image} ${result}${content}\n`);
  };
}

function outcomeTable(outcomes: readonly Outcome[]): string {
  return columns([
    ["TARGET", "DIGEST", "RESULT"],
    ...outcomes.map(({ target, digest, result }) => [target, digest ?? "", result]),
  ]);
}

function outcomeRow({ failure, ...rest }: Outcome) {
  return { ...rest, ...(failure !== undefined && { reason: registryFailureText(failure) }) };
}

export function outcomeText(outcomes: readonly Outcome[], format: OutputFormat): string {
  return format === "text" ? outcomeTable(outcomes) : dataText(outcomes.map(outcomeRow), format);
}
