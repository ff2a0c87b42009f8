import { isObject, type Json, type JsonObject } from "../../mesh/common/json";
import { isRefused } from "../../mesh/k8s/access";
import { newerCrdVersion } from "../../mesh/k8s/crd";
import { annotationsOf } from "../../mesh/k8s/istioLabels";
import {
  CRD_MANAGER,
  isOfStack,
  managersOf,
  STACK_MANAGER,
  type StackName,
} from "../../mesh/k8s/managers";
import { isCrd, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { type Cluster, succeeded } from "./cluster";
import { objectPaths } from "./discovery";
import { getObject } from "./objects";

/** An object before and after an update. */
export interface LivePair {
  /** Absent if the cluster has no such object. */
  readonly live?: K8sObject;
  /** The object as it would be after an update. */
  readonly next: K8sObject;
  /** Why `next` has only the fields that are set, and not the answer of the API server. */
  readonly approximate?: string;
}

const CONCURRENCY = 8;

/** The status for a kind that can be read but not written. */
const NOT_WRITABLE = 405;

/**
 * Returns the manager that has applied an object, so that fields that the input no longer sets show as
 * removed.
 *
 * @param stack whose input it is @default any that has applied the object
 */
function managerOf(live: JsonObject, object: K8sObject, stack: StackName | undefined): string {
  if (isCrd(object)) {
    return CRD_MANAGER;
  }
  const managers = managersOf(live)
    .filter(({ operation }) => operation === "Apply")
    .map(({ manager }) => manager)
    .filter((manager) =>
      stack === undefined ? manager.startsWith(STACK_MANAGER) : isOfStack(manager, stack),
    );
  return managers[0] ?? `${STACK_MANAGER}diff`;
}

const PROVIDERS = "pulumi.com/";

/**
 * Returns an object without annotations that tell Pulumi's provider how to apply it, which no input
 * has.
 */
function withoutInstructions(live: K8sObject, input: K8sObject): K8sObject {
  const own = annotationsOf(input);
  const { annotations, ...metadata } = live.metadata;
  const left = Object.entries(annotationsOf(live)).filter(
    ([key]) => !key.startsWith(PROVIDERS) || Object.hasOwn(own, key),
  );
  return {
    ...live,
    metadata: { ...metadata, ...(left.length > 0 && { annotations: Object.fromEntries(left) }) },
  };
}

/** Returns the matching item of a list, by its name or else by its index. */
function counterpart(item: Json, index: number, wanted: readonly Json[]): Json | undefined {
  const named = isObject(item) && typeof item.name === "string";
  return named ? wanted.find((one) => isObject(one) && one.name === item.name) : wanted[index];
}

/** Returns only the fields that the object sets, so that the rest does not show as removed. */
function restrictedTo(wanted: Json | undefined, live: Json | undefined): Json | undefined {
  if (Array.isArray(wanted) && Array.isArray(live)) {
    return live.map((item, index) => restrictedTo(counterpart(item, index, wanted), item) as Json);
  }
  if (!isObject(wanted) || !isObject(live)) {
    return live;
  }
  const entries = Object.keys(wanted)
    .filter((key) => Object.hasOwn(live, key))
    .map((key) => [key, restrictedTo(wanted[key], live[key]) as Json]);
  return Object.fromEntries(entries);
}

async function pairOf(
  cluster: Cluster,
  path: string,
  object: K8sObject,
  stack: StackName | undefined,
): Promise<LivePair> {
  const live = (await getObject(cluster, path)) as K8sObject | undefined;
  if (live === undefined) {
    return { next: object };
  }
  if (isCrd(object) && newerCrdVersion(live, object) !== undefined) {
    return { live, next: live };
  }
  const query = new URLSearchParams({
    dryRun: "All",
    force: "true",
    fieldManager: managerOf(live, object, stack),
  });
  const answer = await cluster.call("PATCH", `${path}?${query}`, object);
  if (isRefused(answer.status) || answer.status === NOT_WRITABLE) {
    const seen = { ...(restrictedTo(object, live) as K8sObject), apiVersion: object.apiVersion };
    return { live: seen, next: object, approximate: String(answer.body.message ?? answer.status) };
  }
  const next = succeeded(objectTitle(object), answer) as K8sObject;
  return {
    live: withoutInstructions(live, object),
    next: withoutInstructions(next, object),
  };
}

/**
 * Compares objects with a cluster: the current object, and the result of a dry run of a server-side
 * apply. If the user may not do a dry run, the fields that are set are compared.
 *
 * A CRD of a newer Istio is not changed, as in an update.
 *
 * @param stack whose objects they are @default not known: whichever has applied an object
 * @returns a pair for each object, in their order
 */
export async function livePairs(
  cluster: Cluster,
  objects: readonly K8sObject[],
  stack?: StackName,
): Promise<LivePair[]> {
  const paths = objectPaths(cluster);
  const pairs: LivePair[] = [];
  for (let start = 0; start < objects.length; start += CONCURRENCY) {
    const batch = objects.slice(start, start + CONCURRENCY).map(async (object) => {
      const path = await paths(object);
      return path === undefined ? { next: object } : pairOf(cluster, path, object, stack);
    });
    pairs.push(...(await Promise.all(batch)));
  }
  return pairs;
}
