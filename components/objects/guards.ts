import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type Cluster } from "../../adapters/cluster/cluster";
import { injectionState, usersState } from "../../adapters/cluster/guardState";
import { awaitAnswers } from "../../adapters/cluster/istiodAnswers";
import { logTail } from "../../adapters/cluster/objects";
import type { JsonObject } from "../../mesh/common/json";
import { gatewayTarget } from "../../mesh/gateway/injection";
import { decideFailedCall } from "../../mesh/guard/access";
import {
  decideInjection,
  type InjectionTarget,
  makesNewPods,
} from "../../mesh/guard/decideInjection";
import type { Decision } from "../../mesh/guard/decision";
import { removalRefusal } from "../../mesh/guard/users";
import { type Clock, type WaitOptions, waitUntilOk } from "../../mesh/guard/waiting";
import { type Labels, revisionLabel } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import { TIMEOUT_DEFAULTS } from "../../mesh/model/timeouts";
import { isForeign } from "../../mesh/plan/meshUses";
import { liveUsers } from "../../mesh/snapshot/users";
import type { ClusterSession } from "../pulumi/clusterSession";
import { resourceHook } from "../pulumi/hooks";
import * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";
import { currentManager } from "./manager";

export const CLOCK: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds) => {
    await delay(milliseconds);
  },
};

function tell(reason: string): void {
  void pulumi.log.info(`waiting: ${reason}`);
}

/** Returns the value of an input in a hook. Hooks only run in updates, which know every value. */
export function known<T>(input: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => {
    pulumi.output(input).apply((value) => resolve(value as T));
  });
}

/** Returns the decision about a cluster. A request that fails is repeated, unless it was refused. */
export async function looked(look: () => Promise<Decision>): Promise<Decision> {
  try {
    return await look();
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    return decideFailedCall((error as Error).message, status);
  }
}

/** Waits until a pod can be injected in a cluster. @throws Error with the cause and the fix */
export function awaitInjection(
  cluster: Cluster,
  target: InjectionTarget & { readonly controlPlaneNamespace: string },
  options: Pick<WaitOptions, "timeoutSeconds" | "clock" | "progress">,
): Promise<void> {
  const { namespace, controlPlaneNamespace } = target;
  return waitUntilOk(
    () =>
      looked(async () =>
        decideInjection(await injectionState(cluster, namespace, controlPlaneNamespace), target),
      ),
    {
      ...options,
      explain: async ({ culprit }) =>
        culprit === undefined ? "" : logTail(cluster, controlPlaneNamespace, culprit),
    },
  );
}

export interface InjectionGateArgs {
  readonly session: ClusterSession;
  /** The revision or tag that should inject the pods. Empty for Istio's default revision. */
  readonly revision: string;
  /** The namespace of the pods. */
  readonly namespace: string;
  readonly podLabels: Labels;
  /**
   * The namespace of istiod. @default "istio-system"
   *
   * @default "istio-system"
   */
  readonly controlPlaneNamespace?: string;
  /** Whether Google runs the control plane. @default derived from the revision's name */
  readonly managed?: boolean;
  /**
   * The time limit, in seconds. @default 120
   *
   * @default 120
   */
  readonly timeoutSeconds?: number;
}

/**
 * Returns a hook that allows a gateway's Deployment once its pods will be injected: istiod of the
 * revision is available, its webhook has a certificate, and exactly one webhook matches. Bind it
 * to `beforeCreate` and `beforeUpdate`.
 *
 * It waits for everything that happens by itself. A wrong label or selector ends it at once, with
 * the fix. An update that creates no new pods is always allowed, so that a rollback needs no
 * healthy control plane.
 *
 * @param name the name of the hook; unique in the program, and the same in each run
 * @example
 * const gate = injectionGate("ingress-1-31-0:injection", { session, revision: "1-31-0", namespace: "istio-ingress", podLabels });
 * registerObject(name, deployment, { parent, hooks: { beforeCreate: [gate], beforeUpdate: [gate] } });
 */
export function injectionGate(name: string, args: InjectionGateArgs): pulumi.ResourceHook {
  const { session, controlPlaneNamespace = "istio-system", timeoutSeconds } = args;
  return gate(name, session, () => ({ ...args, controlPlaneNamespace }), timeoutSeconds);
}

/** Allows a Deployment once its pods will be injected as their labels ask. */
function gate(
  name: string,
  session: ClusterSession,
  desiredMeshOf: (deployment: JsonObject) => Parameters<typeof awaitInjection>[1],
  timeoutSeconds = TIMEOUT_DEFAULTS.injection,
): pulumi.ResourceHook {
  return resourceHook(name, async ({ oldInputs, newInputs }) => {
    const cluster = await session.cluster();
    if (cluster === undefined) {
      return;
    }
    const before = await known(oldInputs as JsonObject | undefined);
    const after = await known((newInputs ?? {}) as JsonObject);
    if (makesNewPods(before, after)) {
      const options = { timeoutSeconds, clock: CLOCK, progress: tell };
      await awaitInjection(cluster, desiredMeshOf(after), options);
    }
  });
}

export interface GatewayGateArgs {
  readonly session: ClusterSession;
  /** The namespace of istiod. @default "istio-system" */
  readonly controlPlaneNamespace?: string;
  /** All typed gateways, of which some leave the revision to the label of their namespace. */
  readonly gateways: readonly GatewayInputs[];
  /** The time limit, in seconds. @default 120 */
  readonly timeoutSeconds?: number;
}

/**
 * The {@link injectionGate} for any Deployment of a gateway. It reads labels and namespace from the
 * Deployment that is about to be created or changed.
 *
 * @param name the name of the hook; unique in the program, and the same in each run
 */
export function gatewayGate(name: string, args: GatewayGateArgs): pulumi.ResourceHook {
  const { session, controlPlaneNamespace = "istio-system", gateways, timeoutSeconds } = args;
  const targetOf = (deployment: JsonObject) => ({
    ...gatewayTarget(deployment as unknown as K8sObject, gateways),
    controlPlaneNamespace,
  });
  return gate(name, session, targetOf, timeoutSeconds);
}

/**
 * Returns a hook that allows the users of a new control plane once it answers the API server. Bind
 * it to the `beforeCreate` of a {@link RevisionGuard}. A firewall may block the calls for good, so
 * after the time limit the hook only warns.
 *
 * @param name the name of the hook; unique in the program, and the same in each run
 * @param controlPlaneNamespace the namespace of istiod
 */
export function answersGate(
  name: string,
  session: ClusterSession,
  controlPlaneNamespace: string,
): pulumi.ResourceHook {
  return resourceHook(name, async ({ newInputs }) => {
    const cluster = await session.cluster();
    const { input } = (await known(newInputs ?? {})) as { input?: GuardedRevision };
    if (cluster === undefined || input === undefined) {
      return;
    }
    const plane = { namespace: controlPlaneNamespace, revision: input.revision };
    const silence = await awaitAnswers(cluster, plane, CLOCK);
    if (silence !== undefined) {
      void pulumi.log.warn(`istiod does not answer the API server: ${silence}`);
    }
  });
}

/**
 * Checks who uses a revision in a cluster.
 *
 * @param foreign revisions of other owners' control planes, for the stack with this field manager
 * @throws Error that lists the users, if there are any
 */
export async function refuseWhileUsed(
  cluster: Cluster,
  revision: string,
  foreign?: { readonly revisions: readonly string[]; readonly manager: string },
): Promise<void> {
  const live = await usersState(cluster);
  const uses = { foreignRevisions: foreign?.revisions };
  if (foreign !== undefined && isForeign(revision, uses, live, foreign.manager)) {
    return;
  }
  const message = removalRefusal(revision, liveUsers(revision, live));
  if (message !== undefined) {
    throw new Error(message);
  }
}

export interface RemovalGuardArgs {
  readonly session: ClusterSession;
  /** Warns of users instead of refusing. @default false */
  readonly force?: boolean;
  /** Revisions whose control planes belong to someone else. @default [] */
  readonly foreign?: readonly string[];
}

/** What a {@link RevisionGuard} keeps in the state. */
interface GuardedRevision {
  readonly revision: string;
}

/**
 * Returns a hook that refuses to delete a control plane revision while the cluster still uses it:
 * tags, namespaces, workloads or running proxies. The message lists them.
 *
 * A program has one such hook and registers it in every run, because Pulumi finds it by its name
 * when a revision is no longer declared. For the same reason `pulumi destroy` needs
 * `--run-program`.
 *
 * @param name the name of the hook; the same in each run, whatever the revisions are
 */
export function removalGuard(name: string, { session, force, foreign = [] }: RemovalGuardArgs) {
  return resourceHook(name, async ({ oldInputs }) => {
    const cluster = await session.cluster();
    const { input } = (await known(oldInputs ?? {})) as { input?: GuardedRevision };
    if (cluster === undefined || input === undefined) {
      return;
    }
    try {
      await refuseWhileUsed(cluster, input.revision, {
        revisions: foreign,
        manager: currentManager(),
      });
    } catch (error) {
      if (force !== true) {
        throw error;
      }
      void pulumi.log.warn((error as Error).message);
    }
  });
}

/**
 * Stands between a control plane revision and everything that uses it: it depends on the
 * revision's objects, and gateways, tags and namespaces depend on it. Pulumi therefore deletes it
 * after these and before any object of the revision, so its hook can refuse before anything is
 * lost.
 *
 * It is only a marker in Pulumi's state, with no object in the cluster.
 */
export class RevisionGuard extends StateMarker {
  /** The value that labels use for the revision. */
  readonly label: string;

  /**
   * @param name the same in each run
   * @param revision empty for Istio's default revision
   * @param hook the hook of {@link removalGuard}
   * @param beforeCreate what else must be true of a new revision before anything uses it
   */
  constructor(
    name: string,
    revision: string,
    hook: pulumi.ResourceHook,
    opts: Omit<pulumi.CustomResourceOptions, "hooks"> = {},
    beforeCreate: pulumi.ResourceHook[] = [],
  ) {
    const input: GuardedRevision = { revision };
    super(name, { ...input }, { ...opts, hooks: { beforeCreate, beforeDelete: [hook] } });
    this.label = revisionLabel(revision);
  }
}
