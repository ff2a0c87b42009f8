import { Command, Option } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { collecting, formatProblem, type Problem } from "../mesh/common/problem";
import { didYouMean } from "../mesh/common/suggest";
import { getPath } from "../mesh/k8s/path";
import type { Layer } from "../mesh/overlay/layer";
import type { OverlayLibrary } from "../mesh/overlay/library";
import { parseOverlay } from "../mesh/overlay/parse";
import { settingWarnings } from "../mesh/settings/settingWarnings";
import { resolveMesh } from "../mesh/spec/resolve";
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

const byLine = (a: Problem, b: Problem) => (a.line ?? 0) - (b.line ?? 0);

/** Reports a profile that does not exist, which otherwise shows only when the overlay is used. */
function profileProblems({ name: source, document, lines }: Layer): Problem[] {
  const value = getPath(document, "spec.profile");
  const { names } = overlayLibrary().profiles;
  if (typeof value !== "string" || value === "" || names.includes(value)) {
    return [];
  }
  const line = lines?.of(["spec", "profile"]);
  const reason = "there is no profile of this name";
  const allowed = names.join(", ");
  const fix = didYouMean(value, names);
  return [{ source, line, path: "spec.profile", value, reason, allowed, fix }];
}

function lintFile(file: string, version: string): Linted {
  const text = readOverlayText(file);
  if (typeof text !== "string") {
    return { file, errors: [text], warnings: [] };
  }
  const { layer, problems, warnings } = parseOverlay(text, { name: file, kind: "file", version });
  const errors = [...problems, ...(layer === undefined ? [] : profileProblems(layer))];
  const merged = errors.length > 0 ? { errors, warnings: [] } : lintMerged(file, text, version);
  return {
    file,
    errors: [...merged.errors].sort(byLine),
    warnings: [...warnings, ...merged.warnings].sort(byLine),
  };
}

/** What is wrong with an overlay on top of its profile, without the other overlays of a mesh. */
function lintMerged(file: string, text: string, version: string): Omit<Linted, "file"> {
  // A name without a folder and without an ending would be that of a built-in option.
  const path = `./${file}`;
  const library: OverlayLibrary = {
    ...overlayLibrary(),
    readFile: () => ({ kind: "text", text }),
  };
  const errors: Problem[] = [];
  const named = (problem: Problem) => ({
    ...problem,
    source: problem.source.replaceAll(path, file),
    reason: problem.reason.replaceAll(path, file),
  });
  const inputs = { version, overlays: [path] };
  const mesh = collecting(errors, () => resolveMesh(inputs, library, "part"));
  const warnings = mesh === undefined ? [] : settingWarnings(mesh);
  return { errors: errors.map(named), warnings: warnings.map(named) };
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
