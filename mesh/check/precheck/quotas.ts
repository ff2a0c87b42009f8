import { quantity } from "../../diff/equivalent";
import { listAt } from "../../guard/workload";
import { isObject, type Json, type JsonObject } from "../../json";
import type { K8sObject } from "../../patch/types";
import { identityOf, objectTitle } from "../../render/objects";
import { getPath } from "../../translate";
import type { Finding } from "../finding";
import { finder } from "./finder";
import { containersOf, podCounts, podSpec, sameNamespace, workloadsOf } from "./pods";
import type { LiveState, Wish } from "./types";

const found = finder("quotas");

/** What a quota counts of a pod, by the quota's name for it. */
const COUNTED: Readonly<Record<string, readonly [kind: "requests" | "limits", resource: string]>> =
  {
    cpu: ["requests", "cpu"],
    memory: ["requests", "memory"],
    "requests.cpu": ["requests", "cpu"],
    "requests.memory": ["requests", "memory"],
    "limits.cpu": ["limits", "cpu"],
    "limits.memory": ["limits", "memory"],
  };

const PODS: readonly string[] = ["pods", "count/pods"];

/** Defaults that the namespace's LimitRanges give to containers. */
function defaultOf(
  ranges: readonly K8sObject[],
  kind: "requests" | "limits",
  resource: string,
): Json | undefined {
  const limits = ranges.flatMap((range) => listAt(range, "spec.limits"));
  const fields = kind === "limits" ? ["default"] : ["defaultRequest", "default"];
  return limits
    .filter(({ type }) => type === "Container")
    .flatMap((limit) => fields.map((field) => getPath(limit, `${field}.${resource}`)))
    .find((value) => value !== undefined);
}

/** What one container asks for; a limit stands for a request that is not there. */
function amountOf(
  container: JsonObject,
  kind: "requests" | "limits",
  resource: string,
): Json | undefined {
  const own = getPath(container, `resources.${kind}.${resource}`);
  return (
    own ?? (kind === "requests" ? getPath(container, `resources.limits.${resource}`) : undefined)
  );
}

/** An injected proxy asks for what the injector gives it, which is not known here. */
const isInjected = ({ image }: JsonObject) => image === "auto";

/** What one pod of a workload counts for; `undefined` where a container says nothing. */
function podAmount(
  workload: K8sObject,
  ranges: readonly K8sObject[],
  [kind, resource]: readonly ["requests" | "limits", string],
): number | undefined {
  const containers = containersOf(workload).filter((one) => !isInjected(one));
  const amounts = containers.map((one) =>
    quantity(amountOf(one, kind, resource) ?? defaultOf(ranges, kind, resource)),
  );
  return amounts.some((amount) => amount === undefined)
    ? undefined
    : amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
}

/** Pods that the update makes while those that run stay: all of a new workload, one of an old. */
function newPods(workload: K8sObject, wish: Wish, live: LiveState): number {
  const exists = live.existing.some(({ wished }) => wished === workload);
  const autoscalers = wish.objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  if (workload.kind === "DaemonSet") {
    return exists ? 0 : live.nodes.length;
  }
  return exists ? 1 : podCounts(workload, autoscalers).min;
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
  readonly free: number;
}

function limitsOf(quota: K8sObject): Limit[] {
  const hard = getPath(quota, "spec.hard");
  return Object.entries(isObject(hard) ? hard : {}).flatMap(([resource, value]) => {
    const used =
      isObject(quota.status) && isObject(quota.status.used) ? quota.status.used[resource] : 0;
    const [total, taken] = [quantity(value), quantity(used) ?? 0];
    return total === undefined ? [] : [{ quota, resource, free: total - taken }];
  });
}

function editFix(object: K8sObject, what: string): string {
  const { kind, namespace, name } = identityOf(object);
  return `${what}: kubectl -n ${namespace} edit ${kind.toLowerCase()} ${name}`;
}

function checkLimit(
  { quota, resource, free }: Limit,
  workloads: readonly K8sObject[],
  ranges: readonly K8sObject[],
  podsOf: (workload: K8sObject) => number,
): Finding[] {
  const counted = COUNTED[resource];
  if (counted === undefined && !PODS.includes(resource)) {
    return [];
  }
  const amounts = workloads
    .filter((workload) => podsOf(workload) > 0)
    .map((workload) => {
      const each = counted === undefined ? 1 : podAmount(workload, ranges, counted);
      return { workload, total: each === undefined ? undefined : each * podsOf(workload) };
    });
  const silent = amounts.filter(({ total }) => total === undefined);
  const needed = amounts.reduce((sum, { total }) => sum + (total ?? 0), 0);
  const title = objectTitle(quota);
  return [
    ...silent.map(({ workload }) =>
      found(
        "error",
        title,
        `counts ${resource}, and ${objectTitle(workload)} does not say how much: Kubernetes refuses its pods`,
        `set its resources.${counted?.join(".") ?? ""} in an overlay (components.NAME.k8s.resources), or give the namespace a LimitRange with a default`,
      ),
    ),
    ...(needed > free
      ? [
          found(
            "error",
            title,
            `has ${Math.max(0, free)} ${resource} left, and the new pods need ${needed}: Kubernetes refuses some of them`,
            editFix(quota, `raise ${resource} by ${needed - free} at least`),
          ),
        ]
      : []),
  ];
}

const BOUNDS = [
  ["max", (amount: number, bound: number) => amount > bound, "above the most"],
  ["min", (amount: number, bound: number) => amount < bound, "below the least"],
] as const;

/** Containers that a LimitRange does not let in. */
function checkRange(range: K8sObject, workload: K8sObject): Finding[] {
  const limits = listAt(range, "spec.limits").filter(({ type }) => type === "Container");
  const containers = containersOf(workload).filter((one) => !isInjected(one));
  return limits.flatMap((limit) =>
    BOUNDS.flatMap(([field, breaks, words]) => {
      const bounds = limit[field];
      return Object.entries(isObject(bounds) ? bounds : {}).flatMap(([resource, bound]) =>
        containers.flatMap((container) => {
          const kind = field === "max" ? "limits" : "requests";
          const text =
            amountOf(container, kind, resource) ?? amountOf(container, "requests", resource);
          const [amount, allowed] = [quantity(text), quantity(bound)];
          if (amount === undefined || allowed === undefined || !breaks(amount, allowed)) {
            return [];
          }
          const reason = `the container ${container.name} of ${objectTitle(workload)} asks for ${text} ${resource}, ${words} that is allowed (${bound}): Kubernetes refuses its pods`;
          return [
            found("error", objectTitle(range), reason, editFix(range, `allow ${text} ${resource}`)),
          ];
        }),
      );
    }),
  );
}

/**
 * Quotas and LimitRanges that would refuse the mesh's new pods. Proxies that are injected are not
 * counted, nor quotas for some priority classes only.
 *
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export function checkQuotas(wish: Wish, live: LiveState): Finding[] {
  const workloads = workloadsOf(wish.objects).filter(
    (one) => podSpec(one).containers !== undefined,
  );
  const podsOf = (workload: K8sObject) => newPods(workload, wish, live);
  return [
    ...live.quotas.filter(isForAll).flatMap((quota) => {
      const own = workloads.filter((workload) => sameNamespace(workload, quota));
      const ranges = live.limitRanges.filter((range) => sameNamespace(range, quota));
      return limitsOf(quota).flatMap((limit) => checkLimit(limit, own, ranges, podsOf));
    }),
    ...live.limitRanges.flatMap((range) =>
      workloads
        .filter((workload) => sameNamespace(workload, range))
        .flatMap((workload) => checkRange(range, workload)),
    ),
  ];
}
