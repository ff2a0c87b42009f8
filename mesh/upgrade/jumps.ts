import { isInjectedByNamespace } from "../gateway/plan";
import { describeUsers, usersOfRevision } from "../guard/users";
import { revisionLabel } from "../k8s/istioLabels";
import {
  type ControlPlaneFacts,
  gatewayTitle,
  type MeshFacts,
  revisionTitle,
} from "../model/facts";

function onlyIn(
  { controlPlanes: own }: MeshFacts,
  { controlPlanes: others }: MeshFacts,
): ControlPlaneFacts[] {
  const names = others.map(({ revision }) => revisionLabel(revision));
  return own.filter(({ revision }) => !names.includes(revisionLabel(revision)));
}

/** A mesh before or after an update. */
export interface JumpSide {
  readonly facts: MeshFacts;
  /** Revisions that the mesh's own workloads name, such as gateways of overlays. */
  readonly ownRevisions: readonly string[];
}

/** Returns in words what uses a control plane, or `undefined` if nothing does. */
function usersText(revision: string, { facts, ownRevisions }: JumpSide): string | undefined {
  const users = usersOfRevision(revision, facts);
  const isOwn = ownRevisions.includes(revisionLabel(revision));
  const texts = [
    ...(users.length > 0 ? [describeUsers(users)] : []),
    ...(isOwn ? ["gateways of overlays"] : []),
  ];
  return texts.length === 0 ? undefined : texts.join(", ");
}

/** Pods should find a control plane that is ready, and leave one that still serves them. */
function movesWithPlane(before: JumpSide, after: JumpSide): string[] {
  const added = onlyIn(after.facts, before.facts).flatMap(({ revision }) => {
    const users = usersText(revision, after);
    return users === undefined
      ? []
      : [
          `control plane ${revisionTitle(revision)} would be installed in the update that moves ${users} to it`,
        ];
  });
  const removed = onlyIn(before.facts, after.facts).flatMap(({ revision }) => {
    const users = usersText(revision, before);
    return users === undefined
      ? []
      : [
          `control plane ${revisionTitle(revision)} would be removed in the update that moves ${users} away from it`,
        ];
  });
  return [...added, ...removed];
}

/** Pods that start in the update that moves their tag can be injected for the old target or the new one. */
function namesMovingTag({ facts: before }: JumpSide, { facts: after }: JumpSide): string[] {
  const isMoving = (name: string) => before.tags[name] !== after.tags[name];
  const gateways = after.gateways
    .filter(({ inputs }) => !isInjectedByNamespace(inputs))
    .flatMap((gateway) =>
      gateway.revisions
        .filter(({ revision }) => isMoving(revision))
        .map(
          ({ revision }) =>
            `tag ${revision} would move in the update in which gateway ${gatewayTitle(gateway)} names it, and its pods could get the proxy of either revision`,
        ),
    );
  const namespaces = after.namespaces.flatMap(({ name, revision }) => {
    const old = before.namespaces.find((own) => own.name === name);
    return old !== undefined && old.revision !== revision && isMoving(revision)
      ? [
          `tag ${revision} would move in the update that moves namespace ${name} to it, and its pods could get the proxy of either revision`,
        ]
      : [];
  });
  return [...gateways, ...namespaces];
}

/**
 * Returns why a change from one stage of an upgrade to another is not known to be safe in a single
 * update. Nothing is returned for a safe one.
 *
 * @example
 * jumpRisks(removed, firstCanary)
 * // ["control plane 1-30-4 would be installed in the update that moves gateway edge/web to it"]
 */
export function jumpRisks(before: JumpSide, after: JumpSide): string[] {
  return before.facts.controlPlanes.length === 0
    ? []
    : [...movesWithPlane(before, after), ...namesMovingTag(before, after)];
}
