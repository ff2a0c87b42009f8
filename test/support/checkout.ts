import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryFolder } from "./temporary";
import { ROOT } from "./tools";

/** Files that git tracks, or would: what a clone has. */
function clonedFiles(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", args, { cwd: ROOT, encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

const toolchain = (name: string) => join(ROOT, ".toolchain", name);

/** A fresh copy of this project; packages, Node.js and, if wanted, charts are shared with the original. */
export function copyOfProject({ charts = true } = {}): string {
  const folder = temporaryFolder("checkout");
  for (const file of clonedFiles()) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  mkdirSync(join(folder, ".toolchain"));
  const wanted = charts ? ["charts", "node"] : ["node"];
  for (const shared of wanted.filter((name) => existsSync(toolchain(name)))) {
    symlinkSync(toolchain(shared), join(folder, ".toolchain", shared));
  }
  return folder;
}
