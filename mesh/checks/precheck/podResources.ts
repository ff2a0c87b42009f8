import { isObject, type Json, type JsonObject } from "../../common/json";
import { quantity } from "../../diff/equivalent";
import type { Injection } from "../../images/auto";
import type { K8sObject } from "../../k8s/objects";
import { listAt, PROXY_CONTAINER } from "../../k8s/workload";
import { injectedResources, over, type Resources, resourcesIn } from "./injectedResources";
import { podSpec } from "./pods";

/** A container as the API server will have it: injected, and with the defaults of the namespace. */
export interface PodContainer extends Resources {
  readonly name: string;
  readonly role: "main" | "init" | "sidecar";
  /** A proxy of an unknown injector. It may ask for more than is known. */
  readonly open: boolean;
}

export type ResourceKind = keyof Resources;

/** The init container of Istio's sidecar template. With the CNI plugin it has another name. */
export const INJECTED_INIT = "istio-init";

/** The image that a webhook replaces. */
export const isInjected = ({ image }: JsonObject) => image === "auto";

/** In thousandths, so that sums are exact. @example thousandths("100m") // 100 */
export function thousandths(value: Json | undefined): number | undefined {
  const amount = quantity(value);
  return amount === undefined ? undefined : Math.round(amount * 1000);
}

/** A missing request equals the limit. */
function requested({ requests, limits }: Resources): Resources {
  return { requests: { ...limits, ...requests }, limits };
}

/** The defaults of a LimitRange for containers, as the API server completes them. */
function defaultsOf(limit: JsonObject): Resources {
  const at = (field: string) => (isObject(limit[field]) ? limit[field] : {});
  const limits = { ...at("max"), ...at("default") };
  return { limits, requests: { ...at("min"), ...limits, ...at("defaultRequest") } };
}

/** Limits of one type among LimitRanges. */
export function limitsOfType(ranges: readonly K8sObject[], type: "Container" | "Pod") {
  return ranges
    .flatMap((range) => listAt(range, "spec.limits"))
    .filter((limit) => limit.type === type);
}

interface Declared {
  readonly container: JsonObject;
  readonly role: PodContainer["role"];
}

function declared(workload: K8sObject): Declared[] {
  const spec = podSpec(workload);
  const init = listAt(spec, "initContainers").map((container): Declared => {
    return { container, role: container.restartPolicy === "Always" ? "sidecar" : "init" };
  });
  return [
    ...init,
    ...listAt(spec, "containers").map((container): Declared => ({ container, role: "main" })),
  ];
}

/**
 * The containers of a workload's pods with what they will ask for. The API server fills in the
 * namespace's defaults before it calls the injector, so that they win over the mesh's.
 *
 * @param ranges LimitRanges of the workload's namespace
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
 */
export function podContainers(
  workload: K8sObject,
  ranges: readonly K8sObject[],
  injection: Injection,
): PodContainer[] {
  const defaults = limitsOfType(ranges, "Container")
    .map(defaultsOf)
    .reduce(over, { requests: {}, limits: {} });
  const filled = (own: Resources) => over(requested(own), defaults);
  const all = declared(workload);
  const injected = all.some(({ container }) => isInjected(container))
    ? injectedResources(workload, injection)
    : undefined;
  const own = all.map(({ container, role }): PodContainer => {
    const name = String(container.name);
    const given = filled(resourcesIn(container.resources));
    const isProxy = injected !== undefined && name === PROXY_CONTAINER;
    return {
      name,
      role,
      open: isProxy && injected.kind === "unknown",
      ...(isProxy && injected.kind === "known" ? requested(over(given, injected.proxy)) : given),
    };
  });
  if (injected?.kind !== "known" || injected.init === undefined) {
    return own;
  }
  return [{ name: INJECTED_INIT, role: "init", open: false, ...filled(injected.init) }, ...own];
}

/**
 * What one pod counts for, in thousandths: its containers together, or more where one that runs
 * before them needs more. `undefined` where a container says nothing.
 */
export function podAmount(
  containers: readonly PodContainer[],
  kind: ResourceKind,
  resource: string,
): number | undefined {
  let [running, sidecars, peak] = [0, 0, 0];
  for (const { role, ...own } of containers) {
    const amount = thousandths(own[kind][resource]);
    if (amount === undefined) {
      return undefined;
    }
    if (role === "init") {
      peak = Math.max(peak, sidecars + amount);
    } else {
      running += amount;
      sidecars += role === "sidecar" ? amount : 0;
    }
  }
  return Math.max(running, peak);
}

const BINARY = [
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
] as const;

/**
 * Returns an amount as people write it.
 *
 * @example
 * amountText("requests.memory", 2 ** 31 * 1000) // "2Gi"
 * amountText("limits.cpu", 1500) // "1500m"
 */
export function amountText(resource: string, amount: number): string {
  if (amount % 1000 !== 0) {
    return `${amount}m`;
  }
  const whole = amount / 1000;
  const [unit, size] = BINARY.find(([, factor]) => whole % factor === 0 && whole !== 0) ?? ["", 1];
  return resource.endsWith("memory") ? `${whole / size}${unit}` : String(whole);
}
