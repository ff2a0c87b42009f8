import { type ChildProcess, spawn } from "node:child_process";
import type { Measurement } from "../../mesh/gates/decide";
import { keptOutput } from "../../mesh/gates/output";
import type { CommandGate } from "../../mesh/model/gateInputs";
import { commandLine, outsideCall } from "../outsideCalls";

/** Where and how a gate's command runs. */
export interface CommandPlace {
  /** The folder of Pulumi.yaml. */
  readonly folder: string;
  /** What is added to the environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Ends the command. */
  readonly signal?: AbortSignal;
}

const DEFAULT_LIMIT_SECONDS = 60;

/** The most that is kept of what a command prints, in characters: enough to find its end in. */
const KEPT_CHARACTERS = 1 << 16;

/** The command leads a process group of its own, so that what it started ends with it. */
function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) {
      process.kill(-pid, "SIGKILL");
    }
  } catch {
    // It has ended already.
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly isLate: boolean;
}

function runCommand(
  { command, timeLimit = DEFAULT_LIMIT_SECONDS }: CommandGate,
  { folder, variables, signal: stop }: CommandPlace,
): Promise<Ended> {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...process.env, ...variables },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let [output, isLate] = ["", false];
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString("utf8")).slice(-KEPT_CHARACTERS);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const end = () => endGroup(child);
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, timeLimit * 1000);
    stop?.addEventListener("abort", end, { once: true });
    const settle = () => {
      clearTimeout(timer);
      stop?.removeEventListener("abort", end);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    child.once("close", (code, signal) => {
      settle();
      resolve({ code, signal, output, isLate });
    });
  });
}

function howItEnded({ code, signal, isLate }: Ended, { timeLimit }: CommandGate): string {
  if (isLate) {
    return `did not end within ${timeLimit ?? DEFAULT_LIMIT_SECONDS} s`;
  }
  return code === null ? `was ended by ${signal}` : `exit code ${code}`;
}

/**
 * Runs a gate's command once. Exit code 0 is good. A program that cannot be started makes the gate
 * impossible to measure.
 */
export async function measureCommand(gate: CommandGate, place: CommandPlace): Promise<Measurement> {
  try {
    const [program = "", ...args] = gate.command;
    const ended = await outsideCall(
      commandLine(program, args),
      () => runCommand(gate, place),
      (end) => howItEnded(end, gate),
    );
    const isGood = ended.code === 0 && !ended.isLate;
    const saw = `${gate.command.join(" ")}: ${howItEnded(ended, gate)}${keptOutput(ended.output)}`;
    return { outcome: isGood ? "good" : "bad", saw };
  } catch (error) {
    return { outcome: "impossible", saw: `it cannot be started: ${(error as Error).message}` };
  }
}
