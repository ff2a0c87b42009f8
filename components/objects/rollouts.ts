import { setTimeout as delay } from "node:timers/promises";
import { hasPods } from "../../adapters/cluster/rolloutState";
import { explainFailure, type Rollout, watchRollout } from "../../adapters/failure/explainRollout";
import type { Clock } from "../../mesh/guard/waiting";
import { type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import type { ClusterSession } from "../pulumi/clusterSession";
import { errorHook, resourceHook } from "../pulumi/hooks";
import * as pulumi from "../pulumi/sdk";
import { CLOCK, known } from "./guards";

/** Follows workloads while an update waits for them, and explains those that fail. */
export interface Rollouts {
  /**
   * The hooks that follow a workload; none for an object without pods.
   *
   * @param resource name of its resource
   * @param seconds how long the update waits for it
   */
  hooks(resource: string, object: K8sObject, seconds: number): pulumi.ResourceHookBinding;
  /** Has what waits for a workload's resource told that it failed. */
  whenFailed(resource: string, tell: (error: Error) => void): void;
}

/** A clock whose sleep ends with an error when it is stopped; it keeps no program alive. */
function stoppable(signal: AbortSignal): Clock {
  const sleep = (milliseconds: number) => delay(milliseconds, undefined, { signal, ref: false });
  return { ...CLOCK, sleep };
}

/** Where Pulumi shows a message: at the resource that a hook runs for. */
export function resourceAt(urn: string): pulumi.Resource {
  return { urn: pulumi.output(urn) } as pulumi.Resource;
}

/**
 * The hooks are the same for all workloads, and registered in every run: Pulumi finds them by their
 * names when it deletes a workload that the program no longer has.
 *
 * @param name of the hooks; unique in the program, and the same in each run
 * @param explainMore what else there is to say of a cause, such as whose webhook it names
 */
export function followRollouts(
  name: string,
  session: ClusterSession,
  explainMore: (text: string) => Promise<string | undefined> = async () => undefined,
): Rollouts {
  const seconds = new Map<string, number>();
  const listeners = new Map<string, (error: Error) => void>();
  const watched = new Map<string, AbortController>();

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
    const stopping = new AbortController();
    watched.set(args.urn, stopping);
    // Nobody waits for it: the update goes on meanwhile.
    void watchRollout(cluster, rollout, stoppable(stopping.signal)).then((warning) =>
      warning === undefined ? undefined : pulumi.log.warn(warning, resourceAt(args.urn)),
    );
  });
  const end = resourceHook(`${name}:rollout-ends`, ({ urn }) => stop(urn));
  const failed = errorHook(`${name}:rollout-fails`, async (args) => {
    stop(args.urn);
    // A preview waits for nothing, and may not know the target; a deletion has no new inputs.
    if (pulumi.isDryRun() || args.newInputs === undefined) {
      return false;
    }
    const cluster = await session.cluster();
    if (cluster === undefined) {
      return false;
    }
    const rollout = await rolloutOf(args.name, args.newInputs);
    const text = await explainFailure(cluster, rollout, args.errors);
    const more = await explainMore(text);
    const said = more === undefined ? text : `${text}\n${more}`;
    await pulumi.log.error(said, resourceAt(args.urn));
    listeners.get(args.name)?.(new Error(`${objectTitle(rollout.object)} did not come up`));
    return false;
  });

  return {
    hooks(resource, object, limit) {
      if (!hasPods(object)) {
        return {};
      }
      seconds.set(resource, limit);
      const [before, after] = [[begin], [end]];
      return {
        beforeCreate: before,
        beforeUpdate: before,
        afterCreate: after,
        afterUpdate: after,
        onError: [failed],
      };
    },
    whenFailed(resource, tell) {
      listeners.set(resource, tell);
    },
  };
}
