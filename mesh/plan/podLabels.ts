import type { Problem } from "../common/problem";
import { gatewaySource } from "../gateway/check";
import { gatewayObjects } from "../gateway/objects";
import { type Labels, labelsOf, textEntries } from "../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle, podTemplate } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { selects } from "../k8s/selector";
import { WORKLOAD_KINDS } from "../k8s/workload";
import type { MeshFacts, PodLabels, ServiceLabels, WorkloadLabels } from "../model/facts";
import type { GatewayInputs } from "../model/gatewayInputs";

function workloadLabels(object: K8sObject, group: string | undefined): WorkloadLabels {
  const title = objectTitle(object);
  return {
    title,
    namespace: identityOf(object).namespace,
    selector: textEntries(getPath(object, "spec.selector.matchLabels")),
    labels: { ...labelsOf(podTemplate(object)) },
    hasPods: getPath(object, "spec.replicas") !== 0,
    group: group ?? title,
  };
}

/**
 * What the objects of a mesh say of the labels of its pods.
 *
 * @param group what all of them are a part of @default each workload by itself
 * @param waits whether Services change only once the pods are ready that they are to select
 */
export function podLabelsOf(
  objects: readonly K8sObject[],
  { group, waits = false }: { readonly group?: string; readonly waits?: boolean } = {},
): PodLabels {
  return {
    workloads: objects
      .filter(({ kind }) => WORKLOAD_KINDS.includes(kind))
      .map((object) => workloadLabels(object, group)),
    services: objects
      .filter(({ kind }) => kind === "Service")
      .map((object) => ({
        title: objectTitle(object),
        namespace: identityOf(object).namespace,
        selector: textEntries(getPath(object, "spec.selector")),
        waits,
      }))
      .filter(({ selector }) => Object.keys(selector).length > 0),
  };
}

function gatewayLabels(inputs: GatewayInputs): PodLabels {
  const group = `${inputs.namespace}/${inputs.name}`;
  return podLabelsOf(gatewayObjects(inputs), { group, waits: inputs.traffic === "active" });
}

/** Who finds which pods: of the charts' objects as they were recorded, of typed gateways by their inputs. */
export function allPodLabels({ gateways, podLabels }: MeshFacts): PodLabels {
  const parts = [
    ...(podLabels === undefined ? [] : [podLabels]),
    ...gateways.map(({ inputs }) => gatewayLabels(inputs)),
  ];
  return {
    workloads: parts.flatMap(({ workloads }) => workloads),
    services: parts.flatMap(({ services }) => services),
  };
}

/** Whether a Service finds the pods of a workload that has these labels. */
function finds({ namespace, selector }: ServiceLabels, at: WorkloadLabels): boolean {
  return at.hasPods && namespace === at.namespace && selects(selector, at.labels);
}

const text = (labels: Labels) =>
  Object.entries(labels)
    .map((entry) => entry.join("="))
    .join(",");

function sameLabels(one: Labels, other: Labels): boolean {
  return selects(one, other) && selects(other, one);
}

const BESIDE =
  "take the labels back; or add a second gateway that has them, under another name, move its clients (DNS) over, then remove the first one";

/** A selector that changes: Kubernetes takes no such change, so that the workload would be replaced. */
function replaced(before: PodLabels, after: PodLabels): Problem[] {
  return after.workloads.flatMap((now) => {
    const old = before.workloads.find(({ title }) => title === now.title);
    return old === undefined || sameLabels(old.selector, now.selector)
      ? []
      : [
          {
            source: now.title,
            path: "spec.selector",
            reason:
              `${text(old.selector)} becomes ${text(now.selector)}: Kubernetes never changes a workload's selector, ` +
              "so the workload would be deleted with all its pods and created again",
            fix: BESIDE,
          },
        ];
  });
}

/** Whether a Service has fewer pods while an update is under way, since pods and selector do not change together. */
function hasGap(
  [old, now]: readonly [ServiceLabels, ServiceLabels],
  workload: WorkloadLabels,
  next: WorkloadLabels | undefined,
): boolean {
  // New pods of the workload come one by one, and until the Service changes, it does not find them.
  const losesNew = next !== undefined && !selects(old.selector, next.labels);
  // The Service changes, and does not find the pods that are still there.
  const switches = now.waits && !(next !== undefined && finds(now, next));
  const losesOld = !switches && !selects(now.selector, workload.labels);
  return losesNew || losesOld;
}

interface Gap {
  readonly old: ServiceLabels;
  readonly now: ServiceLabels;
}

function gapsOf(before: PodLabels, after: PodLabels): Gap[] {
  return after.services.flatMap((now) => {
    const old = before.services.find(({ title }) => title === now.title);
    const isHurt = (workload: WorkloadLabels) => {
      const next = after.workloads.find(({ title }) => title === workload.title);
      return old !== undefined && hasGap([old, now], workload, next);
    };
    return old !== undefined &&
      before.workloads.some((workload) => finds(old, workload) && isHurt(workload))
      ? [{ old, now }]
      : [];
  });
}

const GAP =
  "the Service would find no pods, or fewer, for as long as new pods take to be ready, since a Service and the pods of a Deployment do not change in the same moment";

/** Names the input of a typed gateway that changes labels. */
function changedInput(before: GatewayInputs, after: GatewayInputs): string {
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  if (differs(before.service?.selector, after.service?.selector)) {
    return "service.selector";
  }
  return differs(before.kind, after.kind) ? "kind" : "labels";
}

/** The way to other labels of a typed gateway, each step of which passes {@link checkPodLabels}. */
function labelSteps(name: string): string {
  return (
    "take three updates (pulumi up each). " +
    `1. Keep all labels and add one that will stay: labels.gateway: ${name}. ` +
    `2. Select by that one alone: service.selector: { gateway: ${name} }. ` +
    "3. Change the other labels"
  );
}

function typedGaps(before: MeshFacts, after: MeshFacts): Problem[] {
  return after.gateways.flatMap(({ namespace, name, inputs }) => {
    const old = before.gateways.find((own) => own.namespace === namespace && own.name === name);
    const gaps = old === undefined ? [] : gapsOf(gatewayLabels(old.inputs), gatewayLabels(inputs));
    return gaps.map((gap) => ({
      source: gatewaySource(inputs),
      path: changedInput((old ?? { inputs }).inputs, inputs),
      reason: `the pods of Service ${namespace}/${name} get other labels (${text(gap.old.selector)} becomes ${text(gap.now.selector)}): ${GAP}`,
      fix: labelSteps(name),
    }));
  });
}

function chartGaps(before: PodLabels, after: PodLabels): Problem[] {
  const selectors = replaced(before, after);
  const gaps = selectors.length > 0 ? [] : gapsOf(before, after);
  return [
    ...selectors,
    ...gaps.map(({ old, now }) => ({
      source: now.title,
      path: "spec.selector",
      reason: `${text(old.selector)} becomes ${text(now.selector)}: ${GAP}`,
      fix: "give the pods the new labels beside the old ones first, in an update of its own; then change the Service's selector; then take the old labels away",
    })),
  ];
}

const NONE: PodLabels = { workloads: [], services: [] };

/**
 * Changes of labels that would cost a Service its endpoints while the update is under way, or that
 * Kubernetes does not take (istio#54145). Of the charts' objects nothing is known before the first
 * update that records them.
 *
 * @example checkPodLabels(before, after)[0].path // "labels"
 */
export function checkPodLabels(before: MeshFacts, after: MeshFacts): Problem[] {
  return [
    ...typedGaps(before, after),
    ...chartGaps(before.podLabels ?? NONE, after.podLabels ?? NONE),
  ];
}
