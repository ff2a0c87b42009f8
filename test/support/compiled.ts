import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { runFolder } from "./temporary";
import { ROOT } from "./tools";

/** What is compiled: the product, and the Pulumi programs of the tests. */
const SOURCES = [
  ...["cli", "provider", "components", "policy", "adapters", "mesh"],
  ...[join("test", "engine", "programs"), join("test", "unit", "injection", "fixtures")],
];

/** What the product finds beside its code. */
const LINKED = ["node_modules", "overlays", "package.json", "toolchain", ".toolchain"];

function sourceFiles(): string[] {
  return SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .map((file) => join(ROOT, folder, String(file)))
      .filter((file) => /\.(ts|json)$/.test(file)),
  );
}

/** Compiles all sources into a new folder. */
function compileInto(folder: string): void {
  buildSync({
    entryPoints: sourceFiles(),
    outdir: folder,
    outbase: ROOT,
    format: "cjs",
    platform: "node",
    target: "node20",
    loader: { ".json": "copy" },
    logLevel: "warning",
  });
  for (const name of LINKED) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
}

/** Gives a folder its lasting name. Another process may have been faster; both have made the same. */
function takePlace(folder: string, name: string): void {
  try {
    renameSync(folder, name);
  } catch (error) {
    if (!existsSync(name)) {
      throw error;
    }
    rmSync(folder, { recursive: true });
  }
}

/** Returns the folder of the compiled sources. The first process of a run that asks makes it. */
function compiledFolder(): string {
  const folder = join(runFolder(), "sources");
  if (!existsSync(folder)) {
    mkdirSync(runFolder(), { recursive: true });
    const unfinished = mkdtempSync(join(runFolder(), "unfinished-"));
    compileInto(unfinished);
    takePlace(unfinished, folder);
  }
  return folder;
}

/**
 * The path of a source file as JavaScript. All sources are compiled at the first call of a run, which
 * takes a second. A process that runs them starts in half the time that one with a TypeScript loader takes,
 * and tests start hundreds.
 *
 * @example compiledFile("cli/main.ts") // "/tmp/service-mesh-run-…/sources/cli/main.js"
 */
export function compiledFile(source: string): string {
  return join(compiledFolder(), source.replace(/\.ts$/, ".js"));
}
