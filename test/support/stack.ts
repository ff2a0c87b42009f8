import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { until } from "../node/wait";
import { type Finished, run } from "./run";
import { temporaryFolder } from "./temporary";
import { ROOT, type Tools } from "./tools";

/** What the engine did, or would do, to one resource. */
export interface Step {
  readonly op: string;
  readonly type: string;
  readonly name: string;
}

/** An engine command with the steps other than "same". */
export interface Update extends Finished {
  readonly changes: readonly Step[];
  /** What the engine was told is wrong. */
  readonly errors: readonly string[];
}

/** How long a command may take until it says what a test waits for. */
const SAID_MS = 120_000;

/**
 * For an update that has to end well: the state is saved once, and not after each step. To write it
 * for each step takes Pulumi half of its processor time, as the state has all CRDs.
 */
const SAVED_AT_END = { PULUMI_SKIP_CHECKPOINTS: "true" };

type Config = Readonly<Record<string, unknown>>;

interface EngineEvent {
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
  readonly resourcePreEvent?: { readonly metadata: { readonly op: string; readonly urn: string } };
}

/** A URN is `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`. */
function toStep({ op, urn }: { op: string; urn: string }): Step {
  const [, , types = "", ...name] = urn.split("::");
  return { op, type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

function readEvents(eventLog: string): EngineEvent[] {
  if (!existsSync(eventLog)) {
    return [];
  }
  return readFileSync(eventLog, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as EngineEvent);
}

function errorsIn(events: readonly EngineEvent[]): string[] {
  return events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : [],
  );
}

function stepsIn(events: readonly EngineEvent[]): Step[] {
  return events
    .flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [resourcePreEvent.metadata] : []))
    .map(toStep);
}

/**
 * This project's program on the real engine, in a project folder and a file backend of its own, so
 * that neither the checkout nor the user's stacks are touched.
 */
export class TestStack {
  readonly folder = temporaryFolder("stack");
  /** Where the manifests go. */
  readonly rendered = join(this.folder, "rendered");
  private readonly eventLog = join(this.folder, "events.json");
  private config: Config = {};

  private constructor(
    readonly tools: Tools,
    readonly name: string,
  ) {}

  /** A stack with the configuration of the project's `dev` stack. */
  static dev(tools: Tools): Promise<TestStack> {
    const text = readFileSync(join(ROOT, "Pulumi.dev.yaml"), "utf8");
    return TestStack.create(tools, "dev", (load(text) as { config: Config }).config);
  }

  static async create(tools: Tools, name: string, config: Config): Promise<TestStack> {
    const stack = new TestStack(tools, name);
    mkdirSync(join(stack.folder, "state"));
    stack.writeProject();
    await stack.succeed(["stack", "init", name]);
    stack.configure({
      "mesh:charts": { kind: "folder", path: tools.charts },
      "mesh:renderDirectory": stack.rendered,
      ...Object.fromEntries(Object.entries(config).filter(([key]) => key !== "mesh:charts")),
    });
    return stack;
  }

  private writeProject(): void {
    const project = load(readFileSync(join(ROOT, "Pulumi.yaml"), "utf8")) as Config;
    const main = join(ROOT, project.main as string);
    writeFileSync(join(this.folder, "Pulumi.yaml"), dump({ ...project, main }));
  }

  private get configFile(): string {
    return join(this.folder, `Pulumi.${this.name}.yaml`);
  }

  /** Adds keys to the stack's configuration; `undefined` takes one away. */
  configure(keys: Config): void {
    const all = Object.entries({ ...this.config, ...keys }).filter(([, v]) => v !== undefined);
    this.config = Object.fromEntries(all);
    const file = existsSync(this.configFile)
      ? (load(readFileSync(this.configFile, "utf8")) as object)
      : {};
    writeFileSync(this.configFile, dump({ ...file, config: this.config }, { skipInvalid: true }));
  }

  /** Sets a configuration value that is kept encrypted; after every {@link configure}. */
  async setSecret(path: string, value: string): Promise<void> {
    const flags = ["--stack", this.name, "--path", "--secret"];
    await this.succeed(["config", "set", ...flags, path, "--", value]);
  }

  /** What Pulumi, and the command, find the stack by. */
  get environment(): NodeJS.ProcessEnv {
    return {
      PULUMI_HOME: this.tools.home,
      PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_COMMANDS: "true",
    };
  }

  /** The environment of a command that looks for Pulumi by itself, as a user's shell has it. */
  get shell(): NodeJS.ProcessEnv {
    const path = [dirname(this.tools.pulumi), process.env.PATH].join(delimiter);
    return { ...this.environment, PATH: path };
  }

  /** `pulumi …` in the stack's folder. */
  pulumi(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return run(this.tools.pulumi, args, {
      cwd: this.folder,
      env: { ...this.environment, ...env },
    });
  }

  private async succeed(args: readonly string[]): Promise<Finished> {
    const finished = await this.pulumi(args);
    assert.equal(finished.code, 0, finished.output);
    return finished;
  }

  private async update(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Update> {
    rmSync(this.eventLog, { force: true });
    const flags = ["--stack", this.name, "--event-log", this.eventLog];
    const finished = await this.pulumi([...args, ...flags], env);
    const events = readEvents(this.eventLog);
    const changes = stepsIn(events).filter(({ op }) => op !== "same");
    return { ...finished, changes, errors: errorsIn(events) };
  }

  private async updateWell(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Update> {
    const update = await this.update(args, env);
    assert.equal(update.code, 0, update.output);
    return update;
  }

  preview(flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Update> {
    return this.updateWell(["preview", ...flags], env);
  }

  up(flags: readonly string[] = []): Promise<Update> {
    return this.updateWell(["up", "--yes", "--skip-preview", ...flags], SAVED_AT_END);
  }

  /** An update that ends as it ends: it may be killed. Its state is saved after each step. */
  attempt(): Promise<Update> {
    return this.update(["up", "--yes", "--skip-preview"]);
  }

  /** The process that holds the stack's lock; `undefined` while nothing runs. */
  lockHolder(): number | undefined {
    const folder = join(this.folder, "state", ".pulumi", "locks");
    const entries = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
    const lock = entries.map(String).find((file) => file.endsWith(".json"));
    return lock === undefined
      ? undefined
      : (JSON.parse(readFileSync(join(folder, lock), "utf8")) as { pid: number }).pid;
  }

  /** Waits until the command that runs now has said something. */
  async untilSaid(text: string): Promise<void> {
    const log = () => (existsSync(this.eventLog) ? readFileSync(this.eventLog, "utf8") : "");
    await until(
      () => log().includes(text),
      SAID_MS,
      () => `it did not say "${text}"; errors: ${errorsIn(readEvents(this.eventLog)).join("\n")}`,
    );
  }

  /** Takes away the lock of an update that was killed, and a file that it left empty. */
  async unlock(): Promise<void> {
    this.removeEmptyAttributes();
    await this.succeed(["cancel", "--yes", "--stack", this.name]);
  }

  /** Pulumi's file backend writes these not whole or not at all, and then ends with "EOF". */
  private removeEmptyAttributes(): void {
    const folder = join(this.folder, "state", ".pulumi", "stacks");
    for (const file of readdirSync(folder, { recursive: true }).map(String)) {
      const path = join(folder, file);
      if (file.endsWith(".attrs") && statSync(path).size === 0) {
        rmSync(path);
      }
    }
  }

  /** The provider has nothing to read in render mode; told so, it keeps the state. */
  refresh(): Promise<Update> {
    const env = { PULUMI_K8S_SKIP_UPDATE_UNREACHABLE: "true" };
    return this.updateWell(["refresh", "--yes", "--skip-preview"], env);
  }

  destroy(flags: readonly string[] = []): Promise<Update> {
    return this.updateWell(["destroy", "--yes", "--skip-preview", ...flags], SAVED_AT_END);
  }

  /** A command that has to fail. */
  async failure(command: "preview" | "up" | "destroy" = "up"): Promise<Update> {
    const flags = {
      preview: [],
      up: ["--yes", "--skip-preview"],
      destroy: ["--yes", "--skip-preview", "--run-program"],
    };
    const update = await this.update([command, ...flags[command]]);
    assert.notEqual(update.code, 0, update.output);
    return update;
  }

  /** Puts another state in place of the stack's. */
  async importState(text: string): Promise<void> {
    const file = join(this.folder, "imported.json");
    writeFileSync(file, text);
    await this.succeed(["stack", "import", "--stack", this.name, "--file", file]);
  }

  /** The state as it lies on disk. */
  async stateText(): Promise<string> {
    const { stdout } = await this.succeed(["stack", "export", "--stack", this.name]);
    return stdout;
  }
}
