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
 * Returns what the objects of a mesh say about the labels of its pods.
 *
 * @param group the gateway to which all workloads belong @default each workload is a group
 * @param waits whether Services change only after the pods that they will select are ready
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

/**
 * Returns which workloads and Services select which pods: those of the charts' objects as recorded,
 * those of typed gateways from their inputs.
 */
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

/** Returns whether a Service selects the pods of a workload with these labels. */
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

/**
 * Returns the problem of a selector that changes. Kubernetes refuses such a change, so the workload
 * would be replaced.
 */
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

/**
 * Returns whether a Service has fewer pods during an update, because pods and selector do not
 * change together.
 */
function hasGap(
  [old, now]: readonly [ServiceLabels, ServiceLabels],
  workload: WorkloadLabels,
  next: WorkloadLabels | undefined,
): boolean {
  // New pods of the workload are created one by one. Until the Service changes, it does not select
  // them.
  const losesNew = next !== undefined && !selects(old.selector, next.labels);
  // The Service changes, and no longer selects the pods that still run.
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
  "the Service would select no pods, or fewer, until the new pods are ready, because a Service and the pods of a Deployment do not change at the same moment";

/** Returns the input of a typed gateway that changes its labels. */
function changedInput(before: GatewayInputs, after: GatewayInputs): string {
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  if (differs(before.service?.selector, after.service?.selector)) {
    return "service.selector";
  }
  return differs(before.kind, after.kind) ? "kind" : "labels";
}

/**
 * Returns the steps to other labels of a typed gateway. Each step passes {@link checkPodLabels}.
 */
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
      fix: "add the new labels to the pods beside the old ones first, in a separate update; then change the Service's selector; then remove the old labels",
    })),
  ];
}

const NONE: PodLabels = { workloads: [], services: [] };

/**
 * Returns problems for changes of labels by which a Service would lose endpoints during the update,
 * or which Kubernetes refuses (istio#54145). Nothing is known about the charts' objects before the
 * first update that records them.
 *
 * @example checkPodLabels(before, after)[0].path // "labels"
 */
export function checkPodLabels(before: MeshFacts, after: MeshFacts): Problem[] {
  return [
    ...typedGaps(before, after),
    ...chartGaps(before.podLabels ?? NONE, after.podLabels ?? NONE),
  ];
}
