import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { lock } from "proper-lockfile";
import type { Places } from "./places";
import type { System } from "./types";

/** Milliseconds without a sign of life after which the holder of a lock is considered dead. */
const staleMs = 20_000;

/** Milliseconds between two attempts to get a lock. */
const pollMs = 1000;

interface Waiting {
  readonly system: Pick<System, "sleep">;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /**
   * Called if a lock is lost while it is held, for example after the machine was asleep for a long
   * time.
   */
  readonly lost: (error: Error) => void;
}

/**
 * Returns the files to lock. Different runs may share PULUMI_HOME or the project's tools, so both
 * are locked, always in this order. A run that holds the second lock waits for no other, so two
 * runs cannot wait for each other.
 */
export function lockFiles(places: Places): string[] {
  return [
    join(places.home, ".service-mesh-setup.json"),
    join(places.toolchain, ".service-mesh-setup.json"),
  ];
}

/** Runs work while holding the locks. Waits for the locks first, and says who holds them. */
export async function withLocks<T>(
  files: readonly string[],
  waiting: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  const [file, ...rest] = files;
  if (file === undefined) {
    return work();
  }
  const release = await acquire(file, waiting);
  try {
    return await withLocks(rest, waiting, work);
  } finally {
    // A lost lock cannot be released, and the loss is already reported.
    await release().catch(() => undefined);
  }
}

async function acquire(file: string, waiting: Waiting): Promise<() => Promise<void>> {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "", { flag: "a" });
  let told = "";
  for (;;) {
    waiting.signal.throwIfAborted();
    const release = await tryLock(file, waiting);
    if (release !== undefined) {
      writeFileSync(file, `${JSON.stringify({ pid: process.pid, since: new Date() })}\n`);
      return release;
    }
    const text = `waiting for ${holderOf(file)}, which holds ${file}`;
    if (text !== told) {
      waiting.say(text);
      told = text;
    }
    await waiting.system.sleep(pollMs, waiting.signal);
  }
}

async function tryLock(file: string, waiting: Waiting): Promise<(() => Promise<void>) | undefined> {
  try {
    return await lock(file, {
      stale: staleMs,
      onCompromised: (error) =>
        waiting.lost(new Error(`the lock ${file} was lost: ${error.message}`)),
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") {
      return undefined;
    }
    throw error;
  }
}

function holderOf(file: string): string {
  try {
    const { pid, since } = JSON.parse(readFileSync(file, "utf8"));
    return `the set-up of process ${pid} (since ${since})`;
  } catch {
    return "another set-up";
  }
}
