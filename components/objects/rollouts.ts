import { setTimeout as delay } from "node:timers/promises";
import { hasPods } from "../../adapters/cluster/rolloutState";
import {
  awaitNewPods,
  explainFailure,
  type Rollout,
  watchRollout,
} from "../../adapters/failure/explainRollout";
import { waitsForAddress } from "../../mesh/failure/noAddress";
import type { Clock } from "../../mesh/guard/waiting";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import type { ClusterSession } from "../pulumi/clusterSession";
import { errorHook, resourceHook } from "../pulumi/hooks";
import * as pulumi from "../pulumi/sdk";
import { CLOCK, known } from "./guards";

/** Watches workloads, and Services without an address, while an update waits; explains failures. */
export interface Rollouts {
  /**
   * Returns the hooks that watch a workload, or a Service that waits for its address; none for other
   * objects.
   *
   * @param resource the name of its resource
   * @param seconds how long the update waits for it
   */
  hooks(resource: string, object: K8sObject, seconds: number): pulumi.ResourceHookBinding;
  /** Calls `tell` if a workload's resource fails, for others that wait for it. */
  whenFailed(resource: string, tell: (error: Error) => void): void;
}

/**
 * Returns a clock whose sleep ends with an error when it is stopped. It does not keep the program
 * running.
 */
function stoppable(signal: AbortSignal): Clock {
  const sleep = (milliseconds: number) => delay(milliseconds, undefined, { signal, ref: false });
  return { ...CLOCK, sleep };
}

/** Returns the resource at which Pulumi shows a message: the one that a hook runs for. */
export function resourceAt(urn: string): pulumi.Resource {
  return { urn: pulumi.output(urn) } as pulumi.Resource;
}

/**
 * Returns hooks that are the same for all workloads and are registered in every run, because
 * Pulumi finds them by name when it deletes a workload that the program no longer declares.
 *
 * @param name the name of the hooks; unique in the program, and the same in each run
 * @param explainMore returns what else is known about a cause, such as the owner of a webhook
 */
export function followRollouts(
  name: string,
  session: ClusterSession,
  explainMore: (text: string) => Promise<string | undefined> = async () => undefined,
): Rollouts {
  const seconds = new Map<string, number>();
  const listeners = new Map<string, (error: Error) => void>();
  const watched = new Map<string, AbortController>();
  const began = new Map<string, number>();

  const rolloutOf = async (resource: string, inputs: unknown): Promise<Rollout> => ({
    object: await known(inputs as K8sObject),
    seconds: seconds.get(resource) ?? 0,
  });
  const stop = (urn: string) => {
    watched.get(urn)?.abort();
    watched.delete(urn);
  };

  const begin = resourceHook(`${name}:rollout-begins`, async (args) => {
    const cluster = await session.cluster();
    if (cluster === undefined) {
      return;
    }
    const rollout = await rolloutOf(args.name, args.newInputs);
    began.set(args.urn, CLOCK.now());
    const stopping = new AbortController();
    watched.set(args.urn, stopping);
    // Nothing waits for this promise, and the update continues meanwhile.
    void watchRollout(cluster, rollout, stoppable(stopping.signal)).then((warning) =>
      warning === undefined ? undefined : pulumi.log.warn(warning, resourceAt(args.urn)),
    );
  });
  const end = resourceHook(`${name}:rollout-ends`, ({ urn }) => stop(urn));
  /** Tells others that wait for a workload, and returns what to say. */
  const explained = async (resource: string, { object }: Rollout, text: string) => {
    const more = await explainMore(text);
    listeners.get(resource)?.(new Error(`${objectTitle(object)} did not come up`));
    return more === undefined ? text : `${text}\n${more}`;
  };
  const settled = resourceHook(`${name}:rollout-settles`, async (args) => {
    const cluster = await session.cluster();
    const since = began.get(args.urn);
    if (cluster === undefined || since === undefined) {
      return;
    }
    const rollout = await rolloutOf(args.name, args.newInputs);
    const waited = (CLOCK.now() - since) / 1000;
    const text = await awaitNewPods(cluster, rollout, waited, CLOCK);
    stop(args.urn);
    if (text !== undefined) {
      throw new Error(await explained(args.name, rollout, text));
    }
  });
  const failed = errorHook(`${name}:rollout-fails`, async (args) => {
    stop(args.urn);
    // A preview waits for nothing and may not know the target. A deletion has no new inputs.
    if (pulumi.isDryRun() || args.newInputs === undefined) {
      return false;
    }
    const cluster = await session.cluster();
    if (cluster === undefined) {
      return false;
    }
    const rollout = await rolloutOf(args.name, args.newInputs);
    const text = await explainFailure(cluster, rollout, args.errors);
    await pulumi.log.error(await explained(args.name, rollout, text), resourceAt(args.urn));
    return false;
  });

  return {
    hooks(resource, object, limit) {
      if (!hasPods(object) && !waitsForAddress(object)) {
        return {};
      }
      seconds.set(resource, limit);
      const before = [begin];
      return {
        beforeCreate: before,
        beforeUpdate: before,
        afterCreate: [end],
        afterUpdate: [settled],
        onError: [failed],
      };
    },
    whenFailed(resource, tell) {
      listeners.set(resource, tell);
    },
  };
}
