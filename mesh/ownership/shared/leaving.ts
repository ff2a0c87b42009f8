import type { JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { injectedRevision } from "../../guard/liveUsers";
import { annotationsOf, labelsOf, REVISION_LABEL, revisionLabel } from "../../k8s/istioLabels";
import { isInstaller, isManagedBy, managersOf } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import { madeByOthers, markedBy, owningStacks, stackManagers, stackTitle } from "./marks";
import type { SharedPart } from "./parts";

/** What a cluster has around a shared object that a stack no longer needs. */
export interface LeavingFacts {
  readonly part: SharedPart;
  /** The object in the cluster. */
  readonly object: K8sObject;
  /** The object that stands for its part, where that is another one and is there. */
  readonly anchor?: JsonObject;
  /** The stack's field manager. */
  readonly manager: string;
  /** The stack does not own the object, but is the last one to use it. */
  readonly heir: boolean;
  /** Deployments of istiod in the cluster. */
  readonly istiods: readonly JsonObject[];
  /** All pods; needed for the node agents alone. */
  readonly pods: readonly JsonObject[];
  /** Revisions and channels of the stack's own control planes. */
  readonly revisions: readonly string[];
  /** What a Namespace holds of others; needed for Namespaces alone. */
  readonly contents?: Contents;
}

/** What is known of the objects in a Namespace. */
export interface Contents {
  /** Titles of objects that the stack did not make. */
  readonly foreign: readonly string[];
  /** Kinds that could not be listed. */
  readonly unknown: readonly string[];
}

/**
 * What becomes of a shared object in the cluster:
 *
 * - `delete`: nobody else needs it
 * - `lost`: it is not the stack's (any more)
 * - `leave`: other stacks need it, and one of them can own it from now on
 * - `keep`: something else rests on it; it stays the stack's
 */
export type Leaving =
  | { readonly kind: "delete" }
  | { readonly kind: "lost" }
  | { readonly kind: "leave" | "keep"; readonly reasons: readonly string[] };

/**
 * Stacks that need an object; the stack itself is one where it owned the object and only uses it from
 * now on. A validator serves the control plane of its owner alone.
 */
function needingStacks({ part, object, anchor, manager, heir }: LeavingFacts): string[] {
  const owners = stackManagers(object, manager).map(stackTitle);
  const marked = [object, anchor ?? object].flatMap((marks) => [
    ...markedBy(marks, "user", heir ? manager : undefined),
    ...markedBy(marks, "former", manager),
  ]);
  const anchored = anchor === undefined ? [] : owningStacks(anchor, manager).map(stackTitle);
  return [...new Set(part === "validator" ? owners : [...owners, ...anchored, ...marked])].sort();
}

/** Control planes of no stack, which leave no marks. A stack that needs a part declares it. */
function otherIstiods({ istiods }: LeavingFacts): string[] {
  return istiods
    .filter((istiod) => getPath(istiod, "metadata.deletionTimestamp") === undefined)
    .filter((istiod) => owningStacks(istiod).length === 0)
    .map((istiod) => `${namespaceOf(istiod)}/${nameOf(istiod)}`);
}

function ownRevisions({ istiods, manager, revisions }: LeavingFacts): string[] {
  const running = istiods
    .filter((istiod) => isManagedBy(istiod, manager))
    .map((istiod) => labelsOf(istiod)[REVISION_LABEL] ?? "");
  return [...revisions, ...running].map(revisionLabel);
}

/** Whether a pod of a mesh cannot start again without the CNI plugin. */
function needsPlugin(pod: JsonObject): boolean {
  const phase = getPath(pod, "status.phase");
  const ends = phase === "Succeeded" || phase === "Failed";
  const redirectsItself = listAt(pod, "spec.initContainers").some(
    ({ name }) => name === "istio-init",
  );
  return !ends && !redirectsItself && getPath(pod, "metadata.deletionTimestamp") === undefined;
}

/** Pods that a control plane of somebody else's has injected, and that need the CNI plugin. */
function otherPods(facts: LeavingFacts): string[] {
  const own = ownRevisions(facts);
  return facts.pods
    .filter(needsPlugin)
    .filter((pod) => {
      const revision = injectedRevision(annotationsOf(pod));
      return revision !== undefined && !own.includes(revisionLabel(revision));
    })
    .map((pod) => `${namespaceOf(pod)}/${nameOf(pod)}`);
}

const NOTHING: Contents = { foreign: [], unknown: [] };

function namespaceReasons({ object, contents = NOTHING }: LeavingFacts): string[] {
  const { foreign, unknown } = contents;
  return [
    ...(madeByOthers(object) ? ["the stack did not make it"] : []),
    ...(foreign.length > 0 ? [`it holds ${someOf(foreign)}`] : []),
    ...(unknown.length > 0
      ? [`what it holds is not known: the API server does not list ${someOf(unknown)}`]
      : []),
  ];
}

/** What of others rests on an object, beside stacks. */
function reasonsOf(facts: LeavingFacts): string[] {
  const { part } = facts;
  if (part === "validator") {
    return [];
  }
  if (part === "namespace") {
    return namespaceReasons(facts);
  }
  const istiods = otherIstiods(facts);
  const pods = part === "cni" || part === "ztunnel" ? otherPods(facts) : [];
  return [
    ...(istiods.length > 0 ? [`the control plane ${someOf(istiods)} is of somebody else's`] : []),
    ...(pods.length > 0 ? [`pods of other control planes need it: ${someOf(pods)}`] : []),
  ];
}

/** Whether a stack may decide about an object at all. */
function isTheirs({ object, manager, heir }: LeavingFacts): boolean {
  return heir
    ? !managersOf(object).some((entry) => isInstaller(entry.manager))
    : isManagedBy(object, manager);
}

/**
 * Decides about an object of a part that a cluster has once, when a stack no longer declares it.
 *
 * @example
 * decideLeaving({ ...facts, istiods: [] }) // { kind: "delete" }
 */
export function decideLeaving(facts: LeavingFacts): Leaving {
  if (!isTheirs(facts)) {
    return { kind: "lost" };
  }
  const stacks = needingStacks(facts);
  const reasons = reasonsOf(facts);
  if (stacks.length > 0) {
    const who = `${stacks.length === 1 ? "the stack" : "the stacks"} ${someOf(stacks)}`;
    return { kind: "leave", reasons: [`${who} ${stacks.length === 1 ? "uses" : "use"} it`] };
  }
  return reasons.length > 0 ? { kind: "keep", reasons } : { kind: "delete" };
}
