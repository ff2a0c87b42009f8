/** How long to wait, in milliseconds. */
export interface GrowLimits {
  /**
   * Until the other Deployments start their updates. All start at once, unless Pulumi has too few
   * workers.
   */
  readonly startMs: number;
  /** Until the Deployments that grow are ready. */
  readonly readyMs: number;
}

/** Extra time for the gates that run before a Deployment. */
const MARGIN_SECONDS = 10 * 60;

/**
 * Returns limits that are longer than Pulumi's own wait. The wait normally ends with Pulumi's wait
 * for a Deployment, or with a gate that fails. These limits only matter if neither ends.
 *
 * @param timeoutSeconds how long Pulumi waits for a Deployment
 */
export function limitsFor(timeoutSeconds: number): GrowLimits {
  return { startMs: 20_000, readyMs: (timeoutSeconds + MARGIN_SECONDS) * 1000 };
}

interface Member {
  /** Resolves when the Deployment is ready or unchanged. Rejects when it will not become ready. */
  readonly done: Promise<unknown>;
  /** Resolves when the Deployment's update starts, with whether it loses pods. */
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

/**
 * Orders the revisions of one gateway within an update: those that gain pods go before those that
 * lose pods.
 */
export interface GrowFirst {
  /**
   * Registers a Deployment.
   *
   * @param ready resolves when the Deployment is ready or unchanged
   */
  add(name: string, ready: Promise<unknown>): void;
  /** Reports that a Deployment will not become ready, so that nothing waits for it any longer. */
  fail(name: string, error: unknown): void;
  /**
   * Called when a Deployment's update starts. Resolves when the update may go on.
   *
   * @param podsBefore the number of pods so far; `undefined` under an autoscaler, where the number is unknown and may be larger than any; 0 for a new Deployment
   * @param podsAfter the number of pods from now on; `undefined` under an autoscaler
   * @returns the other Deployments that did not start in time and were not waited for
   * @throws Error if a Deployment that grows does not become ready; no pod is removed then
   */
  turn(
    name: string,
    podsBefore: number | undefined,
    podsAfter: number | undefined,
  ): Promise<string[]>;
}

/** Returns whether the other Deployment's update started in time. */
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
 * Moves pods between the revisions of a gateway without a gap: a Deployment that loses pods waits
 * until those that gain pods are ready, and keeps its own pods if they do not become ready.
 * Pulumi's `dependsOn` cannot express this, because only the update shows which Deployments gain
 * pods and which lose them.
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
