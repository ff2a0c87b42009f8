import type { JsonObject } from "../../mesh/common/json";
import { getPath } from "../../mesh/k8s/path";
import { until } from "../node/wait";

/** What a watch of some objects has seen so far. */
export interface Least {
  /** Smallest sum since the watch began. */
  readonly value: () => number;
  readonly stop: () => void;
}

/** Counts something of one object. */
type Count = (object: JsonObject) => number;

/** How long the watched sum may take to reach what it begins with. */
const BEGINS_WITHIN_MS = 60_000;

/**
 * Watches objects, and remembers the smallest sum of what is counted of them. Each state that the API
 * server has had is seen, however short it was.
 *
 * @param path of a list
 * @param ready the sum with which the watch begins: controllers write endpoints a moment after pods are
 *   ready, and what was before that is not counted
 */
export async function watchLeast(
  kubeconfig: string,
  path: string,
  query: Readonly<Record<string, string>>,
  count: Count,
  ready: number,
): Promise<Least> {
  const client = await import("@kubernetes/client-node");
  const config = new client.KubeConfig();
  config.loadFromFile(kubeconfig);
  const counts = new Map<string, number>();
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let failed: unknown;
  const hasBegun = () => least < Number.POSITIVE_INFINITY;
  const seen = (type: string, object: JsonObject) => {
    const name = String(getPath(object, "metadata.name"));
    counts.set(name, type === "DELETED" ? 0 : count(object));
    sum = [...counts.values()].reduce((total, one) => total + one, 0);
    if (hasBegun() || sum >= ready) {
      least = Math.min(least, sum);
    }
  };
  const watch = new client.Watch(config);
  const controller = await watch.watch(path, query, seen, (error) => {
    failed ??= error;
  });
  await until(hasBegun, BEGINS_WITHIN_MS, () => `${path}: ${sum} of ${ready} are ready`);
  return {
    value: () => {
      if (failed !== undefined && !controller.signal.aborted) {
        throw new Error(`the watch of ${path} has ended: ${String(failed)}`);
      }
      return least;
    },
    stop: () => controller.abort(),
  };
}

function readyAddresses(slice: JsonObject): number {
  const endpoints = Array.isArray(slice.endpoints) ? (slice.endpoints as JsonObject[]) : [];
  return endpoints.filter((endpoint) => getPath(endpoint, "conditions.ready") === true).length;
}

/** Watches how many endpoints of a Service are ready, from when so many are. */
export function watchEndpoints(
  kubeconfig: string,
  namespace: string,
  service: string,
  ready: number,
): Promise<Least> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const labelSelector = `kubernetes.io/service-name=${service}`;
  return watchLeast(kubeconfig, path, { labelSelector }, readyAddresses, ready);
}
