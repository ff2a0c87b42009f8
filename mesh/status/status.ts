import type { MeshFacts } from "../model/facts";
import { agentStatus } from "./agents";
import { autoscalerPending } from "./autoscalers";
import { drainingPending } from "./draining";
import { filtered } from "./filter";
import { gatewayPending, withoutImagePending } from "./gatewayPending";
import { gatewayStatus } from "./gateways";
import { namespacePending } from "./namespacePending";
import { namespaceStatus, planeVersions } from "./namespaces";
import { planePending, tagPending, validatorPending } from "./planePending";
import { proxyGroups } from "./proxies";
import { revisionStatus } from "./revisions";
import { rolloutPending, scaledToNone } from "./rollouts";
import { differences, stackPending } from "./stackDifferences";
import { supportPending } from "./support";
import { connectionsOf, syncPending } from "./sync";
import { tagStatus, validatorStatus } from "./tags";
import {
  type MeshStatus,
  type Pending,
  type RevisionStatus,
  type StackState,
  type StatusFilter,
  type StatusSource,
  unreadLists,
} from "./types";
import { resolveRevision, type View, viewOf } from "./view";

/** What a status is compared with, and what it leaves out. */
export interface StatusOptions {
  /** The facts of a stack. @default none: wanted shares follow from what the Deployments ask for */
  readonly desired?: MeshFacts;
  readonly stack?: StackState;
  /** @default everything */
  readonly filter?: StatusFilter;
}

type Parts = Omit<MeshStatus, "time" | "pending">;

/** Managed and remote istiods are not asked, so nothing is known about their connections. */
function inCluster(revisions: readonly RevisionStatus[]): string[] {
  return revisions.filter(({ kind }) => kind === "istiod").map(({ name }) => name);
}

const RANKS = { error: 0, warning: 1, info: 2, ok: 3 } as const;

function allPending(
  parts: Parts,
  view: View,
  now: number,
  { desired, stack }: StatusOptions,
): Pending[] {
  const { revisions, tags, gateways, namespaces, defaultValidator } = parts;
  const all: Pending[] = [
    ...rolloutPending(view),
    ...scaledToNone(view),
    ...planePending(revisions, view),
    ...tagPending(tags, revisions),
    ...validatorPending(defaultValidator, view),
    ...gatewayPending(gateways),
    ...withoutImagePending(view),
    ...namespacePending(namespaces, view),
    ...syncPending(view, inCluster(revisions)),
    ...drainingPending(view),
    ...autoscalerPending(view),
    ...supportPending(parts, now),
    ...(desired === undefined ? [] : differences(desired, parts)),
    ...(stack === undefined ? [] : stackPending(stack)),
  ];
  return all.sort((a, b) => RANKS[a.severity] - RANKS[b.severity]);
}

/**
 * Returns the state of a mesh: its parts, who uses them, what is in progress and what is wrong.
 *
 * @example
 * meshStatus(source, { desired: planMesh(inputs).facts }).pending.map(({ reason }) => reason)
 * // ["1-31-0 has 0 % of the ready pods and not 25 % (weight 25)"]
 */
export function meshStatus(source: StatusSource, options: StatusOptions = {}): MeshStatus {
  const { desired, filter = {} } = options;
  const view = viewOf(source);
  const revisions = revisionStatus(view);
  const versions = planeVersions(revisions);
  const proxies = view.proxies.filter(
    ({ namespace }) => filter.namespace === undefined || namespace === filter.namespace,
  );
  const defaultValidator = validatorStatus(view);
  const parts: Parts = {
    revisions,
    tags: tagStatus(view),
    ...(defaultValidator !== undefined && { defaultValidator }),
    agents: agentStatus(view),
    gateways: gatewayStatus(view, desired),
    proxies: proxyGroups(proxies, versions, connectionsOf(view)),
    namespaces: namespaceStatus(view, versions),
    unread: unreadLists(source),
  };
  const whole: MeshStatus = {
    time: new Date(source.now).toISOString(),
    ...parts,
    pending: allPending(parts, view, source.now, options),
  };
  const revision = filter.revision;
  return filtered(whole, {
    ...filter,
    ...(revision !== undefined && { revision: resolveRevision(revision, view) }),
  });
}
