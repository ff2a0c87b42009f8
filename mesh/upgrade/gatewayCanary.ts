import { isInjectedByNamespace, planGateway, weightsOf } from "../gateway/plan";
import type { GatewayInputs, GatewayRevisionInputs } from "../model/gatewayInputs";

/** Which revisions of a gateway move to which one. */
export interface GatewayMove {
  /** The revision of the new control plane. */
  readonly revision: string;
  /** Whether a revision or tag of the gateway is replaced by it. */
  readonly isMoved: (name: string) => boolean;
}

/**
 * How far a gateway has moved. With `traffic: active` there are three steps: below 100 % the new pods
 * are ready and serve nothing, at 100 % the Service selects them, and `without-old` takes the old pods
 * away. A gateway with shared traffic has no old pods from 100 % on.
 */
export type Progress = number | "without-old";

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** Returns equal shares in whole numbers: in percent if that is possible, otherwise as small as possible. */
function wholeWeights(weights: readonly number[]): number[] {
  const total = sum(weights);
  const percent = weights.map((weight) => (100 * weight) / total);
  const common = weights.reduce(divisor, 0);
  return percent.every(Number.isInteger) ? percent : weights.map((weight) => weight / common);
}

type Weighted = Required<GatewayRevisionInputs>;

function weighted(inputs: GatewayInputs): Weighted[] {
  const weights = weightsOf(inputs);
  return inputs.revisions.map(({ revision }, index) => ({ revision, weight: weights[index] ?? 0 }));
}

/** Each revision that serves needs a pod of its own while both do. */
function withPodsFor(inputs: GatewayInputs): GatewayInputs {
  const { autoscaling, replicas = 2 } = inputs;
  const needed = weightsOf(inputs).filter((weight) => weight > 0).length;
  if (autoscaling !== undefined) {
    const maxReplicas = Math.max(autoscaling.maxReplicas, needed);
    return maxReplicas === autoscaling.maxReplicas
      ? inputs
      : { ...inputs, autoscaling: { ...autoscaling, maxReplicas } };
  }
  return replicas < needed ? { ...inputs, replicas: needed } : inputs;
}

/** Gives a part of the traffic of the revisions that move to the new one. */
function shared(inputs: GatewayInputs, percent: number, move: GatewayMove): GatewayInputs {
  const entries = weighted(inputs);
  const moving = sum(entries.filter(({ revision }) => move.isMoved(revision)).map((e) => e.weight));
  if (moving === 0) {
    return inputs;
  }
  const kept = entries.map(({ revision, weight }) => ({
    revision,
    weight: weight * (move.isMoved(revision) ? 100 - percent : 100),
  }));
  const all = kept.some(({ revision }) => revision === move.revision)
    ? kept
    : [...kept, { revision: move.revision, weight: 0 }];
  const next = all.map(({ revision, weight }) =>
    revision === move.revision ? weight + moving * percent : weight,
  );
  const whole = wholeWeights(next);
  const revisions = all.map(({ revision }, index) => ({ revision, weight: whole[index] ?? 0 }));
  return withPodsFor({ ...inputs, revisions });
}

/**
 * Sets the new pods beside the old ones, and lets the Service select one of the two. Nothing changes
 * if the revision that serves stays.
 */
function switched(inputs: GatewayInputs, percent: number, move: GatewayMove): GatewayInputs {
  const { active: serving = "" } = planGateway(inputs);
  if (!move.isMoved(serving)) {
    return inputs;
  }
  const isThere = inputs.revisions.some(({ revision }) => revision === move.revision);
  const revisions = isThere
    ? inputs.revisions.map((entry) =>
        entry.revision === move.revision ? { revision: entry.revision } : entry,
      )
    : [...inputs.revisions, { revision: move.revision }];
  return { ...inputs, active: percent < 100 ? serving : move.revision, revisions };
}

/** The new revision takes the place of the first that moves, and the traffic of all that do. */
function movedRevisions(inputs: GatewayInputs, move: GatewayMove): GatewayRevisionInputs[] {
  const entries = weighted(inputs);
  const moving = entries.filter(({ revision }) => move.isMoved(revision));
  const own = entries.find(({ revision }) => revision === move.revision);
  const [first] = moving;
  const total = sum(moving.map(({ weight }) => weight)) + (own?.weight ?? 0);
  const isAlone = moving.length === 1 && own === undefined;
  return inputs.revisions.flatMap((entry): GatewayRevisionInputs[] => {
    if (entry.revision === move.revision) {
      return [{ ...entry, weight: total }];
    }
    if (!move.isMoved(entry.revision)) {
      return [entry];
    }
    if (entry.revision !== first?.revision || own !== undefined || total === 0) {
      return [];
    }
    return [
      isAlone ? { ...entry, revision: move.revision } : { revision: move.revision, weight: total },
    ];
  });
}

/**
 * Returns a gateway that has moved: the new revision stands where the old one stood. Nothing else
 * changes.
 *
 * @example
 * movedGateway({ name: "web", namespace: "edge", revisions: [{ revision: "1-30-4" }] }, move).revisions
 * // [{ revision: "1-31-0" }]
 */
export function movedGateway(inputs: GatewayInputs, move: GatewayMove): GatewayInputs {
  const { active: serving, eastWest } = inputs;
  const exposed = eastWest?.istiodRevision;
  return {
    ...inputs,
    revisions: movedRevisions(inputs, move),
    ...(serving !== undefined && move.isMoved(serving) && { active: move.revision }),
    ...(exposed !== undefined &&
      move.isMoved(exposed) && { eastWest: { ...eastWest, istiodRevision: move.revision } }),
  };
}

/** Returns whether something of a gateway moves by weights, or by a switch of its Service. */
export function isCanaried(inputs: GatewayInputs, { isMoved }: GatewayMove): boolean {
  const exposed = inputs.eastWest?.istiodRevision;
  return (
    !isInjectedByNamespace(inputs) &&
    (inputs.revisions.some(({ revision }) => isMoved(revision)) ||
      (exposed !== undefined && isMoved(exposed)))
  );
}

/**
 * Returns a gateway on its way to the new control plane.
 *
 * With shared traffic, the old revision leaves the gateway at 100 %. At weight 0 it would have no pods
 * either, so that the way back takes as long, and nothing is left over. With `traffic: active` the
 * old pods stay ready after the switch, because a way back in seconds is what this kind is for.
 *
 * @example
 * gatewayAt({ name: "web", namespace: "edge", revisions: [{ revision: "1-30-4" }] }, 10, move).revisions
 * // [{ revision: "1-30-4", weight: 90 }, { revision: "1-31-0", weight: 10 }]
 */
export function gatewayAt(
  inputs: GatewayInputs,
  progress: Progress,
  move: GatewayMove,
): GatewayInputs {
  if (inputs.traffic === "active") {
    return progress === "without-old"
      ? movedGateway(inputs, move)
      : switched(inputs, progress, move);
  }
  const isDone = progress === "without-old" || progress === 100;
  return isDone ? movedGateway(inputs, move) : shared(inputs, progress, move);
}
