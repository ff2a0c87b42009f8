import { durationSeconds } from "../common/duration";
import { isObject, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import type { EnvValue, GatewayInputs } from "../model/gatewayInputs";
import type { ComponentPlan } from "../spec/translate";
import { readK8s } from "./legacyK8s";
import { mergePieces, type Piece } from "./legacyPiece";
import { chartLabels, readGlobal, readValues } from "./legacyValues";
import { NETWORK_LABEL } from "./metadata";

/** A gateway of an overlay as a typed one. */
export interface LegacyGateway {
  readonly gateway: GatewayInputs;
  /** Settings that would be lost. The gateway is not to be used while there is one. */
  readonly problems: readonly Problem[];
  /** For people: what changes although nothing is lost. */
  readonly notes: readonly string[];
}

const NETWORK_VIEW = "ISTIO_META_REQUESTED_NETWORK_VIEW";

/** Seconds between drain and end, for drains that the default does not fit. */
const AFTER_DRAIN_SECONDS = 30;
const DEFAULT_GRACE_SECONDS = 75;

function objectAt(document: JsonObject, path: string): JsonObject {
  const value = getPath(document, path);
  return isObject(value) ? value : {};
}

/** The mesh's drain goes along, since the typed gateway has to outlast it. */
function drain(values: JsonObject): Piece {
  const text = getPath(values, "meshConfig.defaultConfig.terminationDrainDuration");
  const seconds = typeof text === "string" ? durationSeconds(text) : undefined;
  if (seconds === undefined) {
    return {};
  }
  const grace = seconds < DEFAULT_GRACE_SECONDS ? undefined : seconds + AFTER_DRAIN_SECONDS;
  return {
    inputs: {
      meshDrainSeconds: seconds,
      ...(grace !== undefined && { terminationGracePeriodSeconds: grace }),
    },
  };
}

/** An autoscaler owns the number of pods; the charts leave the fixed one out then as well. */
function withoutReplicas(inputs: Partial<GatewayInputs>, path: string): Piece {
  const { replicas, ...others } = inputs;
  return inputs.autoscaling === undefined || replicas === undefined
    ? { inputs }
    : {
        inputs: others,
        notes: [`${path}.replicaCount: the autoscaler decides; ${replicas} was but its start`],
      };
}

/** The chart's Service selects by all labels; the network's follows from the input `network`. */
function labelled(labels: Readonly<Record<string, string>>): Piece {
  const { [NETWORK_LABEL]: network, ...others } = labels;
  const more = Object.keys(others).some((label) => label !== "app" && label !== "istio");
  return {
    inputs: { labels: others, ...(network !== undefined && { network }) },
    ...(more && { service: { selector: others } }),
  };
}

/** The proxy's environment without what the input `network` stands for. */
function withoutView(env: GatewayInputs["env"]): GatewayInputs["env"] {
  const { [NETWORK_VIEW]: _, ...others } = env ?? ({} as Record<string, EnvValue>);
  return Object.keys(others).length > 0 ? others : undefined;
}

/** The way into a network is an east-west gateway. */
function withKind(
  kind: "ingress" | "egress",
  inputs: Partial<GatewayInputs>,
): Partial<GatewayInputs> {
  const view = inputs.env?.[NETWORK_VIEW];
  const network = inputs.network ?? (typeof view === "string" ? view : undefined);
  return network === undefined
    ? { ...inputs, kind }
    : {
        ...inputs,
        env: withoutView(inputs.env),
        kind: "east-west",
        network,
        eastWest: { exposeServices: false },
      };
}

function changeOver(plan: ComponentPlan, revision: string): string[] {
  const typed = `${plan.name}-${revision}`;
  return [
    `Service ${plan.namespace}/${plan.name} stays, with its address; its selector takes the pods of Deployment ${plan.name} and of ${typed} alike`,
    `take Deployment ${plan.name} away once ${typed} is ready, and with it its autoscaler and disruption budget: while they are there they also select the new pods, so that Kubernetes neither scales nor evicts those`,
    "pods are injected from now on: image and settings come from the control plane of their revision",
  ];
}

/** Without an autoscaler of the chart there was nothing that `hpaSpec` could change. */
function readable(plan: ComponentPlan, block: JsonObject, path: string): Piece[] {
  const { hpaSpec, ...others } = plan.k8s;
  return block.autoscaleEnabled === false && hpaSpec !== undefined
    ? [...readK8s(others, path), { notes: [`${path}.hpaSpec: there was no autoscaler to change`] }]
    : readK8s(plan.k8s, path);
}

/** Keys that were not given are left out. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Turns a gateway that an overlay declares (`components.ingressGateways`, `components.egressGateways`
 * with `k8s` and `values.gateways.*`) into a typed one that keeps its Service: same name, namespace,
 * selector, ports, type, annotations and so its address. The pods' account keeps its name too, since
 * policies may name it.
 *
 * @param plan of the gateway, as `resolveMesh` makes it
 * @returns the gateway, and a problem for each setting that has no counterpart
 * @example
 * const plans = resolveMesh(inputs).components.filter(({ component }) => isGateway(component));
 * plans.map(fromOverlayGateway)
 */
export function fromOverlayGateway(plan: ComponentPlan): LegacyGateway {
  const { component, values, name, namespace } = plan;
  const kind = component.name === "egressGateways" ? "egress" : "ingress";
  const k8sPath = `components.${component.name}.k8s`;
  const block = objectAt(values, component.valuesRoot);
  const revision = getPath(values, "revision");
  const revisionName = typeof revision === "string" && revision !== "" ? revision : "default";

  const all = mergePieces([
    labelled(chartLabels(block, kind)),
    drain(values),
    ...readGlobal(objectAt(values, "global")),
    ...readValues(block, kind, `values.${component.valuesRoot}`),
    ...readable(plan, block, k8sPath),
  ]);
  const sized = withoutReplicas(all.inputs ?? {}, k8sPath);
  const inputs = withKind(kind, sized.inputs ?? {});
  const serviceAccount = { ...inputs.serviceAccount, name: `${name}-service-account` };
  return {
    gateway: defined({
      ...inputs,
      name,
      namespace,
      revisions: [{ revision: revisionName }],
      serviceAccount,
      service: all.service,
    }),
    problems: (all.problems ?? []).map((found) => ({
      source: `components.${component.name} ${name}`,
      ...found,
    })),
    notes: [...changeOver(plan, revisionName), ...(all.notes ?? []), ...(sized.notes ?? [])],
  };
}
