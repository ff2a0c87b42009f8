import { resolve } from "node:path";
import { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { renderTools } from "../adapters/renderTools";
import { counted } from "../mesh/common/lists";
import { formatProblem, type Problem } from "../mesh/common/problem";
import { type LintedOverlay, lintOverlay } from "../mesh/lint/lintOverlay";
import { lintRendered, type RenderedLint } from "../mesh/lint/lintRendered";
import { lintTogether, type Together } from "../mesh/lint/lintTogether";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { PREVIOUS_VERSION } from "../mesh/model/versions";
import type { OverlayLibrary } from "../mesh/overlay/library";
import { asFile, chartSource, checkVersionFlag, inputsOf } from "./inputs";
import { dataText, type OutputFormat, withOutput } from "./output";
import { readOverlayText } from "./overlayFiles";
import { CHART_NEWS, EXIT_FAILED, EXIT_TROUBLE, isOfCall } from "./report";
import { type StackFlags, withProgramFlag, withStackFlag } from "./stack";

interface LintFlags extends StackFlags {
  readonly istioVersion?: string;
  readonly together?: boolean;
  readonly strict?: boolean;
  readonly charts?: string;
  readonly render: boolean;
  readonly output: OutputFormat;
}

interface Linted {
  readonly file: string;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Why the overlay was not rendered. Absent where it was, or where errors stand before. */
  readonly notRendered?: string;
}

/** What only an overlay's rendered objects show; without --charts, from charts on this machine alone. */
function rendered(linted: LintedOverlay, { charts }: LintFlags): Promise<RenderedLint> {
  const offline = charts === undefined;
  return lintRendered(linted, renderTools(chartSource({ charts }), { news: CHART_NEWS, offline }));
}

async function lintFile(file: string, flags: LintFlags): Promise<Linted> {
  const text = readOverlayText(file);
  if (typeof text !== "string") {
    return { file, errors: [text], warnings: [] };
  }
  const source = { name: file, version: flags.istioVersion ?? DEFAULT_VERSION };
  const linted = lintOverlay(text, source, overlayLibrary());
  const all: RenderedLint = flags.render ? await rendered(linted, flags) : linted;
  const { errors, warnings, notRendered } = all;
  return { file, errors, warnings, ...(notRendered !== undefined && { notRendered }) };
}

/** An overlay of a stack that is one of the files. */
const isOneOf = (overlay: unknown, files: readonly string[]) =>
  typeof overlay === "string" && files.some((file) => resolve(file) === resolve(overlay));

/** The mesh of the flags with the files, which lie on top unless the stack has them already, and without. */
function meshesOf(files: readonly string[], flags: LintFlags): Together {
  const { istioVersion, stack, mesh: name, charts } = flags;
  const mesh = inputsOf({ istioVersion, stack, mesh: name, charts }, []);
  const own = mesh.overlays ?? [];
  const added = files.filter((file) => !own.some((overlay) => isOneOf(overlay, [file])));
  return {
    inputs: { ...mesh, overlays: [...own, ...added.map(asFile)] },
    without: { ...mesh, overlays: own.filter((overlay) => !isOneOf(overlay, files)) },
  };
}

/** Standard input can be read once only, and a mesh is read more than once. */
function libraryWith(texts: ReadonlyMap<string, string>): OverlayLibrary {
  const library = overlayLibrary();
  return {
    ...library,
    readFile: (path) => {
      const text = texts.get(resolve(path));
      return text === undefined ? library.readFile(path) : { kind: "text", text };
    },
  };
}

/** Judges files as overlays of one mesh, in their order. */
async function lintAll(files: readonly string[], flags: LintFlags): Promise<Linted> {
  const file = files.join(", ");
  const read = files.map((name) => [name, readOverlayText(name)] as const);
  const unread = read.flatMap(([, text]) => (typeof text === "string" ? [] : [text]));
  if (unread.length > 0) {
    return { file, errors: unread, warnings: [] };
  }
  const texts = new Map(read.map(([name, text]) => [resolve(name), String(text)]));
  const meshes = meshesOf(files, flags);
  const offline = flags.charts === undefined;
  const tools = renderTools(meshes.inputs.charts, { news: CHART_NEWS, offline });
  const library = libraryWith(texts);
  return { file, ...(await lintTogether(meshes, library, flags.render ? tools : undefined)) };
}

function linesOf({ errors, warnings }: Linted): string[] {
  return [
    ...errors.map((problem) => `error: ${formatProblem(problem)}`),
    ...warnings.map((problem) => `warning: ${formatProblem(problem)}`),
  ];
}

interface Counts {
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
}

function printText(results: readonly Linted[], { files, errors, warnings }: Counts): void {
  const summary = `${counted(files, "file")}: ${counted(errors, "error")}, ${counted(warnings, "warning")}`;
  process.stdout.write(`${[...results.flatMap(linesOf), summary].join("\n")}\n`);
}

/** Says once for each reason which files were not rendered. */
function tellNotRendered(results: readonly Linted[]): void {
  const reasons = new Set(results.flatMap(({ notRendered }) => notRendered ?? []));
  for (const reason of reasons) {
    const files = results.filter(({ notRendered }) => notRendered === reason);
    const names = files.map(({ file }) => file).join(", ");
    process.stderr.write(
      `note: not rendered, so that some faults may be unseen: ${names}: ${reason}\n`,
    );
  }
}

async function lint(files: readonly string[], flags: LintFlags): Promise<void> {
  checkVersionFlag(flags.istioVersion ?? DEFAULT_VERSION);
  const results: Linted[] = [];
  if (flags.together === true || flags.stack !== undefined) {
    results.push(await lintAll(files, flags));
  } else {
    for (const file of files) {
      results.push(await lintFile(file, flags));
    }
  }
  tellNotRendered(results);
  const errors = results.flatMap((result) => result.errors).length;
  const warnings = results.flatMap((result) => result.warnings).length;
  if (flags.output === "text") {
    printText(results, { files: files.length, errors, warnings });
  } else {
    process.stdout.write(dataText(results, flags.output));
  }
  if (results.some((result) => result.errors.some(isOfCall))) {
    process.exitCode = EXIT_TROUBLE;
  } else if (errors > 0 || (flags.strict && warnings > 0)) {
    process.exitCode = EXIT_FAILED;
  }
}

const HELP = `
Each file is judged by itself: others may set what it requires. With --stack, files are judged as overlays
of that stack, in its place where it has them already, and after its others where not. All that is wrong
with the stack is an error then, and only what the files bring is a warning.

An overlay is also rendered on top of its profile, where the charts of the version are on this machine or
named by --charts, to find what the API server would refuse. Where they are not, it says so.

Exit code: 0 fine, 1 errors, or warnings with --strict, 2 a file cannot be read.

Examples:
  mesh overlay lint overlays/*.yaml
  mesh overlay lint --strict --istio-version ${PREVIOUS_VERSION} team.yaml
  mesh overlay lint --stack prod team.yaml            # together with the overlays and inputs of a stack
  mesh overlay lint --together base.yaml team.yaml    # as overlays of one mesh, in this order
  mesh overlay lint -o json team.yaml | jq '.[].errors'
  git show main:team.yaml | mesh overlay lint -

Fields that Istio dropped are named with what takes their place; "mesh overlay migrate" rewrites them.`;

/** Returns the command `mesh overlay lint`. */
export function lintCommand(): Command {
  const command = new Command("lint")
    .description("all that is wrong with overlay files: errors, dropped fields, warnings")
    .argument("<file...>", "overlay files; - is standard input")
    .option(
      "--istio-version <version>",
      `Istio version that they are for (default: the stack's, or ${DEFAULT_VERSION})`,
    )
    .option("--together", "judge them as overlays of one mesh, in this order (default: each alone)")
    .option("--strict", "warnings fail too")
    .option("-d, --charts <source>", "folder, Helm repository or oci:// registry of Istio's charts")
    .option("--no-render", "only read the files: faster, and without rendered objects")
    .addHelpText("after", HELP);
  withStackFlag(command, "judge them together with the inputs of this Pulumi stack");
  withProgramFlag(command);
  return withOutput(command).action(lint);
}
