import { delimiter, dirname } from "node:path";
import type { EngineEvent, Stack, UpdateSummary } from "@pulumi/pulumi/automation";
import { outsideCall } from "../outsideCalls";
import { knownFix, pulumiCommand } from "./command";
import { hasEnded, holderText, isConflict, lockHolder } from "./lock";
import { PAUSE_TAG } from "./pauseTag";

/** How many resources an operation of Pulumi changes, by the operation. */
export type Changes = Readonly<Record<string, number>>;

/** How a preview or an update ended. */
export type EngineResult =
  | {
      readonly kind: "succeeded";
      /** Without resources that stay the same, and without what is in Pulumi's state alone. */
      readonly changes: Changes;
      /** What the program said. */
      readonly says: readonly string[];
    }
  | { readonly kind: "failed"; readonly errors: readonly string[] }
  /** Pulumi was interrupted: it has let the steps under way end, and begun no other. */
  | { readonly kind: "interrupted" }
  /** Another update runs. */
  | { readonly kind: "locked"; readonly by: string; readonly hasEnded: boolean };

/** An update of the stack, as its backend keeps it. */
export interface PastUpdate {
  /** The same for the same update. */
  readonly id: string;
  /** In milliseconds since 1970. */
  readonly began: number;
  readonly title: string;
}

/** A stack that can be previewed and updated. */
export interface StackEngine {
  preview(): Promise<EngineResult>;
  /**
   * @param message what the stack's history says of the update
   * @param progressed called with the number of resources that are done
   */
  up(message: string, progressed?: (done: number) => void): Promise<EngineResult>;
  lastUpdate(): Promise<PastUpdate | undefined>;
  /** Takes away the lock of an update that has ended without doing so itself. */
  unlock(): Promise<void>;
  /** Returns when a pause was asked for. `undefined` if it was not, or the backend does not say. */
  pauseAskedFor(): Promise<string | undefined>;
  /** Takes away what asks for a pause. */
  clearPause(): Promise<void>;
}

/** What a program says to people. The engine says more, to those who look for its faults. */
const SAID: readonly string[] = ["info", "warning"];

/** How a user stops what runs. */
export interface EngineSignals {
  /** The user wants an end. */
  readonly stopped: AbortSignal;
  /** Has Pulumi interrupted. A terminal does so itself: a second time would end Pulumi at once. */
  readonly interrupt: AbortSignal;
}

/** Components, the facts of a mesh and markers: they are in Pulumi's state, and in no cluster. */
const IN_STATE_ALONE = /^(servicemesh:|pulumi:index:Stash$)/;

/** Returns the numbers of changes without those of some resources. */
function without(changes: Changes, ops: readonly string[]): Changes {
  const left = Object.entries(changes).map(
    ([op, count]) => [op, count - ops.filter((one) => one === op).length] as const,
  );
  return Object.fromEntries(left.filter(([op, count]) => op !== "same" && count > 0));
}

/** What happens while Pulumi runs. */
export class Events {
  readonly errors: string[] = [];
  readonly says: string[] = [];
  changes: Changes = {};
  done = 0;
  /** The operations on what is in Pulumi's state alone. */
  private readonly opsInState: string[] = [];

  constructor(private readonly progressed: (done: number) => void) {}

  take({ diagnosticEvent, summaryEvent, resourcePreEvent, resOutputsEvent }: EngineEvent): void {
    if (diagnosticEvent !== undefined && diagnosticEvent.ephemeral !== true) {
      this.hear(diagnosticEvent);
    }
    if (resourcePreEvent !== undefined && IN_STATE_ALONE.test(resourcePreEvent.metadata.type)) {
      this.opsInState.push(resourcePreEvent.metadata.op);
    }
    if (summaryEvent !== undefined) {
      this.changes = without((summaryEvent.resourceChanges ?? {}) as Changes, this.opsInState);
    }
    if (resOutputsEvent !== undefined && resOutputsEvent.metadata.op !== "same") {
      this.done += 1;
      this.progressed(this.done);
    }
  }

  private hear({ severity, message }: { severity: string; message: string }): void {
    const text = message.replace(/<\{%[^%]*%\}>/g, "").trim();
    if (severity === "error") {
      this.errors.push(text);
    } else if (SAID.includes(severity)) {
      this.says.push(text);
    }
  }
}

/** The part of Pulumi's errors that says how a command ended. */
interface Failure {
  readonly message: string;
  readonly commandResult?: { readonly stderr: string; readonly stdout: string };
}

function resultOf(error: unknown, events: Events, stopped: AbortSignal): EngineResult {
  const { message, commandResult } = error as Failure;
  const text = commandResult === undefined ? message : `${commandResult.stderr}\n${message}`;
  if (isConflict(text)) {
    const holder = lockHolder(text);
    const by = holder === undefined ? "somebody else" : holderText(holder);
    return { kind: "locked", by, hasEnded: holder !== undefined && hasEnded(holder) };
  }
  if (stopped.aborted) {
    return { kind: "interrupted" };
  }
  const errors = events.errors.length > 0 ? events.errors : [text.trim()];
  const fix = knownFix(errors.join("\n"));
  return { kind: "failed", errors: fix === undefined ? errors : [...errors, `fix: ${fix}`] };
}

function pastUpdate({ startTime, kind, version, result }: UpdateSummary): PastUpdate {
  const began = new Date(startTime);
  const number = version === undefined || version === 0 ? "" : ` ${version}`;
  return {
    id: `${version} ${began.toISOString()}`,
    began: began.getTime(),
    title: `${kind}${number} of ${began.toISOString()} (${result})`,
  };
}

/** Pulumi's own client runs the command on PATH: that of the project goes first. */
function usePulumiOf(folder: string): void {
  const command = pulumiCommand(folder);
  if (command !== undefined) {
    process.env.PATH = [dirname(command), process.env.PATH ?? ""].join(delimiter);
  }
}

/** Loaded only where it is asked for: it takes a second. */
function automation(): typeof import("@pulumi/pulumi/automation") {
  return require("@pulumi/pulumi/automation");
}

/** To select a stack is to change what the user's next command works on, so it is left out. */
async function openStack(folder: string, name: string): Promise<Stack> {
  const { LocalWorkspace, Stack: Opened } = automation();
  usePulumiOf(folder);
  const workspace = await LocalWorkspace.create({
    workDir: folder,
    envVars: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  workspace.selectStack = async () => {};
  return Opened.select(name, workspace);
}

/**
 * Opens a stack of a project through Pulumi's Automation API, with the user's own command, login and
 * program.
 *
 * @param name as Pulumi's commands take it
 * @see https://www.pulumi.com/docs/iac/automation-api/
 */
export async function openEngine(
  folder: string,
  name: string,
  { stopped, interrupt: signal }: EngineSignals,
): Promise<StackEngine> {
  const stack = await openStack(folder, name);
  async function running(
    what: string,
    run: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
    progressed: (done: number) => void = () => {},
  ): Promise<EngineResult> {
    const events = new Events(progressed);
    try {
      await outsideCall(
        `pulumi ${what} --stack ${name}`,
        () => run((event) => events.take(event)),
        () => "exit code 0",
      );
      return { kind: "succeeded", changes: events.changes, says: events.says };
    } catch (error) {
      return resultOf(error, events, stopped);
    }
  }
  /** A backend that does not answer for a moment stops no upgrade. */
  const pauseAskedFor = () =>
    stack.listTags().then(
      (tags): string | undefined => tags[PAUSE_TAG],
      () => undefined,
    );
  return {
    preview: () => running("preview", (onEvent) => stack.preview({ onEvent, signal })),
    up: (message, progressed) =>
      running("up", (onEvent) => stack.up({ message, onEvent, signal }), progressed),
    async lastUpdate() {
      const summary = await stack.info(false);
      return summary === undefined ? undefined : pastUpdate(summary);
    },
    unlock: () => stack.cancel(),
    pauseAskedFor,
    async clearPause() {
      if ((await pauseAskedFor()) !== undefined) {
        await stack.removeTag(PAUSE_TAG);
      }
    },
  };
}
