import { type LiveObjects, liveUsers, removalRefusal } from "../guard/liveUsers";
import { labelsOf, REVISION_LABEL, revisionLabel, TAG_LABEL } from "../k8s/istioLabels";
import { isManagedBy } from "../k8s/managers";
import { identityOf, type K8sObject } from "../k8s/objects";
import { nameOf, namespaceOf, WORKLOAD_KINDS } from "../k8s/workload";
import { managedRevision } from "../model/channels";
import { gatewayTitle } from "../model/facts";
import { foreignRevisions, type MeshPlan } from "./meshPlan";

/** One namespace of a mesh. */
export interface OwnNamespace {
  readonly name: string;
  /** The mesh made it. Either way, only what the mesh itself has in it goes for certain. */
  readonly created: boolean;
}

/** Control planes of a mesh, and what of the mesh itself uses them. Plain data, for the state. */
export interface MeshUses {
  /** Empty for Istio's default revision. */
  readonly revisions: readonly string[];
  readonly tags: readonly string[];
  readonly namespaces: readonly OwnNamespace[];
  /** Workloads that are the mesh's own, as `NAMESPACE/NAME`. */
  readonly workloads: readonly string[];
  /** Gateways that may not be deleted, as `NAMESPACE/NAME`. */
  readonly protected: readonly string[];
  /** Revisions whose control planes are somebody else's. Absent in the state of former releases. */
  readonly foreignRevisions?: readonly string[];
}

const NOTHING: MeshUses = {
  revisions: [],
  tags: [],
  namespaces: [],
  workloads: [],
  protected: [],
};

/**
 * What a mesh has of control planes and of users of them.
 *
 * @param objects all that is rendered
 */
export function meshUses(
  plan: Omit<MeshPlan, "shared" | "primary" | "facts" | "warnings">,
  objects: readonly K8sObject[],
): MeshUses {
  const managed = plan.managed === undefined ? [] : [managedRevision(plan.managed)];
  const workloads = objects
    .filter(({ kind }) => WORKLOAD_KINDS.includes(kind))
    .map(identityOf)
    .map(({ namespace, name }) => `${namespace}/${name}`);
  return {
    revisions: [...plan.controlPlanes.map(({ revision }) => revision), ...managed],
    tags: Object.keys(plan.tags).sort(),
    namespaces: plan.namespaces.map(({ name, create = false }) => ({ name, created: create })),
    workloads: [...new Set(workloads)].sort(),
    protected: plan.gateways.filter(({ protect = true }) => protect).map(gatewayTitle),
    foreignRevisions: foreignRevisions(plan),
  };
}

type Going = Omit<MeshUses, "protected" | "foreignRevisions">;

/** What is deleted before any control plane is: of the former, all that the later have no more. */
function going(before: MeshUses, after: MeshUses): Going {
  const labels = after.revisions.map(revisionLabel);
  const stay = (name: string) => after.namespaces.some((own) => own.name === name);
  return {
    revisions: before.revisions.filter((revision) => !labels.includes(revisionLabel(revision))),
    tags: before.tags.filter((tag) => !after.tags.includes(tag)),
    namespaces: before.namespaces.filter(({ name }) => !stay(name)),
    workloads: before.workloads.filter((workload) => !after.workloads.includes(workload)),
  };
}

/** A cluster as it will be once what goes has gone. */
function without({ tags, namespaces, workloads }: Going, live: LiveObjects): LiveObjects {
  const unlabelled = new Set(namespaces.map(({ name }) => name));
  const own = new Set(workloads);
  const stays = (workload: string | undefined) => workload === undefined || !own.has(workload);
  return {
    webhooks: live.webhooks.filter((webhook) => !tags.includes(labelsOf(webhook)[TAG_LABEL] ?? "")),
    namespaces: live.namespaces.filter((namespace) => !unlabelled.has(nameOf(namespace))),
    workloads: live.workloads.filter((workload) =>
      stays(`${namespaceOf(workload)}/${nameOf(workload)}`),
    ),
    pods: live.pods.filter(({ workload }) => stays(workload)),
  };
}

/** Revisions that go. */
export function removedRevisions(before: MeshUses, after: MeshUses = NOTHING): readonly string[] {
  return going(before, after).revisions;
}

/**
 * Whether a revision's control plane is somebody else's: the inputs say so, and the cluster has no
 * injector of the stack's own for it. Former releases kept a guard for such a revision too.
 */
export function isForeign(
  revision: string,
  { foreignRevisions: foreign = [] }: Pick<MeshUses, "foreignRevisions">,
  { webhooks }: Pick<LiveObjects, "webhooks">,
  manager: string,
): boolean {
  const label = revisionLabel(revision);
  const isOwn = webhooks.some(
    (webhook) => labelsOf(webhook)[REVISION_LABEL] === label && isManagedBy(webhook, manager),
  );
  return foreign.map(revisionLabel).includes(label) && !isOwn;
}

/**
 * Why control planes may not go; empty when they may. The guard of each of them asks the same once
 * all that uses it has gone; this tells before anything has.
 *
 * @param after what the mesh is to have; nothing when all of it goes
 */
export function refuseRemoval(
  before: MeshUses,
  after: MeshUses | undefined,
  live: LiveObjects,
): string[] {
  const gone = going(before, after ?? NOTHING);
  const later = without(gone, live);
  return gone.revisions
    .map((revision) => removalRefusal(revision, liveUsers(revision, later)))
    .filter((text) => text !== undefined);
}

/** Why a whole mesh may not go, whoever uses it; empty when it may. */
export function refuseProtectedRemoval({ protected: gateways }: MeshUses): string[] {
  return gateways.map(
    (gateway) =>
      `gateway ${gateway} cannot be deleted because it is protected; ` +
      "fix: set its `protect` to false and update first (pulumi up)",
  );
}
