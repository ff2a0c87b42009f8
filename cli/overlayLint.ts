import { Command, Option } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { formatProblem, type Problem } from "../mesh/common/problem";
import { lintOverlay } from "../mesh/lint/lintOverlay";
import { jsonText } from "./format";
import { checkVersionFlag, DEFAULT_VERSION } from "./inputs";
import { readOverlayText } from "./overlayFiles";
import { EXIT_FAILED } from "./report";

interface LintFlags {
  readonly istioVersion: string;
  readonly strict?: boolean;
  readonly output: "text" | "json";
}

interface Linted {
  readonly file: string;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function lintFile(file: string, version: string): Linted {
  const text = readOverlayText(file);
  if (typeof text !== "string") {
    return { file, errors: [text], warnings: [] };
  }
  const { errors, warnings } = lintOverlay(text, { name: file, version }, overlayLibrary());
  return { file, errors, warnings };
}

function linesOf({ errors, warnings }: Linted): string[] {
  return [
    ...errors.map((problem) => `error: ${formatProblem(problem)}`),
    ...warnings.map((problem) => `warning: ${formatProblem(problem)}`),
  ];
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;

function printText(results: readonly Linted[], errors: number, warnings: number): void {
  const files = counted(results.length, "file");
  const summary = `${files}: ${counted(errors, "error")}, ${counted(warnings, "warning")}`;
  process.stdout.write(`${[...results.flatMap(linesOf), summary].join("\n")}\n`);
}

function lint(files: readonly string[], flags: LintFlags): void {
  checkVersionFlag(flags.istioVersion);
  const results = files.map((file) => lintFile(file, flags.istioVersion));
  const errors = results.flatMap((result) => result.errors).length;
  const warnings = results.flatMap((result) => result.warnings).length;
  if (flags.output === "json") {
    process.stdout.write(jsonText(results));
  } else {
    printText(results, errors, warnings);
  }
  if (errors > 0 || (flags.strict && warnings > 0)) {
    process.exitCode = EXIT_FAILED;
  }
}

const HELP = `
Exit code: 0 fine, 1 errors, or warnings with --strict.

Examples:
  mesh overlay lint overlays/*.yaml
  mesh overlay lint --strict --istio-version 1.26.0 team.yaml
  mesh overlay lint -o json team.yaml | jq '.[].errors'
  git show main:team.yaml | mesh overlay lint -

Fields that Istio dropped are named with what takes their place; "mesh overlay migrate" rewrites them.`;

/** Returns the command `mesh overlay lint`. */
export function lintCommand(): Command {
  return new Command("lint")
    .description("all that is wrong with overlay files: errors, dropped fields, warnings")
    .argument("<file...>", "overlay files; - is standard input")
    .option("--istio-version <version>", "Istio version that they are for", DEFAULT_VERSION)
    .option("--strict", "warnings fail too")
    .addOption(
      new Option("-o, --output <format>", "how it is printed")
        .choices(["text", "json"])
        .default("text"),
    )
    .addHelpText("after", HELP)
    .action(lint);
}
