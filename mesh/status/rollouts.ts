import type { JsonObject } from "../common/json";
import type { Cause } from "../failure/cause";
import { containersCause, willNotEnd } from "../failure/containerCause";
import { diagnose } from "../failure/diagnose";
import type { RolloutState } from "../failure/newPods";
import { counts } from "../guard/rollout";
import { matchingWebhooks } from "../injection/match";
import { labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import {
  countAt,
  describeTrouble,
  firstTrouble,
  nameOf,
  namespaceOf,
  podsOf,
  templateOf,
  type Workload,
} from "../k8s/workload";
import { revisionOf } from "../snapshot/controlPlanes";
import { gatewayWorkloads } from "../snapshot/gateways";
import { agentWorkloads } from "./agents";
import type { Pending } from "./types";
import { planes, podsIn, resolveRevision, titleOf, type View } from "./view";

/** How many workloads are examined closely. If more are unfinished, they have a common cause. */
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

/** Returns the workloads of the mesh itself. */
function ownWorkloads(view: View): Workload[] {
  return [...istiodWorkloads(view), ...agentWorkloads(view), ...gatewayWorkloads(view.workloads)];
}

/** Returns the workloads of the mesh itself that are not finished and are examined closely. */
export function unfinishedOwn(view: View): Workload[] {
  return ownWorkloads(view).filter(isUnfinished).slice(0, LOOKED_AT);
}

function rolloutOf(workload: Workload, { source }: View): RolloutState | undefined {
  const title = titleOf(workload);
  return source.rollouts.find((rollout) => titleOf(rollout.workload) === title);
}

/** Returns why a workload is not finished. If it was not examined closely, its pods say something. */
function causeOf(workload: Workload, view: View): Cause | undefined {
  const rollout = rolloutOf(workload, view);
  const cause = rollout && diagnose(rollout);
  if (cause !== undefined) {
    return cause;
  }
  const pods = podsOf(workload, podsIn(view, namespaceOf(workload.object)));
  return containersCause(pods) ?? troubleOf(pods);
}

/** Returns why pods are not ready if no container says it, for example because no node accepts them. */
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
  // The text of a cause may contain the number of pods already.
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

/** Returns the revision that injects new pods of a workload, or `undefined` if none does. */
function injecting({ object }: Workload, view: View): string | undefined {
  const namespaceLabels = view.namespaceLabels.get(namespaceOf(object)) ?? {};
  const podLabels = labelsOf(templateOf(object));
  return matchingWebhooks(view.webhooks, { namespaceLabels, podLabels })[0]?.revision;
}

/** Returns unfinished workloads with sidecars. */
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

function gatewayPart(workload: Workload, view: View): Part {
  const own = labelsOf(templateOf(workload.object))[REVISION_LABEL];
  const asked = own ?? injecting(workload, view) ?? "";
  return { check: "gateway-rollout", revisions: [resolveRevision(asked, view)] };
}

/** Returns every workload whose rollout is not finished. */
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

/** Returns control planes that are scaled to 0. That is no rollout, but they serve nobody. */
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
