import type { JsonObject } from "../common/json";
import { isManagedTarget } from "../guard/decideInjection";
import { counts } from "../guard/rollout";
import { imageOf } from "../k8s/imageVersion";
import { getPath } from "../k8s/path";
import { countAt, nameOf, namespaceOf, templateOf, type Workload } from "../k8s/workload";
import { DISCOVERY, type LivePlane } from "../snapshot/controlPlanes";
import { gatewayWorkloads } from "../snapshot/gateways";
import { remoteRevisions } from "../snapshot/revisions";
import { liveUsers, type RevisionUser } from "../snapshot/users";
import type { PodCount, RevisionStatus, RevisionUsers } from "./types";
import { byText, isRead, planes, type View } from "./view";

/** Returns how many pods of a workload are available, and how many it asks for. */
export function podCount(workload: Workload): PodCount {
  const { ready, wanted } = counts(workload);
  const { kind, object } = workload;
  return { ready, wanted: kind === "DaemonSet" ? wanted : countAt(object, "spec.replicas") };
}

function users(name: string, view: View): RevisionUsers {
  const all = liveUsers(name, view.users);
  const named = (kind: RevisionUser["kind"]) => all.filter((user) => user.kind === kind);
  const gateways = new Set(
    gatewayWorkloads(view.workloads).map(
      ({ object }) => `${namespaceOf(object)}/${nameOf(object)}`,
    ),
  );
  const workloads = named("workload");
  const ofGateways = workloads.filter((user) => gateways.has(user.name)).length;
  return {
    tags: named("tag").map((user) => user.name),
    namespaces: named("namespace").length,
    workloads: workloads.length - ofGateways,
    gateways: ofGateways,
    ...(isRead(view, "pods") && {
      pods: view.proxies.filter((one) => one.revision === name).length,
    }),
  };
}

function webhooks(name: string, view: View): RevisionStatus["webhooks"] {
  const own = view.webhooks.filter(({ tag, revision }) => tag === undefined && revision === name);
  return { total: own.length, withCaBundle: own.filter((one) => one.hasCaBundle).length };
}

function common(name: string, view: View): Pick<RevisionStatus, "name" | "webhooks" | "users"> {
  return { name, webhooks: webhooks(name, view), users: users(name, view) };
}

function installed(
  { revision, version, namespace, name, deployment }: LivePlane,
  view: View,
): RevisionStatus {
  return {
    ...common(revision, view),
    kind: "istiod",
    ...(version !== undefined && { version }),
    istiod: {
      namespace,
      deployment: name,
      ...podCount({ kind: "Deployment", object: deployment }),
      image: imageOf(templateOf(deployment), DISCOVERY) ?? "",
    },
  };
}

/** Returns Google's ControlPlaneRevision of that name. */
export function managedRecord(name: string, { lists }: View): JsonObject | undefined {
  return lists.controlPlaneRevisions.find((object) => nameOf(object) === name);
}

function kindElsewhere(name: string, view: View): RevisionStatus["kind"] {
  if (isManagedTarget({ revision: name }) || managedRecord(name, view) !== undefined) {
    return "managed";
  }
  if (!isRead(view, "deployments") || !isRead(view, "mutatingWebhooks")) {
    return "unknown";
  }
  if (remoteRevisions(view.lists.mutatingWebhooks, view.lists.services).includes(name)) {
    return "remote";
  }
  return isRead(view, "services") || webhooks(name, view).total === 0 ? "gone" : "unknown";
}

/** A control plane without an istiod in the cluster. */
function elsewhere(name: string, view: View): RevisionStatus {
  const channel = getPath(managedRecord(name, view) ?? {}, "spec.channel");
  return {
    ...common(name, view),
    kind: kindElsewhere(name, view),
    ...(typeof channel === "string" && { channel }),
  };
}

/** Returns the names of revisions that the cluster uses and that no istiod in it has. */
function namesElsewhere(view: View): string[] {
  const known = new Set(planes(view).map(({ revision }) => revision));
  const names = [
    ...view.webhooks.map(({ revision }) => revision),
    ...view.lists.controlPlaneRevisions.map(nameOf),
    ...view.proxies.map(({ revision }) => revision),
  ];
  return [...new Set(names)].filter((name) => name !== "" && !known.has(name)).sort(byText);
}

/**
 * Returns every control plane, by name: those in the cluster, those that Google or another cluster
 * runs, and those of which only proxies are left.
 */
export function revisionStatus(view: View): RevisionStatus[] {
  return [
    ...planes(view).map((plane) => installed(plane, view)),
    ...namesElsewhere(view).map((name) => elsewhere(name, view)),
  ].sort((a, b) => byText(a.name, b.name));
}
