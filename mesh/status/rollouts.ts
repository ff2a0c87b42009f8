import type { JsonObject } from "../common/json";
import type { Cause } from "../failure/cause";
import { containersCause, willNotEnd } from "../failure/containerCause";
import { diagnose } from "../failure/diagnose";
import type { RolloutState } from "../failure/newPods";
import { counts, podsOf, type Workload } from "../guard/rollout";
import { matchingWebhooks } from "../injection/match";
import { labelsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import {
  countAt,
  describeTrouble,
  firstTrouble,
  nameOf,
  namespaceOf,
  templateOf,
} from "../k8s/workload";
import { revisionOf } from "../snapshot/controlPlanes";
import { gatewayWorkloads } from "../snapshot/gateways";
import { agentWorkloads } from "./agents";
import type { Pending } from "./types";
import { planes, podsIn, resolveRevision, titleOf, type View } from "./view";

/** Workloads of which more is read; more of them at once have one cause. */
const LOOKED_AT = 20;

function isUnfinished(workload: Workload): boolean {
  const { object } = workload;
  const { updated, ready, wanted } = counts(workload);
  const seen = countAt(object, "status.observedGeneration");
  return updated < wanted || ready < wanted || seen < countAt(object, "metadata.generation");
}

/** Returns the Deployments of istiod. */
export function istiodWorkloads(view: View): Workload[] {
  return planes(view).map(({ deployment }) => ({ kind: "Deployment", object: deployment }));
}

/** The mesh's own workloads. */
function ownWorkloads(view: View): Workload[] {
  return [...istiodWorkloads(view), ...agentWorkloads(view), ...gatewayWorkloads(view.workloads)];
}

/** The mesh's own workloads that are not finished: what is about them says why. */
export function unfinishedOwn(view: View): Workload[] {
  return ownWorkloads(view).filter(isUnfinished).slice(0, LOOKED_AT);
}

function rolloutOf(workload: Workload, { source }: View): RolloutState | undefined {
  const title = titleOf(workload);
  return source.rollouts.find((rollout) => titleOf(rollout.workload) === title);
}

/** Why, and what to do. Without what is about the workload, its pods say something. */
function causeOf(workload: Workload, view: View): Cause | undefined {
  const rollout = rolloutOf(workload, view);
  const cause = rollout && diagnose(rollout);
  if (cause !== undefined) {
    return cause;
  }
  const pods = podsOf(workload, podsIn(view, namespaceOf(workload.object)));
  return containersCause(pods) ?? troubleOf(pods);
}

/** Why pods without a container that says it are not ready: no node accepts them, say. */
function troubleOf(pods: readonly JsonObject[]): Cause | undefined {
  const trouble = firstTrouble(pods);
  return (
    trouble && {
      text: describeTrouble(trouble),
      fix: "look at the pod and its log",
      certain: false,
    }
  );
}

function progressText(workload: Workload): string {
  const { updated, ready, wanted } = counts(workload);
  return `${Math.min(updated, ready)} of ${wanted} pods are new and ready`;
}

function reasonOf(workload: Workload, cause: string | undefined): string {
  const progress = progressText(workload);
  const paused = getPath(workload.object, "spec.paused") === true ? " (it is paused)" : "";
  // A cause may count the pods itself.
  return cause === undefined || cause.startsWith(progress)
    ? `${cause ?? progress}${paused}`
    : `${progress}${paused}; ${cause}`;
}

function hasPods(workload: Workload): boolean {
  return counts(workload).ready > 0;
}

interface Part {
  readonly check: "control-plane" | "node-agent" | "gateway-rollout" | "workload-rollout";
  readonly revisions?: readonly string[];
}

function severityOf({ check }: Part, workload: Workload, cause?: Cause): Pending["severity"] {
  if (check === "control-plane" && !hasPods(workload)) {
    return "error";
  }
  return willNotEnd(workload.object, cause) ? "warning" : "info";
}

function unfinished(workload: Workload, part: Part, view: View): Pending[] {
  if (!isUnfinished(workload)) {
    return [];
  }
  const cause = causeOf(workload, view);
  return [
    {
      ...part,
      severity: severityOf(part, workload, cause),
      object: titleOf(workload),
      namespace: namespaceOf(workload.object),
      reason: reasonOf(workload, cause?.text),
      fix: cause?.fix ?? "wait; if it does not go on, look at its pods",
    },
  ];
}

/** Revision that injects new pods of a workload; none for one without sidecars. */
function injecting({ object }: Workload, view: View): string | undefined {
  const namespaceLabels = view.namespaceLabels.get(namespaceOf(object)) ?? {};
  const podLabels = labelsOf(templateOf(object));
  return matchingWebhooks(view.webhooks, { namespaceLabels, podLabels })[0]?.revision;
}

/** Workloads with sidecars. */
function userRollouts(view: View): Pending[] {
  const own = new Set(ownWorkloads(view).map(titleOf));
  return view.workloads
    .filter((workload) => isUnfinished(workload) && !own.has(titleOf(workload)))
    .flatMap((workload) => {
      const revision = injecting(workload, view);
      const part: Part = { check: "workload-rollout", revisions: [revision ?? ""] };
      return revision === undefined ? [] : unfinished(workload, part, view);
    });
}

function gatewayPart({ object }: Workload, view: View): Part {
  const asked = labelsOf(templateOf(object))["istio.io/rev"] ?? "";
  return { check: "gateway-rollout", revisions: [resolveRevision(asked, view)] };
}

/** Everything whose pods are not yet what they are to be. */
export function rolloutPending(view: View): Pending[] {
  return [
    ...istiodWorkloads(view).flatMap((workload) =>
      unfinished(
        workload,
        { check: "control-plane", revisions: [revisionOf(workload.object)] },
        view,
      ),
    ),
    ...agentWorkloads(view).flatMap((own) => unfinished(own, { check: "node-agent" }, view)),
    ...gatewayWorkloads(view.workloads).flatMap((own) =>
      unfinished(own, gatewayPart(own, view), view),
    ),
    ...userRollouts(view),
  ];
}

/** Istiod that was scaled to nothing on purpose is no rollout, and yet serves nobody. */
export function scaledToNone(view: View): Pending[] {
  return istiodWorkloads(view)
    .filter(({ object }) => getPath(object, "spec.replicas") === 0)
    .map(({ object }) => ({
      check: "control-plane",
      severity: "error",
      object: titleOf({ kind: "Deployment", object }),
      namespace: namespaceOf(object),
      revisions: [revisionOf(object)],
      reason: "it is scaled to 0",
      fix: `kubectl -n ${namespaceOf(object)} scale deployment ${nameOf(object)} --replicas=1`,
    }));
}
