import { explainSeveral } from "../../injection/explain";
import { labelFindings, labelledWorkload } from "../../injection/labelFindings";
import { injectorOverlaps } from "../../injection/overlap";
import { type InjectionWebhook, injectionWebhooks } from "../../injection/webhooks";
import { INJECTION_LABEL, type Labels, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { nameOf } from "../../k8s/workload";
import { newRivalries, rivalWords } from "../../ownership/rival";
import type { MeshPlan } from "../../plan/meshPlan";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { gateCheckOf, precheckOf } from "./define";
import { isOwn } from "./ownStack";
import type { DesiredMesh, LiveState } from "./types";

const found = findingsOf("injection-overlap");

/**
 * Returns the MutatingWebhookConfigurations after the update: the planned ones, and those of others. The
 * update deletes objects of the stack that are not planned.
 */
export function webhooksAfter(
  desired: Pick<DesiredMesh, "objects" | "stack">,
  live: Pick<LiveState, "mutatingWebhooks">,
): K8sObject[] {
  const planned = desired.objects.filter(({ kind }) => kind === "MutatingWebhookConfiguration");
  const names = planned.map((object) => identityOf(object).name);
  const others = live.mutatingWebhooks.filter(
    (one) => !names.includes(identityOf(one).name) && !isOwn(one, desired.stack),
  );
  return [...planned, ...others];
}

/** Returns the injectors after the update, see {@link webhooksAfter}. */
export function injectorsAfter(...given: Parameters<typeof webhooksAfter>): InjectionWebhook[] {
  return injectionWebhooks(webhooksAfter(...given));
}

/** Returns what to do about webhooks that match the same pods. One of them may be another owner's. */
function fixFor(
  desired: DesiredMesh,
  live: Pick<LiveState, "mutatingWebhooks">,
  matching: readonly InjectionWebhook[],
): string {
  const find = (objects: readonly K8sObject[]) =>
    objects.filter(
      (object) =>
        object.kind === "MutatingWebhookConfiguration" &&
        matching.some(({ config }) => config === identityOf(object).name),
    );
  const planned = find(desired.objects);
  const names = planned.map((object) => identityOf(object).name);
  const rival = find(live.mutatingWebhooks).find((one) => !names.includes(identityOf(one).name));
  const [own] = planned;
  return own === undefined || rival === undefined
    ? explainSeveral(matching).fix
    : rivalWords({ planned: own, rival }).fix;
}

/** Returns the labels of namespaces after the update, with the planned revision labels. */
export function namespacesAfter(
  { plan }: { readonly plan: Pick<MeshPlan, "namespaces"> },
  live: Pick<LiveState, "namespaces">,
): Map<string, Labels> {
  const moved = new Map(plan.namespaces.map(({ name, revision }) => [name, revision]));
  const all = live.namespaces.map((namespace): [string, Labels] => {
    const { [INJECTION_LABEL]: injection, ...others } = labelsOf(namespace);
    const name = nameOf(namespace);
    const revision = moved.get(name);
    const own: Labels =
      injection === undefined ? others : { ...others, [INJECTION_LABEL]: injection };
    return [name, revision === undefined ? own : { ...others, [REVISION_LABEL]: revision }];
  });
  return new Map(all);
}

/**
 * Pods that more than one injector would match once the update is done, by the labels of the
 * namespaces that there are and by those that people use.
 */
export function checkOverlaps(
  desired: DesiredMesh,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces">,
): Finding[] {
  const webhooks = injectorsAfter(desired, live);
  const overlaps = injectorOverlaps(webhooks, namespacesAfter(desired, live));
  return overlaps.map(({ webhooks: matching, configs, reason }) =>
    found.error(
      `MutatingWebhookConfiguration ${configs.join(" ")}`,
      reason,
      fixFor(desired, live, matching),
    ),
  );
}

/** The part of the desired mesh that decides about labels in the cluster. */
export interface DesiredLabels extends Pick<DesiredMesh, "objects" | "stack"> {
  readonly plan: Pick<MeshPlan, "namespaces">;
}

/** Returns the labels of planned and existing namespaces after the update. */
export function allNamespaces(
  desired: DesiredLabels,
  live: Pick<LiveState, "namespaces">,
): Map<string, Labels> {
  const planned = desired.objects
    .filter(({ kind }) => kind === "Namespace")
    .map((object): [string, Labels] => [nameOf(object), labelsOf(object)]);
  return new Map([...planned, ...namespacesAfter(desired, live)]);
}

/** Labels that conflict or have no effect after the update; see `labelFindings`. */
export function checkInjectionLabels(
  desired: DesiredLabels,
  live: Pick<LiveState, "mutatingWebhooks" | "namespaces" | "workloads">,
): Finding[] {
  const planned = new Set(desired.objects.map(objectTitle));
  // Objects that the update changes are checked as they will be.
  const others = live.workloads.filter((object) => !planned.has(objectTitle(object)));
  const found = labelFindings({
    namespaces: allNamespaces(desired, live),
    workloads: [...desired.objects, ...others].flatMap((each) => labelledWorkload(each.kind, each)),
    webhooks: injectorsAfter(desired, live),
  });
  // These do not make an update fail.
  return found.map(({ object, reason, fix }) =>
    findingsOf("injection-target").warning(object, reason, fix),
  );
}

/**
 * Planned injectors that the update would put beside those of others for the same pods. One whose
 * own name somebody else has is refused for that, unless the stack takes it over.
 *
 * @param live every MutatingWebhookConfiguration
 */
export function checkRivals(
  { objects, stack, adopt }: Pick<DesiredMesh, "objects" | "stack" | "adopt">,
  live: readonly K8sObject[],
): Finding[] {
  const foreign = live.filter((one) => !isOwn(one, stack)).map(nameOf);
  const made = objects.filter((object) => adopt === "all" || !foreign.includes(nameOf(object)));
  return newRivalries(made, live, (one) => isOwn(one, stack)).map((rivalry) => {
    const { reason, fix } = rivalWords(rivalry);
    return found.error(objectTitle(rivalry.planned), reason, fix);
  });
}

export const injectionOverlap = precheckOf({
  id: "injection-overlap",
  title: "injection",
  fine: "at most one webhook matches any pod",
  needs: ["desired", "mutatingWebhooks", "namespaces", "workloads"],
  run: ({ desired, ...live }) => [
    ...checkOverlaps(desired, live),
    ...checkInjectionLabels(desired, live),
  ],
});

export const rivals = gateCheckOf({
  id: "injection-overlap",
  title: "injection",
  gate: "only",
  needs: ["desired", "mutatingWebhooks"],
  run: ({ desired, mutatingWebhooks }) => checkRivals(desired, mutatingWebhooks),
});
