import { durationSeconds } from "../common/duration";
import type { JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath, objectAt } from "../k8s/path";
import type { EnvValue, GatewayInputs } from "../model/gatewayInputs";
import type { ComponentPlan } from "../spec/translate";
import { readK8s } from "./legacyK8s";
import { mergePieces, type Piece } from "./legacyPiece";
import { chartGateway, chartLabels, readGlobal, readValues } from "./legacyValues";
import { NETWORK_LABEL } from "./metadata";

/** A gateway of an overlay, converted to a typed gateway. */
export interface LegacyGateway {
  readonly gateway: GatewayInputs;
  /** Settings that would be lost. Do not use the gateway while there are any. */
  readonly problems: readonly Problem[];
  /** Messages about what changes although nothing is lost. */
  readonly notes: readonly string[];
}

const NETWORK_VIEW = "ISTIO_META_REQUESTED_NETWORK_VIEW";

/**
 * Seconds between the end of the drain and the end of the pod, for drains that do not fit the
 * default.
 */
const AFTER_DRAIN_SECONDS = 30;
const DEFAULT_GRACE_SECONDS = 75;

/**
 * The result includes the mesh's drain, because the typed gateway's grace period must be longer.
 */
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

/** Under an autoscaler the fixed number of pods is left out, as in the charts. */
function withoutReplicas(inputs: Partial<GatewayInputs>, path: string): Piece {
  const { replicas, ...others } = inputs;
  return inputs.autoscaling === undefined || replicas === undefined
    ? { inputs }
    : {
        inputs: others,
        notes: [
          `${path}.replicaCount: the autoscaler decides; ${replicas} was only the initial number`,
        ],
      };
}

/**
 * The chart's Service selects by all labels. The label of the network follows from the input
 * `network`.
 */
function labelled(labels: Readonly<Record<string, string>>): Piece {
  const { [NETWORK_LABEL]: network, ...others } = labels;
  const more = Object.keys(others).some((label) => label !== "app" && label !== "istio");
  return {
    inputs: { labels: others, ...(network !== undefined && { network }) },
    ...(more && { service: { selector: others } }),
  };
}

/** Returns the proxy's environment without the variable that the input `network` stands for. */
function withoutView(env: GatewayInputs["env"]): GatewayInputs["env"] {
  const { [NETWORK_VIEW]: _, ...others } = env ?? ({} as Record<string, EnvValue>);
  return Object.keys(others).length > 0 ? others : undefined;
}

/** A gateway into a network is an east-west gateway. */
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
    `remove Deployment ${plan.name} once ${typed} is ready, and with it its autoscaler and disruption budget: while they are there they also select the new pods, so that Kubernetes neither scales nor evicts those`,
    "pods are injected from now on: image and settings come from the control plane of their revision",
  ];
}

/** Without an autoscaler in the chart, `hpaSpec` had no effect. */
function readable(plan: ComponentPlan, block: JsonObject, path: string): Piece[] {
  const { hpaSpec, ...others } = plan.k8s;
  return block.autoscaleEnabled === false && hpaSpec !== undefined
    ? [...readK8s(others, path), { notes: [`${path}.hpaSpec: there was no autoscaler to change`] }]
    : readK8s(plan.k8s, path);
}

/** Leaves out keys that were not given. */
function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/**
 * Turns a gateway that an overlay declares (`components.ingressGateways`,
 * `components.egressGateways` with `k8s` and `values.gateways.*`) into a typed gateway that keeps
 * its Service: the same name, namespace, selector, ports, type and annotations, and therefore the
 * same address. The name of the pods' service account stays too, because policies may name it.
 *
 * @param plan the gateway's plan from `resolveMesh`
 * @returns the gateway, and a problem for each setting that a typed gateway does not have
 * @example
 * const plans = resolveMesh(inputs).components.filter(({ component }) => isGatewayComponent(component));
 * plans.map(fromOverlayGateway)
 */
export function fromOverlayGateway(plan: ComponentPlan): LegacyGateway {
  const { component, values, name, namespace } = plan;
  const { kind, block, revision } = chartGateway(plan);
  const k8sPath = `components.${component.name}.k8s`;

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
      revisions: [{ revision }],
      serviceAccount,
      service: all.service,
    }),
    problems: (all.problems ?? []).map((found) => ({
      source: `components.${component.name} ${name}`,
      ...found,
    })),
    notes: [...changeOver(plan, revision), ...(all.notes ?? []), ...(sized.notes ?? [])],
  };
}
