import type { GatewayInputs, GatewayKind } from "../model/gatewayInputs";
import { type Bounds, distribute, distributeBounds, type Share, shares } from "./weights";

/** What one revision of a gateway gets. */
export interface RevisionPlan extends Share {
  /** The revision, tag or channel that injects its pods. */
  readonly revision: string;
  /** The given weight, or its default. */
  readonly weight: number;
  /** The name of its Deployment, and of the objects that belong to it. */
  readonly deployment: string;
  /** The number of pods. Absent under an autoscaler, which sets it. */
  readonly replicas?: number;
  /** The bounds of its autoscaler. */
  readonly autoscaling?: Bounds;
  /** Whether the Service selects this revision. */
  readonly serves: boolean;
}

/** A gateway's inputs with those defaults filled in that more than one object needs. */
export interface GatewayPlan {
  readonly kind: GatewayKind;
  readonly traffic: "shared" | "active";
  /** The revision that serves, with `traffic: active`. */
  readonly active?: string;
  readonly serviceType: "LoadBalancer" | "ClusterIP" | "NodePort";
  /** The labels by which the Service selects its pods. */
  readonly selector: Readonly<Record<string, string>>;
  readonly drainSeconds: number;
  readonly graceSeconds: number;
  readonly revisions: readonly RevisionPlan[];
}

/** The label that tells the pods of one Deployment from all other pods of the namespace. */
export const DEPLOYMENT_LABEL = "app.kubernetes.io/instance";

/** Istio's default `terminationDrainDuration`. Source: Istio `pkg/config/mesh` (DefaultProxyConfig). */
const ISTIO_DRAIN_SECONDS = 5;

/** See {@link GatewayInputs.terminationGracePeriodSeconds}. */
const GRACE_SECONDS = 75;

const DEFAULT_REPLICAS = 2;
const DEFAULT_WEIGHT = 100;

const ISTIO_LABELS: Readonly<Record<GatewayKind, string>> = {
  ingress: "ingressgateway",
  egress: "egressgateway",
  "east-west": "eastwestgateway",
};

/** Returns the weights with the default filled in. */
export function weightsOf(inputs: Pick<GatewayInputs, "revisions">): number[] {
  return inputs.revisions.map(({ weight }) => weight ?? DEFAULT_WEIGHT);
}

/** Returns whether the label of the namespace alone decides which revision injects the pods. */
export function isInjectedByNamespace({ injection }: Pick<GatewayInputs, "injection">): boolean {
  return injection === "namespace";
}

/**
 * Returns the name of the Deployment of the revision at an index of the list. A Deployment that the
 * namespace's label moves keeps its name over the move.
 *
 * @example
 * deploymentName({ name: "ingress", revisions: [{ revision: "1-31-0" }] }, 0) // "ingress-1-31-0"
 */
export function deploymentName(
  inputs: Pick<GatewayInputs, "name" | "naming" | "injection" | "revisions">,
  index: number,
): string {
  if (isInjectedByNamespace(inputs)) {
    return inputs.name;
  }
  if (inputs.naming === "google") {
    return index === 0 ? inputs.name : `${inputs.name}-canary`;
  }
  return `${inputs.name}-${inputs.revisions[index]?.revision}`;
}

/** Returns the labels that every pod of the gateway has, whatever its revision. */
export function gatewayLabels(inputs: GatewayInputs): Record<string, string> {
  return {
    app: inputs.name,
    istio: ISTIO_LABELS[inputs.kind ?? "ingress"],
    ...inputs.labels,
    ...inputs.service?.selector,
  };
}

/**
 * Returns the labels by which a Service or a Gateway resource selects the pods of every revision.
 */
export function sharedSelector(inputs: GatewayInputs): Record<string, string> {
  const { app = "", istio = "" } = gatewayLabels(inputs);
  return { ...(inputs.service?.selector ?? { app, istio }) };
}

/** Returns the seconds for which a terminating pod serves at least. */
export function drainSeconds(inputs: GatewayInputs): number {
  return inputs.terminationDrainSeconds ?? inputs.meshDrainSeconds ?? ISTIO_DRAIN_SECONDS;
}

/** Returns the seconds after which Kubernetes kills a terminating pod. */
export function graceSeconds(inputs: GatewayInputs): number {
  return inputs.terminationGracePeriodSeconds ?? GRACE_SECONDS;
}

/**
 * Returns the index of the revision with the largest weight, the first one if several are equal.
 */
export function heaviest(inputs: Pick<GatewayInputs, "revisions">): number {
  const weights = weightsOf(inputs);
  return weights.indexOf(Math.max(...weights));
}

function activeIndex(inputs: GatewayInputs): number | undefined {
  if (inputs.traffic !== "active") {
    return undefined;
  }
  const named = inputs.revisions.findIndex(({ revision }) => revision === inputs.active);
  return inputs.active === undefined ? heaviest(inputs) : named;
}

type Size = Pick<RevisionPlan, "replicas" | "autoscaling">;

function sharedSizes(inputs: GatewayInputs, weights: readonly number[]): Size[] {
  const { autoscaling, replicas = DEFAULT_REPLICAS } = inputs;
  if (autoscaling === undefined) {
    return distribute(weights, replicas).counts.map((count) => ({ replicas: count }));
  }
  const { minReplicas: min, maxReplicas: max } = autoscaling;
  return distributeBounds(weights, { min, max }).map((bounds) =>
    bounds === undefined ? { replicas: 0 } : { autoscaling: bounds },
  );
}

function fullSize({ autoscaling, replicas = DEFAULT_REPLICAS }: GatewayInputs): Size {
  return autoscaling === undefined
    ? { replicas }
    : { autoscaling: { min: autoscaling.minReplicas, max: autoscaling.maxReplicas } };
}

function sizes(inputs: GatewayInputs, weights: readonly number[]): Size[] {
  if (inputs.traffic !== "active") {
    return sharedSizes(inputs, weights);
  }
  const warm: Size = { replicas: inputs.warmReplicas ?? 1 };
  return weights.map((weight) => (weight > 0 ? fullSize(inputs) : warm));
}

/** Returns the minimum number of pods, by which traffic is shared. */
function podsOf({ replicas, autoscaling }: Size): number {
  return replicas ?? autoscaling?.min ?? 0;
}

function planRevisions(inputs: GatewayInputs): RevisionPlan[] {
  const weights = weightsOf(inputs);
  const all = sizes(inputs, weights);
  const active = activeIndex(inputs);
  const one = weights.map((_, index) => (index === active ? 1 : 0));
  const share = active === undefined ? shares(weights, all.map(podsOf)) : shares(one, one);
  return inputs.revisions.map(({ revision }, index) => ({
    revision,
    weight: weights[index] ?? 0,
    deployment: deploymentName(inputs, index),
    ...all[index],
    ...(share[index] as Share),
    serves: active === undefined ? podsOf(all[index] as Size) > 0 : index === active,
  }));
}

function planSelector(inputs: GatewayInputs): Record<string, string> {
  const active = activeIndex(inputs);
  return {
    ...sharedSelector(inputs),
    ...(active !== undefined && { [DEPLOYMENT_LABEL]: deploymentName(inputs, active) }),
  };
}

/**
 * Works out what each revision of a gateway gets. The inputs must be valid (see
 * `checkGatewayInputs`).
 *
 * @example
 * planGateway({
 *   name: "ingress",
 *   namespace: "gateways",
 *   replicas: 4,
 *   revisions: [{ revision: "1-30-4", weight: 90 }, { revision: "1-31-0", weight: 10 }],
 * }).revisions.map(({ replicas }) => replicas) // [3, 1]
 */
export function planGateway(inputs: GatewayInputs): GatewayPlan {
  const active = activeIndex(inputs);
  const kind = inputs.kind ?? "ingress";
  return {
    kind,
    traffic: inputs.traffic ?? "shared",
    ...(active !== undefined && { active: inputs.revisions[active]?.revision }),
    serviceType: inputs.service?.type ?? (kind === "egress" ? "ClusterIP" : "LoadBalancer"),
    selector: planSelector(inputs),
    drainSeconds: drainSeconds(inputs),
    graceSeconds: graceSeconds(inputs),
    revisions: planRevisions(inputs),
  };
}

/** Returns the pods of a revision as text: their number, or the bounds of the autoscaler. */
export function podsText({ replicas, autoscaling }: RevisionPlan): string {
  return autoscaling === undefined ? String(replicas) : `${autoscaling.min}-${autoscaling.max}`;
}
