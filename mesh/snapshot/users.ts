import type { JsonObject } from "../common/json";
import { isObject } from "../common/json";
import { type InjectionWebhook, injectionWebhooks } from "../injection/webhooks";
import {
  annotationsOf,
  DEFAULT_REVISION,
  INJECTION_LABEL,
  labelsOf,
  POD_INJECTION_LABEL,
  REVISION_LABEL,
  revisionLabel,
} from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { listAt, nameOf, namespaceOf } from "../k8s/workload";
import { injectedRevision } from "./proxies";
import { itemsOf, type Read, type Snapshot, WORKLOAD_LISTS } from "./snapshot";

/** The lists that say who uses a revision. */
export const USER_LISTS = ["mutatingWebhooks", "namespaces", "pods", ...WORKLOAD_LISTS] as const;

type Lists = Snapshot<(typeof USER_LISTS)[number]>;

/** Everything in a cluster that may use a revision. */
export type UserLists = Read<Lists>;

/** Returns everything in a cluster that may use a revision, as far as it could be read. */
export function usersIn(lists: Lists): UserLists {
  const read = USER_LISTS.map((id) => [id, itemsOf(lists[id])]);
  return Object.fromEntries(read) as UserLists;
}

/** Something that uses a revision of the control plane. */
export interface RevisionUser {
  readonly kind: "tag" | "gateway" | "namespace" | "workload" | "proxy";
  /** The name, with the namespace if it has one. */
  readonly name: string;
  /** The tag through which it uses the revision. Absent if it names the revision itself. */
  readonly tag?: string;
}

/** What a pod says about its proxy. */
export interface LivePod {
  /** The pod's name with its namespace. */
  readonly name: string;
  /** The revision that injected the pod, or the one in its label, which may be a tag. */
  readonly revision: string;
}

/**
 * Returns the workload of a pod as `NAMESPACE/NAME`. The name of a ReplicaSet is that of its
 * Deployment, followed by the hash of the template.
 */
export function workloadOf(pod: JsonObject): string | undefined {
  const [owner] = listAt(pod, "metadata.ownerReferences");
  if (owner === undefined) {
    return undefined;
  }
  const hash = owner.kind === "ReplicaSet" ? labelsOf(pod)["pod-template-hash"] : undefined;
  const name = String(owner.name);
  const suffix = `-${hash}`;
  const own = hash !== undefined && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  return `${namespaceOf(pod)}/${own}`;
}

/**
 * Returns a pod as a user of a revision. Returns `undefined` if it has no proxy, or is terminating
 * or finished.
 */
export function livePod(pod: JsonObject): LivePod | undefined {
  const phase = getPath(pod, "status.phase");
  const ends = phase === "Succeeded" || phase === "Failed";
  const labels = labelsOf(pod);
  if (ends || isGoing(pod)) {
    return undefined;
  }
  const asked = labels[POD_INJECTION_LABEL] === "false" ? undefined : labels[REVISION_LABEL];
  const revision = injectedRevision(annotationsOf(pod)) ?? asked;
  return revision === undefined
    ? undefined
    : {
        name: `${namespaceOf(pod)}/${nameOf(pod)}`,
        revision,
      };
}

/** The names by which labels select a revision. */
interface Names {
  readonly revision: string;
  readonly tags: readonly string[];
  /** Whether `istio-injection=enabled` selects it. */
  readonly isDefault: boolean;
}

/** A deactivated webhook injects no pods. */
function servesEnabled({ namespaceSelector }: InjectionWebhook): boolean {
  return namespaceSelector.some(
    ({ key, operator, values }) =>
      key === INJECTION_LABEL && operator === "In" && values.includes("enabled"),
  );
}

function namesOf(revision: string, configurations: readonly JsonObject[]): Names {
  const own = injectionWebhooks(configurations).filter((webhook) => webhook.revision === revision);
  const tags = own.flatMap(({ tag }) => (tag === undefined ? [] : [tag]));
  return { revision, tags: [...new Set(tags)].sort(), isDefault: own.some(servesEnabled) };
}

function userNamed(
  kind: RevisionUser["kind"],
  name: string,
  label: string | undefined,
  { revision, tags }: Names,
): RevisionUser[] {
  if (label !== undefined && tags.includes(label)) {
    return [{ kind, name, tag: label }];
  }
  return label === revision ? [{ kind, name }] : [];
}

/** A workload that is being deleted creates no pods. */
function isGoing(object: JsonObject): boolean {
  return getPath(object, "metadata.deletionTimestamp") !== undefined;
}

function namespaceUser(namespace: JsonObject, names: Names): RevisionUser[] {
  if (isGoing(namespace)) {
    return [];
  }
  const labels = labelsOf(namespace);
  const name = nameOf(namespace);
  const injection = labels[INJECTION_LABEL];
  if (injection === undefined) {
    return userNamed("namespace", name, labels[REVISION_LABEL], names);
  }
  const tag = names.tags.includes(DEFAULT_REVISION) ? { tag: DEFAULT_REVISION } : {};
  return injection === "enabled" && names.isDefault ? [{ kind: "namespace", name, ...tag }] : [];
}

/** istiod and the node agents have a revision label too, but need no proxy. */
function workloadUser(workload: JsonObject, names: Names): RevisionUser[] {
  const template = getPath(workload, "spec.template");
  const labels = isObject(template) ? labelsOf(template) : {};
  if (labels[POD_INJECTION_LABEL] === "false" || isGoing(workload)) {
    return [];
  }
  const name = `${namespaceOf(workload)}/${nameOf(workload)}`;
  return userNamed("workload", name, labels[REVISION_LABEL], names);
}

/**
 * Returns everything in a cluster that uses a revision: tags that point to it, namespaces and
 * workloads that name it or such a tag, or that have `istio-injection=enabled` if the revision
 * serves that label, and running proxies.
 *
 * @param revision empty for Istio's default revision
 */
export function liveUsers(revision: string, live: UserLists): RevisionUser[] {
  const names = namesOf(revisionLabel(revision), live.mutatingWebhooks);
  const workloads = WORKLOAD_LISTS.flatMap((id) => live[id]);
  const pods = live.pods.flatMap((pod) => livePod(pod) ?? []);
  return [
    ...names.tags.map((name): RevisionUser => ({ kind: "tag", name })),
    ...live.namespaces.flatMap((namespace) => namespaceUser(namespace, names)),
    ...workloads.flatMap((workload) => workloadUser(workload, names)),
    ...pods.flatMap((pod) => userNamed("proxy", pod.name, pod.revision, names)),
  ];
}
