import type { JsonObject } from "../common/json";
import { removalRefusal } from "../guard/users";
import { labelsOf, REVISION_LABEL, revisionLabel, TAG_LABEL } from "../k8s/istioLabels";
import { isManagedBy } from "../k8s/managers";
import { identityOf, type K8sObject } from "../k8s/objects";
import { nameOf, namespaceOf, WORKLOAD_KINDS } from "../k8s/workload";
import { managedRevision } from "../model/channels";
import { gatewayTitle, type OverlayGatewayFacts } from "../model/facts";
import { liveUsers, type UserLists, workloadOf } from "../snapshot/users";
import { consentFix, protectedOverlayGateways } from "./gatewaySteps";
import { foreignRevisions, type MeshPlan } from "./meshPlan";

/** One namespace of a mesh. */
export interface OwnNamespace {
  readonly name: string;
  /**
   * Whether the mesh created it. In both cases, only the mesh's own objects in it are certain to be
   * deleted with the mesh.
   */
  readonly created: boolean;
}

/**
 * The control planes of a mesh, and the parts of the mesh that use them. Plain data for the state.
 */
export interface MeshUses {
  /** Empty for Istio's default revision. */
  readonly revisions: readonly string[];
  readonly tags: readonly string[];
  readonly namespaces: readonly OwnNamespace[];
  /** The mesh's own workloads, as `NAMESPACE/NAME`. */
  readonly workloads: readonly string[];
  /** Typed gateways that may not be deleted, as `NAMESPACE/NAME`. */
  readonly protected: readonly string[];
  /**
   * Gateways of overlays that may not be deleted. Absent if there is none, and in states of earlier
   * releases, which protected none.
   */
  readonly protectedOverlays?: readonly string[];
  /**
   * Revisions whose control planes belong to someone else. Absent in states that earlier releases
   * wrote.
   */
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
 * Returns the control planes of a mesh and what uses them.
 *
 * @param objects all rendered objects
 * @param overlays the gateways of overlays
 */
export function meshUses(
  plan: Omit<MeshPlan, "shared" | "primary" | "facts" | "warnings">,
  objects: readonly K8sObject[],
  overlays: readonly OverlayGatewayFacts[] = [],
): MeshUses {
  const managed = plan.managed === undefined ? [] : [managedRevision(plan.managed)];
  const protectedOverlays = protectedOverlayGateways(overlays);
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
    ...(protectedOverlays.length > 0 && { protectedOverlays }),
    foreignRevisions: foreignRevisions(plan),
  };
}

type Going = Omit<MeshUses, "protected" | "protectedOverlays" | "foreignRevisions">;

/**
 * Returns what is deleted before any control plane: everything that is in the first and not in the
 * second.
 */
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

/** Returns the state of a cluster as it will be after these deletions. */
function without({ tags, namespaces, workloads }: Going, live: UserLists): UserLists {
  const unlabelled = new Set(namespaces.map(({ name }) => name));
  const own = new Set(workloads);
  const stays = (workload: JsonObject) => !own.has(`${namespaceOf(workload)}/${nameOf(workload)}`);
  return {
    mutatingWebhooks: live.mutatingWebhooks.filter(
      (webhook) => !tags.includes(labelsOf(webhook)[TAG_LABEL] ?? ""),
    ),
    namespaces: live.namespaces.filter((namespace) => !unlabelled.has(nameOf(namespace))),
    deployments: live.deployments.filter(stays),
    statefulSets: live.statefulSets.filter(stays),
    daemonSets: live.daemonSets.filter(stays),
    pods: live.pods.filter((pod) => !own.has(workloadOf(pod) ?? "")),
  };
}

/** Returns the revisions that are removed. */
export function removedRevisions(before: MeshUses, after: MeshUses = NOTHING): readonly string[] {
  return going(before, after).revisions;
}

/**
 * Returns whether a revision's control plane belongs to someone else: the inputs say so, and the
 * cluster has no injector of the stack's own for it. Earlier releases kept a guard for such a
 * revision too.
 */
export function isForeign(
  revision: string,
  { foreignRevisions: foreign = [] }: Pick<MeshUses, "foreignRevisions">,
  { mutatingWebhooks }: Pick<UserLists, "mutatingWebhooks">,
  manager: string,
): boolean {
  const label = revisionLabel(revision);
  const isOwn = mutatingWebhooks.some(
    (webhook) => labelsOf(webhook)[REVISION_LABEL] === label && isManagedBy(webhook, manager),
  );
  return foreign.map(revisionLabel).includes(label) && !isOwn;
}

/**
 * Returns why control planes must not be removed, or nothing if they may be. The guard of each
 * control plane asks the same after its own users are deleted. This function is called before
 * anything is deleted.
 *
 * @param after what the mesh will contain; `undefined` if the whole mesh is removed
 */
export function refuseRemoval(
  before: MeshUses,
  after: MeshUses | undefined,
  live: UserLists,
): string[] {
  const gone = going(before, after ?? NOTHING);
  const later = without(gone, live);
  return gone.revisions
    .map((revision) => removalRefusal(revision, liveUsers(revision, later)))
    .filter((text) => text !== undefined);
}

/** Returns why a whole mesh must not be removed, whatever uses it, or nothing if it may be. */
export function refuseProtectedRemoval({
  protected: gateways,
  protectedOverlays: overlays = [],
}: MeshUses): string[] {
  const refusal = (title: string, isOverlay: boolean) =>
    `gateway ${title} cannot be deleted because it is protected; fix: ${consentFix(title, isOverlay)}`;
  return [
    ...gateways.map((title) => refusal(title, false)),
    ...overlays.map((title) => refusal(title, true)),
  ];
}
