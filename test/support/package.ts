import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { copyOfProject } from "./checkout";
import { run } from "./run";

let packed: Promise<string> | undefined;

async function pack(): Promise<string> {
  const project = copyOfProject();
  const args = ["pack", "--json", "--loglevel=error"];
  const { code, stdout, output } = await run("npm", args, { cwd: project });
  assert.equal(code, 0, output);
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as [{ filename: string }];
  return join(project, filename);
}

/** The npm package, as a registry would have it: the path of its archive. It is built once. */
export function packedLibrary(): Promise<string> {
  packed ??= pack();
  return packed;
}

/** A git repository with one commit: the project as it is here, without its packages. */
export function repositoryOfProject(): string {
  const folder = copyOfProject();
  rmSync(join(folder, "node_modules"));
  rmSync(join(folder, ".toolchain"), { recursive: true });
  const git = (...args: readonly string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], {
      cwd: folder,
    });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message=test");
  return folder;
}
