import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunRequest, RunResult, System } from "./types";

/** Milliseconds that a program gets to end before it is killed. */
const graceMs = 5000;

/** The number of characters to keep of a program's output. The end is kept. */
const keptOutput = 1_000_000;

/** The real machine. */
export function realSystem(): System {
  return {
    run,
    now: () => performance.now(),
    sleep: async (milliseconds, signal) => {
      await sleep(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    env: process.env,
    goFolders: ["/usr/local/go/bin"],
  };
}

/**
 * A program gets its own process group, so that programs which it starts (a compiler, for example)
 * end with it; libraries for running programs end the program alone. It gets no input, so that it
 * cannot wait for an answer.
 */
function run(request: RunRequest): Promise<RunResult> {
  request.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(request.command, request.args, {
      cwd: request.cwd,
      env: request.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = { stdout: collect(child, "stdout"), stderr: collect(child, "stderr") };
    const watch = endWhenAsked(child, request);
    child.once("error", (error) => {
      watch.stop();
      resolve({ code: undefined, stdout: "", stderr: error.message, timedOut: false });
    });
    child.once("close", (code) => {
      watch.stop();
      if (request.signal.aborted) {
        reject(request.signal.reason);
        return;
      }
      resolve({
        code: code ?? undefined,
        stdout: output.stdout(),
        stderr: output.stderr(),
        timedOut: watch.timedOut(),
      });
    });
  });
}

function collect(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  let text = "";
  child[name]?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-keptOutput);
  });
  return () => text;
}

/** Ends the program on time-out, on abort, and when this process exits. */
function endWhenAsked(child: ChildProcess, request: RunRequest) {
  let timedOut = false;
  let killer: NodeJS.Timeout | undefined;
  const end = () => {
    signalGroup(child, "SIGTERM");
    killer ??= setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
  };
  const kill = () => signalGroup(child, "SIGKILL");
  const timer =
    request.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          end();
        }, request.timeoutMs);
  request.signal.addEventListener("abort", end, { once: true });
  process.once("exit", kill);
  return {
    timedOut: () => timedOut,
    stop: () => {
      clearTimeout(timer);
      clearTimeout(killer);
      request.signal.removeEventListener("abort", end);
      process.removeListener("exit", kill);
    },
  };
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) {
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group has already ended.
  }
}
