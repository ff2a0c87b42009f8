import {
  DEFAULT_GATES,
  type GateInputs,
  type GatePolicy,
  type MeasuringGate,
  type PauseGate,
  type PrometheusGate,
} from "../model/gateInputs";

/** @example gateTitle({ kind: "command", command: ["./smoke.sh", "-q"] }) // "command ./smoke.sh" */
export function gateTitle(gate: GateInputs): string {
  if (gate.name !== undefined) {
    return gate.name;
  }
  switch (gate.kind) {
    case "mesh":
      return "the mesh is well";
    case "prometheus":
      return gate.metric ?? "query of Prometheus";
    case "command":
      return `command ${gate.command[0] ?? ""}`;
    case "webhook":
      return "webhook";
    case "pause":
      return "pause";
    default:
      return gate satisfies never;
  }
}

/** What gates have to know of a stage. */
export interface GatedStage {
  readonly name: string;
  /** @example "gateways" */
  readonly kind: string;
  /** Of kind `gateways`: the share of the traffic that the new revision has after it. */
  readonly percent?: number;
}

/**
 * Returns whether a list of stages has one: by its name, or by its kind.
 *
 * @example namesStage(["gateways"], { name: "gateway-web-10", kind: "gateways" }) // true
 */
export function namesStage(names: readonly string[], { name, kind }: GatedStage): boolean {
  return names.includes(name) || names.includes(kind);
}

function standsAfter(gate: GateInputs, stage: GatedStage): boolean {
  if (gate.after !== undefined) {
    return namesStage(gate.after, stage);
  }
  const movesTraffic = stage.kind === "gateways" && (stage.percent ?? 0) > 0;
  return gate.kind !== "prometheus" || movesTraffic;
}

/**
 * Whether Prometheus answers at all, and takes the login. Asked before anything has changed, because the
 * first gate that needs it comes when a gateway has moved already.
 */
const PROMETHEUS_ANSWERS: PrometheusGate = {
  kind: "prometheus",
  name: "Prometheus answers",
  query: "vector(1)",
  count: 1,
  interval: 5,
  warmUp: 0,
};

function asksPrometheus(gates: readonly GateInputs[]): boolean {
  return gates.some(({ kind }) => kind === "prometheus");
}

/** The gates of one stage. */
export interface StageGates {
  /** They measure at the same time. */
  readonly measuring: readonly MeasuringGate[];
  /** A person looks afterwards. */
  readonly pauses: readonly PauseGate[];
}

/**
 * Returns the gates after a stage. After the first one, Prometheus has to answer if a gate needs it.
 *
 * @example gatesAfter({}, { name: "install", kind: "install" }).measuring // [{ kind: "mesh" }]
 */
export function gatesAfter({ gates = DEFAULT_GATES }: GatePolicy, stage: GatedStage): StageGates {
  const own = gates.filter((gate) => standsAfter(gate, stage));
  const isFirst = stage.kind === "prepare";
  return {
    measuring: [
      ...(isFirst && asksPrometheus(gates) ? [PROMETHEUS_ANSWERS] : []),
      ...own.filter((gate) => gate.kind !== "pause"),
    ],
    pauses: own.filter((gate) => gate.kind === "pause"),
  };
}
