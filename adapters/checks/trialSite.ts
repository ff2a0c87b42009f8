import { isLeftover, OVERTIME_SECONDS, TRIAL_LABEL } from "../../mesh/checks/ownNamespace";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { nameOf } from "../../mesh/k8s/workload";
import { type Cluster, succeeded } from "../cluster/cluster";
import type { ObjectPaths } from "../cluster/discovery";
import { deleteObject, listAll } from "../cluster/objects";

const MANAGER = "pulumi-service-mesh-trial";

/** A cluster in which temporary objects are created. */
export interface TrialSite {
  readonly cluster: Cluster;
  readonly pathOf: ObjectPaths;
}

/** How long a trial may take, and who is told about its progress. */
export interface TrialLimits {
  readonly timeoutSeconds: number;
  /** Ends the trial early. Its namespace is deleted first. */
  readonly signal: AbortSignal;
  /** Called with the progress. */
  readonly progress: (text: string) => void;
}

export const namespacePath = (name: string) => `/api/v1/namespaces/${name}`;

/** Creates an object. */
export async function apply(
  { cluster, pathOf }: TrialSite,
  object: K8sObject,
): Promise<JsonObject> {
  const title = objectTitle(object);
  const path = await pathOf(object);
  if (path === undefined) {
    throw new Error(`${title}: ${object.apiVersion} is not served; the CRDs of Istio are missing`);
  }
  const query = `?fieldManager=${MANAGER}&force=true`;
  return succeeded(title, await cluster.call("PATCH", path + query, object));
}

/** Runs steps until they end, the signal is sent, or the time is up. */
async function within<T>(seconds: number, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  let forget = () => {};
  const end = new Promise<never>((_, reject) => {
    const onAbort = () => reject(new Error("interrupted"));
    const onTimeout = () => reject(new Error(`not done after ${seconds} s`));
    const timer = setTimeout(onTimeout, seconds * 1000);
    signal.addEventListener("abort", onAbort, { once: true });
    forget = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    };
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([run(), end]);
  } finally {
    forget();
  }
}

/**
 * Runs steps in a temporary namespace. The namespace is deleted after success, failure, interruption
 * and timeout.
 */
export async function inOwnNamespace<T>(
  site: TrialSite,
  namespace: K8sObject,
  { timeoutSeconds, signal, progress }: TrialLimits,
  run: () => Promise<T>,
): Promise<T> {
  const { name } = identityOf(namespace);
  try {
    // Must not be interrupted, because the namespace might be created after it was deleted.
    await apply(site, namespace);
    return await within(timeoutSeconds + OVERTIME_SECONDS, signal, run);
  } finally {
    await deleteObject(site.cluster, namespacePath(name));
    progress(`namespace ${name} is deleted`);
  }
}

/** Deletes namespaces that killed runs left: those with our label whose time is over. */
export async function removeLeftovers(
  cluster: Cluster,
  now: number,
  progress: (text: string) => void,
): Promise<void> {
  const labelSelector = `${TRIAL_LABEL}=true`;
  const found = await listAll(cluster, "/api/v1/namespaces", { labelSelector });
  for (const name of found.filter((each) => isLeftover(each, now)).map(nameOf)) {
    await deleteObject(cluster, namespacePath(name));
    progress(`namespace ${name} of an earlier run is deleted`);
  }
}
