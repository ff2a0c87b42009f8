import type { Command } from "commander";
import type { Finding, Severity } from "../mesh/checks/finding";
import { counted } from "../mesh/common/lists";
import type { Paint } from "../mesh/diff/print";
import { paintFor } from "./format";
import { toJUnit } from "./junit";
import { dataText, withJson, withOutput } from "./output";
import { EXIT_FAILED, EXIT_TROUBLE, report } from "./report";

export {
  type ClusterFlags,
  clusterOf,
  openChecked,
  tellCluster,
  withClusterFlags,
} from "./clusterFlags";

export const FINDING_FORMATS = ["text", "json", "yaml", "junit"] as const;

export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** The flags that {@link withFindingFlags} adds. */
export interface FindingFlags {
  readonly output: FindingFormat;
  readonly strict?: boolean;
}

const INDENT = "    ";

const ENDS: Readonly<Record<Severity, string>> = {
  ok: "OK",
  info: "INFO",
  warning: "WARNING",
  error: "FAILED",
};

const SIGNS = { ok: "+", info: undefined, warning: "~", error: "-" } as const;

function painted(severity: Severity, paint: Paint | undefined): string {
  const sign = SIGNS[severity];
  return sign === undefined || paint === undefined ? ENDS[severity] : paint(sign, ENDS[severity]);
}

const indented = (text: string) => `${INDENT}${text.replaceAll("\n", `\n${INDENT}`)}`;

/**
 * Returns the lines of one finding. A finding without a problem is one line, in the format of
 * asmctl. All others have their reason and fix below.
 *
 * @example
 * findingLines({ check: "control-plane", severity: "ok", object: "istiod 1-31-0", reason: "1 of 1 pods is available" })
 * // ["[control-plane] istiod 1-31-0: 1 of 1 pods is available ... OK"]
 */
export function findingLines(finding: Finding, paint?: Paint): string[] {
  const { check, severity, object, reason, fix } = finding;
  const end = painted(severity, paint);
  if (severity === "ok") {
    return [`[${check}] ${object}: ${reason} ... ${end}`];
  }
  return [
    `[${check}] ${object} ... ${end}`,
    indented(reason),
    ...(fix === undefined ? [] : [indented(`fix: ${fix}`)]),
  ];
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  const [errors, warnings] = [
    counted(count("error"), "error"),
    counted(count("warning"), "warning"),
  ];
  return `${errors}, ${warnings}, ${count("info")} info, ${count("ok")} OK`;
}

function textOf(findings: readonly Finding[], paint?: Paint): string {
  const lines = findings.flatMap((finding) => findingLines(finding, paint));
  return `${[...lines, summaryOf(findings)].join("\n")}\n`;
}

/**
 * Formats findings as text, JSON or YAML (a list), or JUnit XML, in the given order.
 *
 * @param suite the name of the test suite in JUnit XML, such as "mesh validate"
 */
export function formatFindings(
  findings: readonly Finding[],
  format: FindingFormat,
  { suite = "mesh", paint }: { readonly suite?: string; readonly paint?: Paint } = {},
): string {
  switch (format) {
    case "text":
      return textOf(findings, paint);
    case "json":
    case "yaml":
      return dataText(findings, format);
    case "junit":
      return toJUnit(suite, findings);
    default:
      return format satisfies never;
  }
}

/** Writes findings to standard output; see {@link formatFindings}. */
export function printFindings(
  findings: readonly Finding[],
  format: FindingFormat,
  suite?: string,
): void {
  const paint = paintFor(process.stdout);
  process.stdout.write(formatFindings(findings, format, { suite, paint }));
}

/** Returns 0 if there are no errors, otherwise 1. With `--strict`, warnings count as errors. */
export function exitCodeOfFindings(findings: readonly Finding[], strict = false): number {
  const failing: readonly Severity[] = strict ? ["error", "warning"] : ["error"];
  return findings.some(({ severity }) => failing.includes(severity)) ? EXIT_FAILED : 0;
}

/**
 * Runs checks, prints their findings and sets the exit code: 0 if no error was found, 1 if an
 * error was found (with `--strict` also for a warning), 2 if nothing could be checked and an
 * exception was thrown.
 *
 * @param suite the name of the command, such as "mesh validate"
 * @example
 * withClusterFlags(withFindingFlags(new Command("precheck"))).action((flags: Flags) =>
 *   checking("mesh precheck", flags, () => precheck(openCluster(clusterOf(flags)))));
 */
export async function checking(
  suite: string,
  { output, strict }: FindingFlags,
  check: () => Promise<readonly Finding[]>,
): Promise<void> {
  try {
    const findings = await check();
    printFindings(findings, output, suite);
    process.exitCode = exitCodeOfFindings(findings, strict);
  } catch (error) {
    report(error);
    process.exitCode = EXIT_TROUBLE;
  }
}

/** Adds `--output`, `--json` and `--strict`. */
export function withFindingFlags(command: Command): Command {
  return withJson(withOutput(command, { formats: FINDING_FORMATS })).option(
    "--strict",
    "warnings fail too",
  );
}
