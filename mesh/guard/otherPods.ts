import type { Json, JsonObject } from "../common/json";
import { annotationsOf } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import {
  describeTrouble,
  firstTrouble,
  isReady,
  listAt,
  nameOf,
  namespaceOf,
  staying,
  type Workload,
} from "../k8s/workload";
import { injectedRevision } from "../snapshot/proxies";
import { workloadOf } from "../snapshot/users";
import { type Decision, OK, wait } from "./decision";
import { isCurrent, type NamespaceState, nextRevision } from "./rollout";

/**
 * Who replaces a pod that is gone: `controlled` has a controller that does, `finite` runs to its
 * end, and nothing makes a pod that is `alone` again.
 */
export type Replacement = "controlled" | "finite" | "alone";

/** Pods with an old proxy that no Deployment, StatefulSet or DaemonSet has made. */
export interface OtherPods {
  /** @example "ReplicaSet cart-5d4f" or "Pod debug" */
  readonly title: string;
  readonly replacement: Replacement;
  readonly pods: readonly JsonObject[];
  /** The revision that injects their replacements. */
  readonly revision: string;
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

function ownerOf(pod: JsonObject): Owner | undefined {
  const found = listAt(pod, "metadata.ownerReferences").find(
    ({ controller }) => controller === true,
  );
  const text = (value: Json | undefined) => (typeof value === "string" ? value : "");
  return (
    found && {
      apiVersion: text(found.apiVersion),
      kind: text(found.kind),
      name: text(found.name),
      uid: text(found.uid),
    }
  );
}

/** A change of the template of one of the workloads replaces the pod. */
function isOfWorkload(pod: JsonObject, workloads: readonly Workload[]): boolean {
  const owner = ownerOf(pod);
  if (owner === undefined || !owner.apiVersion.startsWith("apps/")) {
    return false;
  }
  const kind = owner.kind === "ReplicaSet" ? "Deployment" : owner.kind;
  return workloads.some(
    (workload) =>
      workload.kind === kind &&
      `${namespaceOf(pod)}/${nameOf(workload.object)}` === workloadOf(pod),
  );
}

function replacementOf(pod: JsonObject): Replacement {
  const owner = ownerOf(pod);
  // The kubelet owns the pods of a node's own files under the name of the Node.
  if (owner === undefined || owner.kind === "Node") {
    return "alone";
  }
  const policy = getPath(pod, "spec.restartPolicy") ?? "Always";
  return owner.kind === "Job" || policy !== "Always" ? "finite" : "controlled";
}

function isRunning(pod: JsonObject): boolean {
  const phase = getPath(pod, "status.phase");
  return phase !== "Succeeded" && phase !== "Failed";
}

/**
 * Returns the pods with an old proxy that a restart of the workloads does not reach, by their owner
 * and sorted by its title.
 *
 * @param token the last requested restart; pods do not show whether it has replaced them
 */
export function otherPods(state: NamespaceState, token?: string): OtherPods[] {
  const found = new Map<string, OtherPods>();
  for (const pod of staying(state.pods).filter(isRunning)) {
    const title = ownerTitle(pod);
    const revision = nextRevision(title, pod, state);
    if (
      revision !== undefined &&
      !isOfWorkload(pod, state.workloads) &&
      !isCurrent(pod, revision, { token, templates: state.templates })
    ) {
      const { pods = [] } = found.get(title) ?? {};
      const replacement = replacementOf(pod);
      found.set(title, { title, replacement, revision, pods: [...pods, pod] });
    }
  }
  return [...found.values()].sort((a, b) => (a.title < b.title ? -1 : 1));
}

function ownerTitle(pod: JsonObject): string {
  const owner = ownerOf(pod);
  return owner === undefined || replacementOf(pod) === "alone"
    ? `Pod ${nameOf(pod)}`
    : `${owner.kind} ${owner.name}`;
}

/**
 * Says why pods keep their old proxy, and what gives them the new one.
 *
 * @example
 * keepsProxy("shop", { title: "Pod debug", replacement: "alone", pods: [debug], revision: "1-31-0" })
 * // "Pod debug: 1 pod keeps its old proxy, since no controller would make it again; make it again …"
 */
export function keepsProxy(namespace: string, { title, replacement, pods }: OtherPods): string {
  const isOne = pods.length === 1;
  const start = `${title}: ${isOne ? "1 pod keeps its" : `${pods.length} pods keep their`} old proxy`;
  const names = pods.map(nameOf).join(" ");
  const kubectl = `kubectl -n ${namespace}`;
  switch (replacement) {
    case "alone":
      return `${start}, since no controller would make it again; make it again from its manifest: ${kubectl} replace --force -f FILE`;
    case "finite":
      return `${start} until ${isOne ? "it ends" : "they end"}, since its controller would not repeat ${isOne ? "it" : "them"}; the next run gets the new one: ${kubectl} get pod ${names} --watch`;
    case "controlled":
      return `${start}, since a restart reaches Deployments, StatefulSets and DaemonSets only; write \`others: evict\` into \`restart\`, or ${kubectl} delete pod ${names}`;
    default:
      return replacement satisfies never;
  }
}

/**
 * Decides whether the controller has replaced an evicted pod: it has as many ready pods as before
 * without that one, and the new ones have a proxy of the revision.
 *
 * @param before the pods of the owner before the eviction, the evicted one included
 * @param now the pods of the namespace
 */
export function decideReplaced(
  evicted: JsonObject,
  before: readonly JsonObject[],
  now: readonly JsonObject[],
  { title, revision }: Pick<OtherPods, "title" | "revision">,
): Decision {
  const uid = uidOf(evicted);
  const owner = ownerOf(evicted)?.uid;
  const own = staying(now).filter(
    (pod) => uidOf(pod) !== uid && ownerOf(pod)?.uid === owner && isRunning(pod),
  );
  const known = new Set(before.map(uidOf));
  const fresh = own.filter((pod) => !known.has(uidOf(pod)));
  const ready = own.filter(isReady).length;
  const wanted = before.filter(isReady).length;
  if (own.length < before.length || ready < wanted) {
    const trouble = firstTrouble(own);
    const cause = trouble === undefined ? "" : `: ${describeTrouble(trouble)}`;
    return wait(
      `${title}: ${ready} of ${wanted} pods are ready after the eviction of ${nameOf(evicted)}${cause}`,
      trouble,
    );
  }
  const other = fresh.find((pod) => injectedRevision(annotationsOf(pod)) !== revision);
  if (other === undefined) {
    return OK;
  }
  const found = injectedRevision(annotationsOf(other)) ?? "no revision";
  return wait(`${title}: pod ${nameOf(other)} has a proxy of ${found}, not of ${revision}`);
}

const uidOf = (pod: JsonObject) => String(getPath(pod, "metadata.uid") ?? nameOf(pod));

/** Returns the running pods of the owner of a pod. */
export function siblings(pod: JsonObject, pods: readonly JsonObject[]): JsonObject[] {
  const owner = ownerOf(pod)?.uid;
  return staying(pods).filter((one) => ownerOf(one)?.uid === owner && isRunning(one));
}
