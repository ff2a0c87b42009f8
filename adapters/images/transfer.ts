import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { RegistryFailure } from "../../mesh/images/failure";
import type { MirrorItem } from "../../mesh/images/mirror";
import type { Pins } from "../../mesh/images/pins";
import { checkArrived, decideStep, type ImageProbe, type MirrorStep } from "../../mesh/images/step";
import { CraneFailure } from "./crane";

/** How images are copied. */
export interface TransferOptions {
  /** The number of images to copy at the same time. @default 4 */
  readonly jobs?: number;
  /** The number of attempts for each image. @default 3 */
  readonly attempts?: number;
  /**
   * The pause before the second attempt, in milliseconds. Each further pause is four times as
   * long. @default 1000
   */
  readonly pauseMs?: number;
  /** Copies only this platform. @default all */
  readonly platform?: string;
  /** Whether the target may use plain HTTP or an untrusted certificate. @default false */
  readonly insecure?: boolean;
  /** Whether the source may use plain HTTP or an untrusted certificate. @default false */
  readonly insecureSource?: boolean;
  /** Whether to replace other content under a target's tag. @default false */
  readonly overwrite?: boolean;
  /** The digests that sources must have. @default any */
  readonly pins?: Pins;
  /** Ends the work, also between two attempts. */
  readonly signal?: AbortSignal;
}

/** Where images come from or go to. */
export interface Store {
  /** Returns what is there of an image. */
  probe(item: MirrorItem): Promise<ImageProbe>;
}

/** Where images go to. */
export interface MirrorTarget extends Store {
  /** @throws CraneFailure */
  put(item: MirrorItem, digest: string): Promise<void>;
}

/** An image, and what to do about it. */
export interface PlannedItem extends MirrorItem {
  readonly step: MirrorStep;
}

/** The result for one image. */
export interface Outcome extends MirrorItem {
  readonly digest?: string;
  readonly result: "copied" | "present" | "failed";
  readonly failure?: RegistryFailure;
}

/** Runs a limited number of items at the same time. The results have the order of the items. */
export function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  return Readable.from(items).map(run, { concurrency: limit }).toArray();
}

const DEFAULT_JOBS = 4;

/** Asks both sides about each image. Copies nothing. */
export function planItems(
  items: readonly MirrorItem[],
  from: Store,
  to: MirrorTarget,
  options: TransferOptions,
): Promise<PlannedItem[]> {
  const { jobs = DEFAULT_JOBS, pins = {}, overwrite } = options;
  return mapConcurrently(items, jobs, async (item) => {
    const [source, target] = await Promise.all([from.probe(item), to.probe(item)]);
    return { ...item, step: decideStep({ source, target, pin: pins[item.image], overwrite }) };
  });
}

const OTHER_CONTENT = (found: string): RegistryFailure => ({
  kind: "other",
  reason: `the target has other content under this tag (${found})`,
  fix: "mirror to another path, or replace it with --overwrite",
  passing: false,
});

const NOT_AS_PINNED = (pin: string, found: string): RegistryFailure => ({
  kind: "other",
  reason: `the source has ${found} where ${pin} is pinned`,
  fix: "find out who changed the tag; if it is right, create the pins again",
  passing: false,
});

/** Returns why a step copies nothing, in the form of other failures. */
export function stepFailure(step: MirrorStep): RegistryFailure | undefined {
  switch (step.kind) {
    case "failed":
      return { ...step.failure, reason: `${step.side}: ${step.failure.reason}` };
    case "different":
      return OTHER_CONTENT(step.found);
    case "unpinned":
      return NOT_AS_PINNED(step.digest, step.found);
    case "copy":
    case "present":
      return undefined;
  }
}

async function putChecked(item: MirrorItem, digest: string, to: MirrorTarget): Promise<void> {
  await to.put(item, digest);
  const failure = checkArrived(digest, await to.probe(item));
  if (failure !== undefined) {
    throw new CraneFailure(failure);
  }
}

const DEFAULT_ATTEMPTS = 3;
const DEFAULT_PAUSE_MS = 1000;
const PAUSE_GROWTH = 4;

/** Tries again if that may help. Each attempt continues where the last one stopped. */
async function persistently(attempt: () => Promise<void>, options: TransferOptions): Promise<void> {
  const { attempts = DEFAULT_ATTEMPTS, pauseMs = DEFAULT_PAUSE_MS, signal } = options;
  try {
    await attempt();
  } catch (error) {
    if (attempts <= 1 || !(error instanceof CraneFailure) || !error.failure.passing) {
      throw error;
    }
    await sleep(pauseMs, undefined, { signal });
    const later = { attempts: attempts - 1, pauseMs: pauseMs * PAUSE_GROWTH };
    await persistently(attempt, { ...options, ...later });
  }
}

async function carryOut(
  { step, ...item }: PlannedItem,
  to: MirrorTarget,
  options: TransferOptions,
): Promise<Outcome> {
  if (step.kind === "present") {
    return { ...item, digest: step.digest, result: "present" };
  }
  if (step.kind !== "copy") {
    return { ...item, result: "failed", failure: stepFailure(step) };
  }
  const { digest } = step;
  try {
    await persistently(() => putChecked(item, digest, to), options);
    return { ...item, digest, result: "copied" };
  } catch (error) {
    if (error instanceof CraneFailure) {
      return { ...item, digest, result: "failed", failure: error.failure };
    }
    throw error;
  }
}

/**
 * Carries out the plan. An image that fails does not stop the others.
 *
 * @param done called after each image
 */
export function transferImages(
  plan: readonly PlannedItem[],
  to: MirrorTarget,
  options: TransferOptions,
  done: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  return mapConcurrently(plan, options.jobs ?? DEFAULT_JOBS, async (item) => {
    const outcome = await carryOut(item, to, options);
    done(outcome);
    return outcome;
  });
}
