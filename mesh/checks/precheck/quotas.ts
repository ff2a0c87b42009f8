import { isObject } from "../../common/json";
import { uniqueBy } from "../../common/lists";
import type { Injection } from "../../images/auto";
import { patchCommand } from "../../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { sameNamespace } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { injectionAfter } from "./injectedResources";
import { resourcesFix, unknownProxy } from "./limitFixes";
import { checkRange } from "./limitRanges";
import { newPods } from "./newPods";
import {
  amountText,
  type PodContainer,
  podAmount,
  podContainers,
  type ResourceKind,
  thousandths,
} from "./podResources";
import { podSpec, workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<
  LiveState,
  "quotas" | "limitRanges" | "existing" | "nodes" | "namespaces" | "mutatingWebhooks"
>;

const found = findingsOf("quotas");

/** The amounts of a pod that a quota counts, by the quota's names. */
const COUNTED: Readonly<Record<string, readonly [kind: ResourceKind, resource: string]>> = {
  cpu: ["requests", "cpu"],
  memory: ["requests", "memory"],
  "requests.cpu": ["requests", "cpu"],
  "requests.memory": ["requests", "memory"],
  "limits.cpu": ["limits", "cpu"],
  "limits.memory": ["limits", "memory"],
};

const PODS: readonly string[] = ["pods", "count/pods"];

/** A workload in the namespace of a quota, and its new pods. */
interface Load {
  readonly workload: K8sObject;
  readonly containers: readonly PodContainer[];
  readonly pods: number;
}

/** A quota for some priority classes or kinds of pod does not count every pod. */
function isForAll(quota: K8sObject): boolean {
  return (
    getPath(quota, "spec.scopes") === undefined &&
    getPath(quota, "spec.scopeSelector") === undefined
  );
}

interface Limit {
  readonly quota: K8sObject;
  readonly resource: string;
  /** In thousandths, like all amounts. */
  readonly total: number;
  readonly free: number;
}

function limitsOf(quota: K8sObject): Limit[] {
  const hard = getPath(quota, "spec.hard");
  return Object.entries(isObject(hard) ? hard : {}).flatMap(([resource, value]) => {
    const used =
      isObject(quota.status) && isObject(quota.status.used) ? quota.status.used[resource] : 0;
    const [total, taken] = [thousandths(value), thousandths(used) ?? 0];
    return total === undefined ? [] : [{ quota, resource, total, free: total - taken }];
  });
}

/** Containers without an amount that a quota counts. Kubernetes refuses their pods. */
function silent({ quota, resource }: Limit, { workload, containers }: Load): Finding[] {
  const [kind, name] = COUNTED[resource] ?? [];
  if (kind === undefined || name === undefined) {
    return [];
  }
  const mute = containers.filter((one) => one[kind][name] === undefined);
  const [first] = mute.filter(({ open }) => !open);
  if (first === undefined) {
    return mute.length === 0 ? [] : [unknownProxy(workload, objectTitle(quota))];
  }
  return [
    found.error(
      objectTitle(quota),
      `counts ${resource}, and ${objectTitle(workload)} does not say how much (container ${first.name}): Kubernetes refuses its pods`,
      `${resourcesFix(workload, first.name, `${kind}.${name}`)}, or give the namespace a LimitRange with a default`,
    ),
  ];
}

function raiseFix({ quota, resource, total }: Limit, more: number): string {
  const hard = { [resource]: amountText(resource, total + more) };
  const command = patchCommand(identityOf(quota), { spec: { hard } });
  return `raise ${resource} by ${amountText(resource, more)} at least: ${command}`;
}

function tooMuch(limit: Limit, loads: readonly Load[]): Finding[] {
  const { quota, resource, free } = limit;
  const counted = COUNTED[resource];
  const needed = loads.reduce((sum, { containers, pods }) => {
    const each = counted === undefined ? 1000 : (podAmount(containers, ...counted) ?? 0);
    return sum + each * pods;
  }, 0);
  if (needed <= free) {
    return [];
  }
  const text = (amount: number) => amountText(resource, amount);
  return [
    found.error(
      objectTitle(quota),
      `has ${text(Math.max(0, free))} ${resource} left, and the new pods need ${text(needed)}: Kubernetes refuses some of them`,
      raiseFix(limit, needed - free),
    ),
  ];
}

function checkLimit(limit: Limit, loads: readonly Load[]): Finding[] {
  const { resource } = limit;
  return COUNTED[resource] === undefined && !PODS.includes(resource)
    ? []
    : [...loads.flatMap((load) => silent(limit, load)), ...tooMuch(limit, loads)];
}

/** Returns the new pods in each namespace with a quota or LimitRange. */
function loadsIn(
  limit: K8sObject,
  desired: DesiredMesh,
  live: Live,
  injection: Injection,
): readonly Load[] {
  const ranges = live.limitRanges.filter((range) => sameNamespace(range, limit));
  return workloadsOf(desired.objects)
    .filter((one) => sameNamespace(one, limit) && podSpec(one).containers !== undefined)
    .map((workload) => ({
      workload,
      containers: podContainers(workload, ranges, injection),
      pods: newPods(workload, desired, live),
    }))
    .filter(({ pods }) => pods > 0);
}

/**
 * Quotas and LimitRanges that would refuse the mesh's new pods, with the proxies that are injected
 * into them. Quotas for some priority classes only are not looked at.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export function checkQuotas(desired: DesiredMesh, live: Live): Finding[] {
  const injection = injectionAfter(desired, live);
  const findings = [
    ...live.quotas.filter(isForAll).flatMap((quota) => {
      const loads = loadsIn(quota, desired, live, injection);
      return limitsOf(quota).flatMap((limit) => checkLimit(limit, loads));
    }),
    ...live.limitRanges.flatMap((range) =>
      loadsIn(range, desired, live, injection).flatMap(({ workload, containers }) =>
        checkRange(range, workload, containers),
      ),
    ),
  ];
  return uniqueBy(findings);
}

export const quotas = precheckOf({
  id: "quotas",
  title: "quotas and LimitRanges",
  fine: "they have room for the pods",
  needs: [
    "desired",
    "quotas",
    "limitRanges",
    "existing",
    "nodes",
    "namespaces",
    "mutatingWebhooks",
  ],
  run: ({ desired, ...live }) => checkQuotas(desired, live),
});
