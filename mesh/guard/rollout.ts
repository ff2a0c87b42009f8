import type { JsonObject } from "../common/json";
import { matchingWebhooks } from "../injection/match";
import { injectionWebhooks, webhookTitle } from "../injection/webhooks";
import { annotationsOf, type Labels, labelsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import {
  countAt,
  describeTrouble,
  firstTrouble,
  hasGivenUp,
  nameOf,
  podsOf,
  templateOf,
  type Workload,
} from "../k8s/workload";
import { injectedRevision } from "../snapshot/proxies";
import type { Read, Snapshot } from "../snapshot/snapshot";
import { type Decision, fail, OK, wait } from "./decision";
import { changedInjection, type LiveTemplates } from "./liveTemplates";

/** Annotation of pod templates for the last requested restart. */
export const RESTART_TOKEN = "pulumi-service-mesh/restart";

/** A namespace with its workloads and pods. */
export interface NamespaceState extends Read<Snapshot<"mutatingWebhooks" | "pods">> {
  readonly namespaceLabels: Labels;
  readonly workloads: readonly Workload[];
  /** What revisions inject now. @default not known: only the revision of a pod's proxy counts */
  readonly templates?: LiveTemplates;
}

/**
 * A workload whose pods were not injected by the revision that would inject them now, or not as it
 * would.
 */
export interface StaleWorkload extends Workload {
  /** The number of such pods. */
  readonly pods: number;
  /** The revision that injects its new pods. */
  readonly revision: string;
  /** Why a change of the template would not restart it. Absent if it would. */
  readonly manual?: string;
}

/** @example titleOfWorkload({ kind: "Deployment", object }) // "Deployment cart" */
export function titleOfWorkload({ kind, object }: Workload): string {
  return `${kind} ${nameOf(object)}`;
}

function manualReason({ kind, object }: Workload): string | undefined {
  if (kind === "Deployment") {
    return getPath(object, "spec.paused") === true ? "it is paused" : undefined;
  }
  const isManual = getPath(object, "spec.updateStrategy.type") === "OnDelete";
  return isManual ? "its update strategy is OnDelete" : undefined;
}

/**
 * Returns the revision that injects new pods of a pod template, or `undefined` if none does.
 *
 * @param title who has the template, for the error
 * @throws Error if more than one webhook would inject them
 */
export function nextRevision(
  title: string,
  template: JsonObject,
  state: Pick<NamespaceState, "mutatingWebhooks" | "namespaceLabels">,
): string | undefined {
  // The injector skips pods in the host's network.
  if (getPath(template, "spec.hostNetwork") === true) {
    return undefined;
  }
  const { namespaceLabels } = state;
  const at = { namespaceLabels, podLabels: labelsOf(template) };
  const [webhook, ...others] = matchingWebhooks(injectionWebhooks(state.mutatingWebhooks), at);
  if (webhook !== undefined && others.length > 0) {
    const all = [webhook, ...others].map(webhookTitle).join(", ");
    throw new Error(`${title}: more than one webhook would inject it: ${all}`);
  }
  return webhook?.revision;
}

/**
 * Returns whether a pod was injected by a revision, as it injects now, and created after the requested
 * restart.
 */
export function isCurrent(
  pod: JsonObject,
  revision: string | undefined,
  { token, templates }: { readonly token?: string; readonly templates?: LiveTemplates } = {},
): boolean {
  const annotations = annotationsOf(pod);
  const isRestarted = token === undefined || annotations[RESTART_TOKEN] === token;
  return (
    injectedRevision(annotations) === revision &&
    isRestarted &&
    (templates === undefined || changedInjection(pod, revision, templates) === undefined)
  );
}

/**
 * Returns the workloads that must restart to get the proxy of their revision, sorted by kind and
 * name. Workloads that already have it are left out, so that a rerun continues where the last one
 * stopped.
 *
 * @param token the annotation value of pods that were restarted on request @default no restart was
 * requested
 */
export function staleWorkloads(state: NamespaceState, token?: string): StaleWorkload[] {
  return state.workloads
    .flatMap((workload): StaleWorkload[] => {
      const template = templateOf(workload.object);
      const revision = nextRevision(titleOfWorkload(workload), template, state);
      const { pods, templates } = state;
      const wanted = { token, templates };
      const stale = podsOf(workload, pods).filter((pod) => !isCurrent(pod, revision, wanted));
      return revision === undefined || stale.length === 0
        ? []
        : [{ ...workload, revision, pods: stale.length, manual: manualReason(workload) }];
    })
    .sort((a, b) => (titleOfWorkload(a) < titleOfWorkload(b) ? -1 : 1));
}

/** Restarted pods per minute according to Google's documentation. */
const PODS_PER_MINUTE = 100;

/**
 * Returns how long to pause after a batch, in seconds, so that pods restart no faster than the
 * documented rate.
 *
 * @example restSeconds({ pods: 50, elapsedSeconds: 10, pauseSeconds: 0 }) // 20
 */
export function restSeconds(batch: {
  readonly pods: number;
  readonly elapsedSeconds: number;
  readonly pauseSeconds: number;
}): number {
  const needed = (batch.pods * 60) / PODS_PER_MINUTE;
  return Math.max(batch.pauseSeconds, needed - batch.elapsedSeconds, 0);
}

/** The numbers of new, available and wanted pods, from the status fields of each kind. */
export function counts({ kind, object }: Workload): {
  updated: number;
  ready: number;
  wanted: number;
} {
  if (kind === "DaemonSet") {
    return {
      updated: countAt(object, "status.updatedNumberScheduled"),
      ready: countAt(object, "status.numberAvailable"),
      wanted: countAt(object, "status.desiredNumberScheduled"),
    };
  }
  return {
    updated: countAt(object, "status.updatedReplicas"),
    ready: countAt(object, "status.availableReplicas"),
    // Old pods that still exist count too.
    wanted: Math.max(countAt(object, "spec.replicas"), countAt(object, "status.replicas")),
  };
}

/**
 * Decides whether a restarted workload is done.
 *
 * @param pods the pods of the workload
 * @param revision the revision that must have injected them
 */
export function decideRollout(
  workload: Workload,
  pods: readonly JsonObject[],
  revision: string,
): Decision {
  const title = titleOfWorkload(workload);
  const trouble = firstTrouble(pods);
  const cause = trouble === undefined ? "" : `: ${describeTrouble(trouble)}`;
  if (hasGivenUp(workload.object)) {
    const fix =
      "repair the workload, then update again: the update continues with the remaining workloads";
    return fail(`${title} did not come up${cause}`, fix);
  }
  const seen = countAt(workload.object, "status.observedGeneration");
  if (seen < countAt(workload.object, "metadata.generation")) {
    return wait(`${title}: its controller has not seen the restart yet`);
  }
  const { updated, ready, wanted } = counts(workload);
  if (updated < wanted || ready < wanted) {
    return wait(
      `${title}: ${Math.min(updated, ready)} of ${wanted} pods are new and ready${cause}`,
    );
  }
  const other = pods.find((pod) => injectedRevision(annotationsOf(pod)) !== revision);
  if (other === undefined) {
    return OK;
  }
  const found = injectedRevision(annotationsOf(other)) ?? "no revision";
  return wait(`${title}: pod ${nameOf(other)} has a proxy of ${found}, not of ${revision}`);
}
