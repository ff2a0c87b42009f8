/** How long to wait, in milliseconds. */
export interface GrowLimits {
  /** For the other Deployments' turn to come. They all come at once, unless Pulumi has too few workers. */
  readonly startMs: number;
  /** For those that grow to be ready. */
  readonly readyMs: number;
}

/** For the gates before a Deployment. */
const MARGIN_SECONDS = 10 * 60;

/**
 * The wait ends with Pulumi's own wait for a Deployment, or with a gate that shuts; a limit of its
 * own is for what ends neither way.
 *
 * @param timeoutSeconds how long Pulumi waits for a Deployment
 */
export function limitsFor(timeoutSeconds: number): GrowLimits {
  return { startMs: 20_000, readyMs: (timeoutSeconds + MARGIN_SECONDS) * 1000 };
}

interface Member {
  /** Resolves once it is ready, or unchanged; rejects when it is not going to be. */
  readonly done: Promise<unknown>;
  /** Resolves when its turn has come, with whether it loses pods. */
  readonly started: Promise<boolean>;
  readonly start: (shrinks: boolean) => void;
  readonly fail: (error: unknown) => void;
}

function member(ready: Promise<unknown>): Member {
  let start: Member["start"] = () => undefined;
  let fail: Member["fail"] = () => undefined;
  const started = new Promise<boolean>((resolve) => {
    start = resolve;
  });
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  const done = Promise.race([ready, failed]);
  for (const promise of [done, failed]) {
    promise.catch(() => undefined);
  }
  return { done, started, start, fail };
}

const LATE = Symbol("late");

async function within<T>(promise: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The revisions of one gateway in one update: those that gain pods go before those that lose some. */
export interface GrowFirst {
  /**
   * Announces a Deployment.
   *
   * @param ready resolves once it is ready, or unchanged
   */
  add(name: string, ready: Promise<unknown>): void;
  /** Tells that a Deployment is not going to be ready: what waits for it need not wait on. */
  fail(name: string, error: unknown): void;
  /**
   * Called when a Deployment's turn has come; ends when it may go on.
   *
   * @param podsBefore its number of pods so far; `undefined` under an autoscaler, whose number is not
   * known and may be larger than any; 0 for a new one
   * @param podsAfter its number of pods from now on; `undefined` under an autoscaler
   * @returns others whose turn did not come in time, and that were not waited for
   * @throws Error when one that grows does not become ready: no pod is taken away then
   */
  turn(
    name: string,
    podsBefore: number | undefined,
    podsAfter: number | undefined,
  ): Promise<string[]>;
}

/** Whether the other one's turn came in time. */
async function waitFor(
  name: string,
  other: string,
  its: Member,
  limits: GrowLimits,
): Promise<boolean> {
  const kept = () =>
    new Error(`${name} keeps its pods, since ${other}, which is to take over, is not ready`);
  const finished = its.done.then(
    () => true,
    () => Promise.reject(kept()),
  );
  finished.catch(() => undefined);
  const turn = await within(Promise.race([its.started, finished]), limits.startMs);
  if (turn === LATE || turn) {
    return turn !== LATE;
  }
  if ((await within(finished, limits.readyMs)) === LATE) {
    throw kept();
  }
  return true;
}

/**
 * Makes the revisions of a gateway change places without a gap: a Deployment that loses pods waits
 * until those that gain some are ready, and keeps its own where they do not become so. Pulumi's
 * `dependsOn` cannot say that, since which way the pods move is known only during the update.
 */
export function growFirst(limits: GrowLimits): GrowFirst {
  const members = new Map<string, Member>();
  return {
    add(name, ready) {
      members.set(name, member(ready));
    },
    fail(name, error) {
      members.get(name)?.fail(error);
    },
    async turn(name, podsBefore, podsAfter) {
      const shrinks =
        podsAfter !== undefined && podsAfter < (podsBefore ?? Number.POSITIVE_INFINITY);
      members.get(name)?.start(shrinks);
      if (!shrinks) {
        return [];
      }
      const others = [...members].filter(([other]) => other !== name);
      const came = await Promise.all(
        others.map(([other, its]) => waitFor(name, other, its, limits)),
      );
      return others.map(([other]) => other).filter((_, index) => !came[index]);
    },
  };
}
