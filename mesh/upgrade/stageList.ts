import { inBatches } from "../common/lists";
import { isInjectedByNamespace } from "../gateway/plan";
import { DEFAULT_REVISION, revisionLabel } from "../k8s/istioLabels";
import { gatewayTitle } from "../model/facts";
import type { GatewayInputs } from "../model/gatewayInputs";
import type { NamespaceInputs } from "../model/namespaceInputs";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import type { UpgradePolicy } from "../model/upgradeInputs";
import {
  type GatewayMove,
  gatewayAt,
  isCanaried,
  movedGateway,
  type Progress,
} from "./gatewayCanary";
import { finished, installed, withNewAgents, withoutOld } from "./planeInputs";
import { gatewayNames } from "./policyChecks";
import { namesMovedTag, namesReplaced, type Replacement } from "./replacedPlanes";
import type { StageMoves } from "./types";

/** A stage, and what it changes in the inputs of the stage before it. */
export interface StageStep extends StageMoves {
  readonly apply: (inputs: ServiceMeshInputs) => ServiceMeshInputs;
}

/** What the stages are made from. */
interface Upgrade {
  /** The inputs before the upgrade. */
  readonly before: ServiceMeshInputs;
  readonly policy: UpgradePolicy;
  readonly replacement: Replacement;
}

const DEFAULT_WEIGHTS = [10, 50, 100];
const DEFAULT_BATCH = 10;
const NOTHING = { gateways: [], namespaces: [] };

/** Sorts items into the groups that name them. Each of the others is left for the caller. */
function grouped<T>(
  items: readonly T[],
  groups: readonly (readonly string[])[],
  namesOf: (item: T) => readonly string[],
): { readonly groups: T[][]; readonly rest: T[] } {
  const isIn = (group: readonly string[]) => (item: T) =>
    namesOf(item).some((name) => group.includes(name));
  const filled = groups.map((group) => items.filter(isIn(group)));
  return {
    groups: filled.filter((group) => group.length > 0),
    rest: items.filter((item) => !groups.some((group) => isIn(group)(item))),
  };
}

/** A gateway is replaced in the inputs by what it becomes. The others stay as they are. */
function changeGateways(
  inputs: ServiceMeshInputs,
  titles: readonly string[],
  change: (gateway: GatewayInputs) => GatewayInputs,
): ServiceMeshInputs {
  const { gateways } = inputs;
  return gateways === undefined || titles.length === 0
    ? inputs
    : {
        ...inputs,
        gateways: gateways.map((own) => (titles.includes(gatewayTitle(own)) ? change(own) : own)),
      };
}

function changeNamespaces(
  inputs: ServiceMeshInputs,
  names: readonly string[],
  change: (namespace: NamespaceInputs) => NamespaceInputs,
): ServiceMeshInputs {
  const { namespaces } = inputs;
  return namespaces === undefined || names.length === 0
    ? inputs
    : {
        ...inputs,
        namespaces: namespaces.map((own) => (names.includes(own.name) ? change(own) : own)),
      };
}

/** On the way, gateways that name a tag name the new revision itself, so that it can have a weight. */
function canaryMove({ replacement }: Upgrade): GatewayMove {
  return {
    revision: replacement.revision,
    isMoved: (name) => namesReplaced(name, replacement) || namesMovedTag(name, replacement),
  };
}

/** At the end, gateways name their tags again. */
function lastingMove({ replacement }: Upgrade): GatewayMove {
  return {
    revision: replacement.revision,
    isMoved: (name) => namesReplaced(name, replacement),
  };
}

function beforeOf({ before }: Upgrade): (gateway: GatewayInputs) => GatewayInputs {
  return (gateway) =>
    before.gateways?.find((own) => gatewayTitle(own) === gatewayTitle(gateway)) ?? gateway;
}

/** The moving namespaces that restart only for the upgrade, so that pods get the new proxy. */
function restarting({ before, policy, replacement }: Upgrade): string[] {
  return policy.restart === false
    ? []
    : (before.namespaces ?? [])
        .filter(({ restart }) => restart === undefined)
        .filter(
          ({ revision }) =>
            namesReplaced(revision, replacement) || namesMovedTag(revision, replacement),
        )
        .map(({ name }) => name);
}

function installStep(upgrade: Upgrade): StageStep {
  const names = restarting(upgrade);
  return {
    name: "install",
    kind: "install",
    ...NOTHING,
    // From here on, so that the way back from a namespace's stage restarts its workloads too.
    apply: (inputs) =>
      changeNamespaces(installed(inputs, upgrade.replacement), names, (namespace) => ({
        ...namespace,
        restart: {},
      })),
  };
}

/** Returns how far a group of gateways goes, stage by stage, with the ending of the stage's name. */
function progresses(
  gateways: readonly GatewayInputs[],
  { weights = DEFAULT_WEIGHTS }: UpgradePolicy,
): Progress[] {
  const shares = weights.at(-1) === 100 ? weights : [...weights, 100];
  const isActive = ({ traffic }: GatewayInputs) => traffic === "active";
  return [
    ...(gateways.some(isActive) ? [0] : []),
    ...(gateways.every(isActive) ? [100] : shares),
    ...(gateways.some(isActive) ? ["without-old" as const] : []),
  ];
}

function gatewayGroupSteps(
  group: readonly GatewayInputs[],
  title: string,
  upgrade: Upgrade,
): StageStep[] {
  const move = canaryMove(upgrade);
  const gateways = group.map(gatewayTitle);
  const original = beforeOf(upgrade);
  return progresses(group, upgrade.policy).map((progress) => ({
    name: `${title}-${progress}`,
    kind: "gateways",
    ...NOTHING,
    gateways,
    percent: progress === "without-old" ? 100 : progress,
    apply: (inputs) =>
      changeGateways(inputs, gateways, (gateway) => gatewayAt(original(gateway), progress, move)),
  }));
}

function gatewaySteps(upgrade: Upgrade): StageStep[] {
  const { before, policy } = upgrade;
  const move = canaryMove(upgrade);
  const all = before.gateways ?? [];
  const names = new Map(gatewayNames(before).map((own, index) => [all[index], own]));
  const namesOf = (gateway: GatewayInputs) => names.get(gateway) ?? [];
  const { groups, rest } = grouped(
    all.filter((gateway) => isCanaried(gateway, move)),
    policy.gatewayGroups ?? [],
    namesOf,
  );
  const together = groups.filter((group) => group.length > 1);
  return [...groups, ...rest.map((gateway) => [gateway])].flatMap((group) => {
    const place = together.indexOf(group);
    const title = place === -1 ? `gateway-${group.flatMap(namesOf)[0]}` : `gateways-${place + 1}`;
    return gatewayGroupSteps(group, title, upgrade);
  });
}

function namespaceSteps(upgrade: Upgrade): StageStep[] {
  const { before, policy, replacement } = upgrade;
  const moving = (before.namespaces ?? []).filter(({ revision }) =>
    namesReplaced(revision, replacement),
  );
  const { groups, rest } = grouped(moving, policy.namespaceGroups ?? [], ({ name }) => [name]);
  const batches = [...groups, ...inBatches(rest, policy.namespaceBatch ?? DEFAULT_BATCH)];
  const { revision } = replacement;
  return batches.map((batch, index) => {
    const namespaces = batch.map(({ name }) => name);
    // Their pods are injected as the label of the namespace says.
    const gateways = (before.gateways ?? [])
      .filter((own) => isInjectedByNamespace(own) && namespaces.includes(own.namespace))
      .map(gatewayTitle);
    return {
      name: `namespaces-${index + 1}`,
      kind: "namespaces",
      gateways,
      namespaces,
      apply: (inputs) =>
        changeGateways(
          changeNamespaces(inputs, namespaces, (namespace) => ({ ...namespace, revision })),
          gateways,
          (gateway) => movedGateway(gateway, lastingMove(upgrade)),
        ),
    };
  });
}

/** Returns the tags that move, in order. */
function movedTags({ before, policy, replacement }: Upgrade): string[] {
  const known = Object.keys(before.tags ?? {}).filter((tag) => namesMovedTag(tag, replacement));
  const first = (policy.tags ?? []).filter((tag) => known.includes(tag));
  const own = [...first, ...known.filter((tag) => !first.includes(tag))];
  const isUnnamed = replacement.from.some(({ revision }) => revision === "");
  // Without it, nothing would inject namespaces with istio-injection=enabled any more.
  return isUnnamed && !Object.hasOwn(replacement.tags, DEFAULT_REVISION)
    ? [...own, DEFAULT_REVISION]
    : own;
}

function namesTag(tag: string): (gateway: GatewayInputs) => boolean {
  return ({ revisions, eastWest }) =>
    revisions.some(({ revision }) => revision === tag) || eastWest?.istiodRevision === tag;
}

/** Gateways whose pods a tag injects by a namespace that the mesh does not restart. */
function taggedByNamespace({ before }: Upgrade, tag: string): string[] {
  const listed = (before.namespaces ?? []).map(({ name }) => name);
  return (before.gateways ?? [])
    .filter((own) => isInjectedByNamespace(own) && namesTag(tag)(own))
    .filter(({ namespace }) => !listed.includes(namespace))
    .map(gatewayTitle);
}

function tagStep(tag: string, upgrade: Upgrade): StageStep {
  const { before, replacement } = upgrade;
  const gateways = taggedByNamespace(upgrade, tag);
  const isTagged = ({ revision }: NamespaceInputs) =>
    Object.hasOwn(before.tags ?? {}, tag) && revision === tag;
  return {
    name: `tag-${tag}`,
    kind: "tag",
    gateways,
    namespaces: (before.namespaces ?? []).filter(isTagged).map(({ name }) => name),
    tag,
    apply: (inputs) =>
      changeGateways(
        { ...inputs, tags: { ...inputs.tags, [tag]: replacement.revision } },
        gateways,
        (gateway) => ({ ...gateway, restart: `upgrade to ${replacement.to}` }),
      ),
  };
}

/**
 * Gateways that named a tag name it again. This is no part of the tag's own stage, because new pods
 * could be created before each API server knows the tag's new target.
 */
function tagGatewaysStep(tag: string, tags: readonly string[], upgrade: Upgrade): StageStep {
  const later = tags.slice(tags.indexOf(tag) + 1);
  const gateways = (upgrade.before.gateways ?? [])
    .filter((own) => !isInjectedByNamespace(own) && namesTag(tag)(own))
    .filter((own) => !later.some((other) => namesTag(other)(own)))
    .map(gatewayTitle);
  const original = beforeOf(upgrade);
  return {
    name: `tag-${tag}-gateways`,
    kind: "tag-gateways",
    gateways,
    namespaces: [],
    tag,
    apply: (inputs) =>
      changeGateways(inputs, gateways, (gateway) =>
        movedGateway(original(gateway), lastingMove(upgrade)),
      ),
  };
}

function tagSteps(upgrade: Upgrade): StageStep[] {
  const tags = movedTags(upgrade);
  return tags.flatMap((tag) => [tagStep(tag, upgrade), tagGatewaysStep(tag, tags, upgrade)]);
}

function lastSteps(upgrade: Upgrade): StageStep[] {
  const { before, replacement } = upgrade;
  const names = restarting(upgrade);
  const withoutRestart = ({ restart: _, ...namespace }: NamespaceInputs) => namespace;
  return [
    {
      name: "node-agents",
      kind: "node-agents",
      ...NOTHING,
      apply: (inputs) => withNewAgents(inputs, replacement),
    },
    {
      name: "remove",
      kind: "remove",
      ...NOTHING,
      apply: (inputs) => withoutOld(inputs, replacement),
    },
    {
      name: "finish",
      kind: "finish",
      ...NOTHING,
      apply: (inputs) =>
        changeNamespaces(finished(inputs, before, replacement), names, withoutRestart),
    },
  ];
}

/** Returns all stages of an upgrade in order, each with what it changes. Some may change nothing. */
export function allStages(upgrade: Upgrade): StageStep[] {
  return [
    { name: "prepare", kind: "prepare", ...NOTHING, apply: (inputs) => inputs },
    installStep(upgrade),
    ...gatewaySteps(upgrade),
    ...namespaceSteps(upgrade),
    ...tagSteps(upgrade),
    ...lastSteps(upgrade),
  ];
}

/** Returns gateways that the label of a namespace moves which the inputs do not list. */
export function unlistedNamespaces({ before, replacement }: Upgrade): GatewayInputs[] {
  const listed = (before.namespaces ?? []).map(({ name }) => name);
  return (before.gateways ?? []).filter(
    (own) =>
      isInjectedByNamespace(own) &&
      !listed.includes(own.namespace) &&
      own.revisions.some(({ revision }) => namesReplaced(revisionLabel(revision), replacement)),
  );
}
