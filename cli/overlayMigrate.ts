import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Command } from "commander";
import { dump } from "js-yaml";
import { overlayLibrary } from "../adapters/overlays";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { Change } from "../mesh/migrate/change";
import { typedGateways } from "../mesh/migrate/gateways";
import { type Migrated, migrateOverlay } from "../mesh/migrate/migrate";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import type { OverlayLibrary } from "../mesh/overlay/library";
import { resolveMesh } from "../mesh/spec/resolve";
import { asFile, checkVersionFlag, inputsOf } from "./inputs";
import { dataText, type OutputFormat, withOutput } from "./output";
import { readOverlayText } from "./overlayFiles";
import { printWarnings } from "./report";
import { type StackFlags, withProgramFlag, withStackFlag } from "./stack";

interface MigrateFlags extends StackFlags {
  readonly istioVersion?: string;
  readonly revision?: string;
  readonly gateways?: boolean;
  readonly write?: boolean;
  readonly outDir?: string;
  readonly output: OutputFormat;
}

interface Done extends Migrated {
  readonly file: string;
  readonly gateways: readonly object[];
  readonly notes: readonly string[];
}

function describe(file: string, { from, line, to, why, source, effect, byHand }: Change): string {
  const place = line === undefined ? file : `${file}:${line}`;
  const result = to === undefined ? "taken out" : `-> ${to}`;
  const rest = [
    ...(effect === undefined ? [] : [`effect: ${effect}`]),
    ...(byHand === undefined ? [] : [`by hand: ${byHand}`]),
  ];
  return [`${place}: ${from} ${result}`, `${why}; see ${source}`, ...rest].join("\n    ");
}

/**
 * Applies the overlay alone to the stack's other inputs, to find its gateways as they are
 * rendered.
 */
function withTypedGateways(done: Done, flags: MigrateFlags): Done {
  const { file, text: migratedText } = done;
  const path = asFile(file);
  const built = overlayLibrary();
  const library: OverlayLibrary = {
    ...built,
    readFile: (name) =>
      name === path ? { kind: "text", text: migratedText } : built.readFile(name),
  };
  const { overlays = [], ...inputs } = inputsOf(flags, []);
  const mesh = resolveMesh({ ...inputs, overlays: [...overlays, path] }, library);
  const document = mesh.fullLayers.find((layer) => layer.file === path)?.document ?? {};
  const { text, gateways, problems, notes } = typedGateways(
    migratedText,
    document,
    mesh.components,
    mesh,
  );
  return { ...done, text, gateways, notes, warnings: [...done.warnings, ...problems] };
}

function migrateFile(file: string, flags: MigrateFlags): Done {
  const text = readOverlayText(file);
  throwIfAny(typeof text === "string" ? [] : [text]);
  const version = flags.istioVersion ?? DEFAULT_VERSION;
  const migrated = migrateOverlay(text as string, { name: file, version }, overlayLibrary());
  throwIfAny(migrated.problems);
  const done = { ...migrated, file, gateways: [], notes: [] };
  return flags.gateways ? withTypedGateways(done, flags) : done;
}

/** Migrates all files, or reports everything that is wrong with any of them. */
function migrateAll(files: readonly string[], flags: MigrateFlags): Done[] {
  const problems: Problem[] = [];
  const done = files.flatMap((file) => {
    try {
      return [migrateFile(file, flags)];
    } catch (error) {
      if (!(error instanceof InvalidInput)) {
        throw error;
      }
      problems.push(...error.problems);
      return [];
    }
  });
  throwIfAny(problems);
  return done;
}

function tell({ file, changes, warnings, notes }: Done): void {
  const lines = changes.map((change) => describe(file, change));
  const told = lines.length === 0 ? [`${file}: nothing to migrate`] : lines;
  process.stderr.write(`${[...told, ...notes.map((note) => `note: ${note}`)].join("\n")}\n`);
  printWarnings(warnings);
}

/** @param alone whether nothing else was printed to standard output */
function gatewayConfig(done: readonly Done[], alone: boolean): string {
  const gateways = done.flatMap((one) => one.gateways);
  const config = { config: { "mesh:gateways": gateways } };
  const comment = "# For Pulumi.STACK.yaml: the gateways that are off in the overlay now.\n";
  return gateways.length === 0
    ? ""
    : `${alone ? "" : "---\n"}${comment}${dump(config, { lineWidth: -1, noRefs: true })}`;
}

function checkFlags(files: readonly string[], { write, outDir }: MigrateFlags): void {
  const both = "--write and --out-dir exclude each other";
  const input = "standard input cannot be rewritten in place";
  const reason =
    write && outDir !== undefined ? both : write && files.includes("-") ? input : undefined;
  throwIfAny(reason === undefined ? [] : [{ source: "--write", path: "", reason }]);
}

function writeTo(folder: string, done: readonly Done[]): void {
  mkdirSync(folder, { recursive: true });
  for (const { file, text } of done) {
    writeFileSync(join(folder, basename(file)), text);
  }
}

function writeInPlace(done: readonly Done[]): void {
  for (const { file, text, changes, gateways } of done) {
    if (changes.length > 0 || gateways.length > 0) {
      writeFileSync(file, text);
    }
  }
}

function print(done: readonly Done[]): void {
  const texts = done.map(({ file, text }) => (done.length > 1 ? `# ${file}\n${text}` : text));
  process.stdout.write(texts.join("---\n"));
}

function dataRow({ file, text, changes, warnings, notes, gateways }: Done) {
  return { file, overlay: text, changes, warnings, notes, gateways };
}

function writeOut(done: readonly Done[], { write, outDir, output }: MigrateFlags): void {
  if (outDir !== undefined) {
    writeTo(outDir, done);
  } else if (write) {
    writeInPlace(done);
  } else if (output === "text") {
    print(done);
  }
  process.stdout.write(
    output === "text"
      ? gatewayConfig(done, write || outDir !== undefined)
      : dataText(done.map(dataRow), output),
  );
}

function migrate(files: readonly string[], flags: MigrateFlags): void {
  checkFlags(files, flags);
  checkVersionFlag(flags.istioVersion ?? DEFAULT_VERSION);
  const done = migrateAll(files, flags);
  for (const one of done) {
    tell(one);
  }
  writeOut(done, flags);
}

const HELP = `
The report of what changed, why, and on what page Istio says so, goes to standard error. A file that
is still wrong afterwards is not written.

Exit code: 0 fine, 1 wrong input, or a file that is still wrong, 2 a file cannot be read.

Examples:
  mesh overlay migrate old.yaml > new.yaml
  mesh overlay migrate overlays/*.yaml --write
  mesh overlay migrate istio-1.4/*.yaml --out-dir overlays/     # IstioControlPlane files too
  mesh overlay migrate gateways.yaml --gateways --revision 1-31-0 --write > gateways-config.yaml`;

/** Returns the command `mesh overlay migrate`. */
export function migrateCommand(): Command {
  const command = new Command("migrate")
    .description("rewrites what Istio dropped, and IstioControlPlane files of 1.4; comments stay")
    .argument("<file...>", "overlay files; - is standard input")
    .option("--write", "rewrite the files in place")
    .option("--out-dir <folder>", "write the files to this folder")
    .option("--gateways", "make typed gateways (mesh:gateways) of those in the overlay")
    .option("-r, --revision <name>", "with --gateways: revision that the gateways are of")
    .option("--istio-version <version>", `Istio version (default: ${DEFAULT_VERSION})`)
    .addHelpText("after", HELP);
  withStackFlag(command, "with --gateways: below the overlay, this Pulumi stack");
  withProgramFlag(command);
  return withOutput(command, { folderFlag: "--out-dir" }).action(migrate);
}
