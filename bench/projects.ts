import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dump } from "js-yaml";
import { pulumiProgram } from "../toolchain/setup";
import type { MeasuredCommand } from "./measure";

/** The repository. */
export const ROOT = join(__dirname, "..");

const STACK = "bench";

export type Config = Readonly<Record<string, unknown>>;

interface ProjectOptions {
  /** PULUMI_HOME. */
  readonly home: string;
  readonly name: string;
  /** The program, as in `main` of Pulumi.yaml. */
  readonly main: string;
  readonly runtimeOptions?: object;
}

/** A Pulumi project with its own state, in its own folder. */
export class Project {
  readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly program: string;

  constructor({ home, name, main, runtimeOptions = {} }: ProjectOptions) {
    this.folder = mkdtempSync(join(tmpdir(), `mesh-bench-${name}-`));
    const state = join(this.folder, "state");
    mkdirSync(state);
    const runtime = { name: "nodejs", options: { typescript: false, ...runtimeOptions } };
    writeFileSync(join(this.folder, "Pulumi.yaml"), dump({ name, runtime, main }));
    this.program = pulumiProgram({ home });
    this.env = {
      ...process.env,
      PULUMI_HOME: home,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
  }

  configure(config: Config): void {
    writeFileSync(join(this.folder, `Pulumi.${STACK}.yaml`), dump({ config }));
  }

  /** Returns a Pulumi command on the project's stack, to be timed. */
  command(...args: readonly string[]): MeasuredCommand {
    return {
      program: this.program,
      args: [...args, "--stack", STACK, "--non-interactive"],
      cwd: this.folder,
      env: this.env,
    };
  }

  preview(): MeasuredCommand {
    return this.command("preview");
  }

  /** Runs a Pulumi command outside the measured time. Throws with its output if it fails. */
  run(...given: readonly string[]): string {
    const { program, args, cwd, env } = this.command(...given);
    const done = spawnSync(program, args, { cwd, env, encoding: "utf8" });
    if (done.status !== 0) {
      throw new Error(`pulumi ${given.join(" ")}\n${done.stdout}\n${done.stderr}`);
    }
    return done.stdout;
  }

  up(config?: Config): void {
    if (config !== undefined) {
      this.configure(config);
    }
    this.run("up", "--yes", "--skip-preview");
  }

  stateKib(): number {
    const stacks = join(this.folder, "state", ".pulumi", "stacks");
    const files = readdirSync(stacks, { recursive: true }).map(String);
    const file = files.find((name) => name.endsWith(`${STACK}.json`)) ?? "";
    return statSync(join(stacks, file)).size / 1024;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A program that declares nothing, to measure Pulumi itself. */
export function emptyProject(home: string): Project {
  const project = new Project({ home, name: "empty", main: "index.js" });
  writeFileSync(join(project.folder, "package.json"), "{}");
  writeFileSync(join(project.folder, "index.js"), 'require("@pulumi/pulumi");\n');
  symlinkSync(join(ROOT, "node_modules"), join(project.folder, "node_modules"));
  project.configure({});
  project.run("stack", "init");
  return project;
}

/** This repository's program. */
export function meshProject(home: string, name: string, config: Config): Project {
  const nodeargs = `--require ${join(ROOT, "toolchain", "program.cjs")}`;
  const main = join(ROOT, "index.ts");
  const project = new Project({ home, name, main, runtimeOptions: { nodeargs } });
  project.configure(config);
  project.run("stack", "init");
  return project;
}
