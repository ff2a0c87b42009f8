import { setTimeout as delay } from "node:timers/promises";
import { ApiError, type Cluster } from "../../adapters/cluster/cluster";
import { awaitAnswers } from "../../adapters/cluster/istiodAnswers";
import { injectionState, logTail, usersState } from "../../adapters/cluster/objects";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { decideFailedCall } from "../../mesh/guard/access";
import {
  decideInjection,
  type InjectionWish,
  makesNewPods,
} from "../../mesh/guard/decideInjection";
import type { Decision } from "../../mesh/guard/decision";
import { liveUsers, removalRefusal } from "../../mesh/guard/liveUsers";
import { type Clock, type WaitOptions, waitUntilOk } from "../../mesh/guard/waiting";
import { type Labels, REVISION_LABEL, revisionLabel } from "../../mesh/k8s/istioLabels";
import { getPath } from "../../mesh/k8s/path";
import { TIMEOUT_DEFAULTS } from "../../mesh/model/timeouts";
import { isForeign } from "../../mesh/plan/meshUses";
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

/** The value of an input, in a hook: only an update runs hooks, and it knows every value. */
export function known<T>(input: pulumi.Input<T>): Promise<T> {
  return new Promise((resolve) => {
    pulumi.output(input).apply((value) => resolve(value as T));
  });
}

/** A call that did not get through is tried again until the time is up; a refusal ends it. */
async function looked(look: () => Promise<Decision>): Promise<Decision> {
  try {
    return await look();
  } catch (error) {
    const status = error instanceof ApiError ? error.status : undefined;
    return decideFailedCall((error as Error).message, status);
  }
}

/** Waits in a cluster until a pod can be injected. @throws Error with the cause and the fix */
export function awaitInjection(
  cluster: Cluster,
  wish: InjectionWish & { readonly controlPlaneNamespace: string },
  options: Pick<WaitOptions, "timeoutSeconds" | "clock" | "progress">,
): Promise<void> {
  const { namespace, controlPlaneNamespace } = wish;
  return waitUntilOk(
    () =>
      looked(async () =>
        decideInjection(await injectionState(cluster, namespace, controlPlaneNamespace), wish),
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
  /** Revision or tag that is to inject the pods; empty for Istio's default revision. */
  readonly revision: string;
  /** Of the pods. */
  readonly namespace: string;
  readonly podLabels: Labels;
  /** @default "istio-system" */
  readonly controlPlaneNamespace?: string;
  /** Google runs the control plane. @default by the revision's name */
  readonly managed?: boolean;
  /** @default 120 */
  readonly timeoutSeconds?: number;
}

/**
 * A hook that lets a gateway's Deployment through once its pods will be injected:
 * istiod of the revision is available, its webhook has a certificate, and exactly one webhook
 * matches. Bind it to `beforeCreate` and `beforeUpdate`.
 *
 * It waits for what comes by itself. A label or selector at fault ends it at once, with the fix. An
 * update that makes no new pods is let through, so that a rollback needs no healthy control plane.
 *
 * @param name of the hook; unique in the program, and the same in each run
 * @example
 * const gate = injectionGate("ingress-1-29-1:injection", { session, revision: "1-29-1", namespace: "istio-ingress", podLabels });
 * registerObject(name, deployment, { parent, hooks: { beforeCreate: [gate], beforeUpdate: [gate] } });
 */
export function injectionGate(name: string, args: InjectionGateArgs): pulumi.ResourceHook {
  const { session, controlPlaneNamespace = "istio-system", timeoutSeconds } = args;
  return gate(name, session, () => ({ ...args, controlPlaneNamespace }), timeoutSeconds);
}

/** Lets a Deployment through once the pods that it makes will be injected as they wish. */
function gate(
  name: string,
  session: ClusterSession,
  wishOf: (deployment: JsonObject) => Parameters<typeof awaitInjection>[1],
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
      await awaitInjection(cluster, wishOf(after), options);
    }
  });
}

function labelsIn(deployment: JsonObject): Labels {
  const labels = getPath(deployment, "spec.template.metadata.labels");
  return (isObject(labels) ? labels : {}) as Labels;
}

/**
 * The {@link injectionGate} for any Deployment of a gateway: revision, labels and namespace are
 * those of the Deployment that is about to be made or changed.
 *
 * @param name of the hook; unique in the program, and the same in each run
 * @param controlPlaneNamespace where istiod is
 * @param timeoutSeconds @default 120
 */
export function gatewayGate(
  name: string,
  session: ClusterSession,
  controlPlaneNamespace: string,
  timeoutSeconds?: number,
): pulumi.ResourceHook {
  const wishOf = (deployment: JsonObject) => {
    const podLabels = labelsIn(deployment);
    const namespace = String(getPath(deployment, "metadata.namespace") ?? "");
    const revision = podLabels[REVISION_LABEL] ?? "";
    return { namespace, podLabels, revision, controlPlaneNamespace };
  };
  return gate(name, session, wishOf, timeoutSeconds);
}

/**
 * A hook that lets the users of a new control plane through once the API server gets answers from it.
 * Bind it to the `beforeCreate` of a {@link RevisionGuard}. A firewall may be in the way for good, so
 * in the end it only warns.
 *
 * @param name of the hook; unique in the program, and the same in each run
 * @param controlPlaneNamespace where istiod is
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
 * Users of a revision in a cluster.
 *
 * @param foreign revisions of somebody else's control planes, for the stack with this field manager
 * @throws Error that lists them, when there are any
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
  /** Warns of users rather than refuse. @default false */
  readonly force?: boolean;
  /** Revisions whose control planes are somebody else's. @default [] */
  readonly foreign?: readonly string[];
}

/** What a {@link RevisionGuard} keeps in the state. */
interface GuardedRevision {
  readonly revision: string;
}

/**
 * A hook that refuses to delete a control plane revision while the cluster still uses it:
 * tags, namespaces, workloads or running proxies. The message lists them.
 *
 * One for a program, registered in every run: Pulumi finds it by its name when a revision is no
 * longer declared. For the same reason `pulumi destroy` needs `--run-program`.
 *
 * @param name of the hook; the same in each run, whatever the revisions are
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
 * Stands between a control plane revision and everything that uses it: it depends on the revision's
 * objects, and gateways, tags and namespaces depend on it. Pulumi therefore deletes it after these
 * and before any object of the revision, and its hook can still refuse with nothing lost.
 *
 * A value in Pulumi's state; the cluster has nothing of it.
 */
export class RevisionGuard extends StateMarker {
  /** What labels call the revision. */
  readonly label: string;

  /**
   * @param name the same in each run
   * @param revision empty for Istio's default revision
   * @param hook of {@link removalGuard}
   * @param beforeCreate what else has to be true of a new revision before anything uses it
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
