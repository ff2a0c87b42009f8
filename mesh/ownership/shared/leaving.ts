import type { JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { annotationsOf, labelsOf, REVISION_LABEL, revisionLabel } from "../../k8s/istioLabels";
import { isInstaller, isManagedBy, managersOf } from "../../k8s/managers";
import type { K8sObject } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import { injectedRevision } from "../../snapshot/proxies";
import { madeByOthers, markedBy, owningStacks, stackManagers, stackTitle } from "./marks";
import { isNodeAgent, type SharedPart } from "./parts";

/** The state of the cluster around a shared object that a stack no longer needs. */
export interface LeavingFacts {
  readonly part: SharedPart;
  /** The object in the cluster. */
  readonly object: K8sObject;
  /** The anchor object of its part, if that is another object and exists. */
  readonly anchor?: JsonObject;
  /** The stack's field manager. */
  readonly manager: string;
  /** True if the stack does not own the object but is the last one to use it. */
  readonly heir: boolean;
  /** The istiod Deployments in the cluster. */
  readonly istiods: readonly JsonObject[];
  /** All pods. Only the node agents need them. */
  readonly pods: readonly JsonObject[];
  /** The revisions and channels of the stack's own control planes. */
  readonly revisions: readonly string[];
  /** What else a Namespace contains. Only Namespaces need it. */
  readonly contents?: Contents;
}

/** What is known about the objects in a Namespace. */
export interface Contents {
  /** The titles of objects that the stack did not create. */
  readonly foreign: readonly string[];
  /** Kinds that could not be listed. */
  readonly unknown: readonly string[];
}

/**
 * What happens to a shared object in the cluster:
 *
 * - `delete`: no one else needs it
 * - `lost`: it does not belong to the stack, or no longer does
 * - `leave`: other stacks need it, and one of them can own it from now on
 * - `keep`: something else depends on it, so it stays the stack's
 */
export type Leaving =
  | { readonly kind: "delete" }
  | { readonly kind: "lost" }
  | { readonly kind: "leave" | "keep"; readonly reasons: readonly string[] };

/**
 * Returns the stacks that need an object. This includes the stack itself if it owned the object
 * and now only uses it. A validator serves only the control plane of its owner.
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

/**
 * Returns the control planes that belong to no stack. They leave no marks, whereas a stack that
 * needs a part declares it.
 */
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

/** Returns whether a pod of a mesh cannot start again without the CNI plugin. */
function needsPlugin(pod: JsonObject): boolean {
  const phase = getPath(pod, "status.phase");
  const ends = phase === "Succeeded" || phase === "Failed";
  const redirectsItself = listAt(pod, "spec.initContainers").some(
    ({ name }) => name === "istio-init",
  );
  return !ends && !redirectsItself && getPath(pod, "metadata.deletionTimestamp") === undefined;
}

/**
 * Returns the pods that another owner's control plane has injected and that need the CNI plugin.
 */
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

/** Returns what else depends on an object, apart from stacks. */
function reasonsOf(facts: LeavingFacts): string[] {
  const { part } = facts;
  if (part === "validator") {
    return [];
  }
  if (part === "namespace") {
    return namespaceReasons(facts);
  }
  const istiods = otherIstiods(facts);
  const pods = isNodeAgent(part) ? otherPods(facts) : [];
  return [
    ...(istiods.length > 0
      ? [`the control plane ${someOf(istiods)} is owned by someone else`]
      : []),
    ...(pods.length > 0 ? [`pods of other control planes need it: ${someOf(pods)}`] : []),
  ];
}

/** Returns whether a stack may decide about an object at all. */
function isTheirs({ object, manager, heir }: LeavingFacts): boolean {
  return heir
    ? !managersOf(object).some((entry) => isInstaller(entry.manager))
    : isManagedBy(object, manager);
}

/**
 * Decides what happens to an object of a shared part that a stack no longer declares.
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
