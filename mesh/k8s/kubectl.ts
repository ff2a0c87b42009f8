import type { JsonObject } from "../common/json";

/** An object as kubectl names it. */
export interface Named {
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

function start(namespace: string): string {
  return namespace === "" ? "kubectl" : `kubectl -n ${namespace}`;
}

/** Quotes a value for the shell. JSON contains single quotes only inside texts. */
function quoted(value: object): string {
  return `'${JSON.stringify(value).replaceAll("'", "'\\''")}'`;
}

/**
 * Returns the command that changes some fields of an object.
 *
 * @example
 * patchCommand({ kind: "Service", namespace: "edge", name: "web" }, { spec: { selector: { app: "web" } } })
 * // `kubectl -n edge patch service web --type=merge -p '{"spec":{"selector":{"app":"web"}}}'`
 */
export function patchCommand(
  { kind, namespace, name }: Named,
  change: JsonObject | readonly JsonObject[],
): string {
  const type = Array.isArray(change) ? "json" : "merge";
  return `${start(namespace)} patch ${kind.toLowerCase()} ${name} --type=${type} -p ${quoted(change)}`;
}

/**
 * Returns the command that sets a label of a namespace, or removes it.
 *
 * @example labelCommand("shop", "istio.io/rev", "1-31-0") // "kubectl label namespace shop istio.io/rev=1-31-0 --overwrite"
 */
export function labelCommand(namespace: string, key: string, value?: string): string {
  return value === undefined
    ? `kubectl label namespace ${namespace} ${key}-`
    : `kubectl label namespace ${namespace} ${key}=${value} --overwrite`;
}

/**
 * Returns the command that restarts a workload.
 *
 * @example restartCommand({ kind: "Deployment", namespace: "shop", name: "cart" }) // "kubectl -n shop rollout restart deployment/cart"
 */
export function restartCommand({ kind, namespace, name }: Named): string {
  return `${start(namespace)} rollout restart ${kind.toLowerCase()}/${name}`;
}

/** Returns a grace period that lets a proxy end after its drain, in seconds. */
export function graceAfter(drainSeconds: number): number {
  return drainSeconds + 15;
}

/** Returns the command that gives pods a grace period of {@link graceAfter} their proxy's drain. */
export function graceCommand(workload: Named, drainSeconds: number): string {
  const terminationGracePeriodSeconds = graceAfter(drainSeconds);
  return patchCommand(workload, {
    spec: { template: { spec: { terminationGracePeriodSeconds } } },
  });
}
