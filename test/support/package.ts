import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { x as extract } from "tar";
import { copyOfProject } from "./checkout";
import { run } from "./run";
import { runFolder, temporaryFolder } from "./temporary";
import { ROOT } from "./tools";

let packed: Promise<string> | undefined;

/** Builds the package. Its archive gets its name when it is complete: another file may ask for it. */
async function pack(archive: string): Promise<string> {
  const project = copyOfProject();
  const args = ["pack", "--json", "--loglevel=error"];
  const { code, stdout, output } = await run("npm", args, { cwd: project });
  assert.equal(code, 0, output);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [{ filename: string }];
  const unfinished = `${archive}.${process.pid}`;
  copyFileSync(join(project, filename), unfinished);
  renameSync(unfinished, archive);
  return archive;
}

/**
 * The npm package, as a registry would have it: the path of its archive. It is built once in a run of
 * the tests, since that takes half a minute.
 */
export function packedLibrary(): Promise<string> {
  const archive = join(runFolder(), "package.tgz");
  packed ??= existsSync(archive) ? Promise.resolve(archive) : pack(archive);
  return packed;
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function readPackage(folder: string): PackageJson {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;
}

/** What a registry would bring is here already; what is not asked for stays out of reach. */
function link(modules: string, names: Iterable<string>): void {
  for (const name of names) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
}

/**
 * Installs the library into a project, as a registry would have it, with what its `package.json` asks for.
 *
 * @returns the folder where the library is
 */
export async function installLibrary(project: string): Promise<string> {
  const archive = await packedLibrary();
  const modules = join(project, "node_modules");
  const installed = join(modules, "pulumi-service-mesh");
  mkdirSync(installed, { recursive: true });
  await extract({ file: archive, cwd: installed, strip: 1 });
  const { dependencies = {}, devDependencies = {} } = readPackage(project);
  const wanted = { ...readPackage(installed).dependencies, ...dependencies, ...devDependencies };
  link(
    modules,
    Object.keys(wanted).filter((own) => own !== "pulumi-service-mesh"),
  );
  return installed;
}

/** An example of the project, in a folder of its own with the packages that it asks for. */
export interface InstalledExample {
  readonly example: string;
  /** Where the library is in it. */
  readonly installed: string;
}

/** Installs the library into a copy of `examples/NAME`. */
export async function exampleWithLibrary(name: string): Promise<InstalledExample> {
  const example = temporaryFolder("example");
  cpSync(join(ROOT, "examples", name), example, { recursive: true });
  return { example, installed: await installLibrary(example) };
}

/** Makes a git repository with one commit of a folder. */
export function commitAll(folder: string): void {
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: folder,
    });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message=test");
}

/** A git repository with one commit: the project as it is here, without its packages. */
export function repositoryOfProject(): string {
  const folder = copyOfProject();
  rmSync(join(folder, "node_modules"));
  rmSync(join(folder, ".toolchain"), { recursive: true });
  commitAll(folder);
  return folder;
}
