import { counted } from "../common/lists";
import { gatewayTitle, revisionTitle } from "../model/facts";
import { describeChange } from "../plan/changeMessages";
import type { UpgradePlan, UpgradeStage } from "./types";
import { stageOf } from "./upgradePlan";

/** What a stage does, in sentences for people. */
export interface StageWords {
  /** What the stage does, in one sentence. */
  readonly title: string;
  /** What moves. Empty if nothing does. */
  readonly moves: readonly string[];
  /** Which pods restart or are replaced. */
  readonly restarts: readonly string[];
  /** What is checked before and during the update. */
  readonly checks: readonly string[];
}

const NO_RESTART = "No pod restarts.";

/** At most so many names stand in a title. */
const SHOWN = 3;

function listed(names: readonly string[], noun: string): string {
  if (names.length > SHOWN) {
    return counted(names.length, noun);
  }
  return `${noun}${names.length === 1 ? "" : "s"} ${names.join(", ")}`;
}

function fromText({ from }: UpgradePlan): string {
  return from.map(({ revision }) => revisionTitle(revision)).join(", ");
}

function gatewayTitleText(stage: UpgradeStage, former: UpgradeStage, plan: UpgradePlan): string {
  const { percent = 0, gateways } = stage;
  const names = listed(gateways, "gateway");
  const verb = gateways.length === 1 ? "sends" : "send";
  if (percent === 0) {
    const has = gateways.length === 1 ? "has" : "have";
    return `${names} ${has} pods of ${plan.revision} that are ready and serve nothing yet`;
  }
  const isAfterSwitch = former.kind === "gateways" && former.percent === 100;
  return isAfterSwitch && former.gateways.join() === gateways.join()
    ? `the old pods of ${names} are deleted`
    : `${names} ${verb} ${percent} % to ${plan.revision}`;
}

function agentsTitle({ to, nodeAgents, overlayGateways }: UpgradePlan): string {
  const moved = [
    ...nodeAgents,
    ...(overlayGateways.length > 0 ? [`the overlays' ${listed(overlayGateways, "gateway")}`] : []),
  ];
  return moved.length === 0
    ? `the mesh's own version goes to ${to}`
    : `the mesh's own version goes to ${to}, and with it ${moved.join(" and ")}`;
}

/** Returns what a stage does, in one sentence without a full stop. */
function titleOf(stage: UpgradeStage, former: UpgradeStage, plan: UpgradePlan): string {
  const { revision, to } = plan;
  switch (stage.kind) {
    case "prepare":
      return "nothing changes yet; only the checks run";
    case "install":
      return `control plane ${revision} (Istio ${to}) and the new CRDs are installed`;
    case "gateways":
      return gatewayTitleText(stage, former, plan);
    case "namespaces":
      return `${listed(stage.namespaces, "namespace")} ${stage.namespaces.length === 1 ? "moves" : "move"} to ${revision}`;
    case "tag":
      return `tag ${stage.tag} points to ${revision}`;
    case "tag-gateways":
      return `${listed(stage.gateways, "gateway")} ${stage.gateways.length === 1 ? "names" : "name"} tag ${stage.tag} again`;
    case "node-agents":
      return agentsTitle(plan);
    case "remove":
      return `control plane ${fromText(plan)} is removed`;
    case "finish":
      return "the upgrade is done; the inputs are what a person would have written";
  }
}

function namespaceRestarts({ namespaces, facts }: UpgradeStage): string[] {
  const own = facts.namespaces.filter(({ name }) => namespaces.includes(name));
  const restarted = own.filter(({ restarts }) => restarts).map(({ name }) => name);
  const kept = own.filter(({ restarts }) => !restarts).map(({ name }) => name);
  return [
    ...(restarted.length > 0
      ? [
          `The workloads of ${listed(restarted, "namespace")} restart in batches, and each batch is waited for.`,
        ]
      : []),
    ...(kept.length > 0
      ? [`Pods of ${listed(kept, "namespace")} keep the old proxy until somebody restarts them.`]
      : []),
  ];
}

function gatewayRestarts({ gateways, facts }: UpgradeStage): string[] {
  return facts.gateways
    .filter((gateway) => gateways.includes(gatewayTitle(gateway)))
    .map(
      ({ drainSeconds, ...gateway }) =>
        `New pods of gateway ${gatewayTitle(gateway)} are ready before old ones end. Each old pod has ${drainSeconds} s to finish its requests.`,
    );
}

/** A Service that selects other pods, or pods that serve nothing yet, end no pod. */
function isSwitch({ percent, gateways, facts, name }: UpgradeStage): boolean {
  const own = facts.gateways.filter((one) => gateways.includes(gatewayTitle(one)));
  return (
    percent === 0 ||
    (!name.endsWith("-without-old") && own.every(({ traffic }) => traffic === "active"))
  );
}

function agentRestarts({ nodeAgents, overlayGateways }: UpgradePlan): string[] {
  return [
    ...nodeAgents.map(
      (title) => `${title} is replaced on each node. New pods with a proxy wait meanwhile.`,
    ),
    ...(overlayGateways.length > 0
      ? [
          `The pods of the overlays' ${listed(overlayGateways, "gateway")} restart: such a gateway has no weights and moves as a whole.`,
        ]
      : []),
  ];
}

function restartsOf(stage: UpgradeStage, plan: UpgradePlan): string[] {
  const found = {
    prepare: () => [],
    install: () => [],
    gateways: () => (isSwitch(stage) ? [] : gatewayRestarts(stage)),
    namespaces: () => namespaceRestarts(stage),
    tag: () => [
      ...namespaceRestarts(stage),
      ...gatewayRestarts(stage),
      "Pods of other namespaces with this tag keep the old proxy until they restart.",
    ],
    "tag-gateways": () => gatewayRestarts(stage),
    "node-agents": () => agentRestarts(plan),
    remove: () => [],
    finish: () => [],
  }[stage.kind]();
  return found.length === 0 ? [NO_RESTART] : found;
}

function checksOf({ kind }: UpgradeStage, plan: UpgradePlan): string[] {
  const injects = `Control plane ${plan.revision} is ready, and its webhook injects the new pods, before a pod is touched.`;
  return {
    prepare: ["Permissions, CRDs and the version of Kubernetes fit the mesh."],
    install: [
      "Permissions, CRDs and the version of Kubernetes fit the new version.",
      "The new istiod is ready.",
    ],
    gateways: [injects, "All pods of the gateway are ready."],
    namespaces: [
      `Control plane ${plan.revision} is in the cluster.`,
      "All restarted pods are ready.",
    ],
    tag: [`Control plane ${plan.revision} is ready.`, "All restarted pods are ready."],
    "tag-gateways": [injects, "All pods of the gateway are ready."],
    "node-agents": ["All pods of the node agents are ready."],
    remove: [
      `No tag, namespace, workload or running proxy uses ${fromText(plan)} before it is deleted.`,
    ],
    finish: ["Nothing in the cluster changes."],
  }[kind];
}

/**
 * Returns what a stage does after the stage before it, in plain words: what moves, which pods restart
 * and what is checked.
 *
 * @throws InvalidInput for a name that the upgrade does not have
 * @example stageWords(plan, "gateway-web-10").moves
 * // ["gateway edge/web: 1-30-4 100 % (10 pods) → 1-30-4 90 % (9 pods), 1-31-0 10 % (1 pod). Its Service and address stay."]
 */
export function stageWords(plan: UpgradePlan, name: string): StageWords {
  const stage = stageOf(plan, name);
  const former = plan.stages[plan.stages.indexOf(stage) - 1] ?? stage;
  return {
    title: titleOf(stage, former, plan),
    moves: describeChange(former.facts, stage.facts).map(({ text }) => text),
    restarts: restartsOf(stage, plan),
    checks: checksOf(stage, plan),
  };
}

function placeText(plan: UpgradePlan, name: string): string {
  const place = plan.stages.indexOf(stageOf(plan, name)) + 1;
  return `stage ${place} of ${plan.stages.length}, ${name}`;
}

/**
 * Returns a stage in one line, with its place among all.
 *
 * @example stageLine(plan, "install")
 * // "stage 2 of 14, install: control plane 1-31-0 (Istio 1.31.0) and the new CRDs are installed"
 */
export function stageLine(plan: UpgradePlan, name: string): string {
  return `${placeText(plan, name)}: ${stageWords(plan, name).title}`;
}

/**
 * Returns the line of a stage that is reached on the way back. What it did on the way there is not done
 * again.
 *
 * @example stageBackLine(plan, "install") // "back to stage 2 of 14, install"
 */
export function stageBackLine(plan: UpgradePlan, name: string): string {
  return `back to ${placeText(plan, name)}`;
}
