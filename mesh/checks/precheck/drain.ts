import { groupBy, someOf } from "../../common/lists";
import { matchingWebhooks } from "../../injection/match";
import { graceCommand } from "../../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { nameOf, podLabels, templateOf } from "../../k8s/workload";
import { plannedCutDrain } from "../../snapshot/drain";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { injectorsAfter, namespacesAfter } from "./overlaps";
import { workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "workloads" | "namespaces" | "mutatingWebhooks">;

const found = findingsOf("drain");

interface Cut {
  readonly workload: K8sObject;
  readonly drain: number;
  readonly grace: number;
}

function cutShort(workload: K8sObject, { plan }: DesiredMesh): Cut[] {
  const drain = plannedCutDrain(templateOf(workload), plan.primary.document);
  return drain === undefined ? [] : [{ workload, drain: drain.seconds, grace: drain.graceSeconds }];
}

function hasProxy(desired: DesiredMesh, live: Live) {
  const webhooks = injectorsAfter(desired, live);
  const namespaces = namespacesAfter(desired, live);
  return (workload: K8sObject) => {
    const namespaceLabels = namespaces.get(identityOf(workload).namespace) ?? {};
    const at = { namespaceLabels, podLabels: podLabels(workload) };
    return matchingWebhooks(webhooks, at).length > 0;
  };
}

/**
 * Workloads whose proxy would be killed before it has drained, since their pods' grace period is not
 * longer than the drain. Gateways of the inputs are checked where they are read.
 */
export function checkPlannedDrain(desired: DesiredMesh, live: Live): Finding[] {
  const planned = workloadsOf(desired.objects);
  const titles = new Set(planned.map(objectTitle));
  const others = live.workloads.filter((workload) => !titles.has(objectTitle(workload)));
  const cuts = [...planned, ...others]
    .filter(hasProxy(desired, live))
    .flatMap((workload) => cutShort(workload, desired));
  const groups = groupBy(
    cuts,
    ({ workload, drain, grace }) => `${identityOf(workload).namespace} ${drain} ${grace}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { workload, drain, grace } = first;
    const { kind, namespace, name } = identityOf(workload);
    const names = someOf(group.map((one) => `${one.workload.kind} ${nameOf(one.workload)}`));
    const reason = `the proxies of ${names} drain for ${drain} s, and Kubernetes kills the pods after ${grace} s`;
    return [
      found.warning(
        `Namespace ${namespace}`,
        reason,
        graceCommand({ kind, namespace, name }, drain),
      ),
    ];
  });
}

export const draining = precheckOf({
  id: "drain",
  title: "draining",
  fine: "no proxy is killed before it has drained",
  needs: ["desired", "workloads", "namespaces", "mutatingWebhooks"],
  run: ({ desired, ...live }) => checkPlannedDrain(desired, live),
});
