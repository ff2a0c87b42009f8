import type { JsonObject } from "../../mesh/common/json";
import { countsText, type GateVerdict, type Measurement } from "../../mesh/gates/decide";
import { gatesAfter, gateTitle } from "../../mesh/gates/gates";
import type { GatewaySubject } from "../../mesh/gates/promql";
import { timingOf } from "../../mesh/gates/timing";
import type { GatePolicy, MeasuringGate, PauseGate } from "../../mesh/model/gateInputs";
import type { Happening } from "../../mesh/runner/events";
import { gatewaySubjects } from "../../mesh/runner/subjects";
import type { UpgradePlan, UpgradeStage } from "../../mesh/upgrade/types";
import type { ClusterAccess } from "../checks/validate/readState";
import { measureCommand } from "../gates/command";
import { measureMesh, NO_CLUSTER } from "../gates/mesh";
import { type AskPrometheus, measurePrometheus, openPrometheus } from "../gates/prometheus";
import { runGate } from "../gates/runGate";
import { measureWebhook } from "../gates/webhook";

/** What gates need from their environment. */
export interface GatePlace {
  readonly stack: string;
  /** The folder of Pulumi.yaml. */
  readonly folder: string;
  /** Absent if the stack renders to a folder. */
  readonly access?: ClusterAccess;
  readonly signal: AbortSignal;
  readonly tell: (event: Happening) => void;
}

/** The time of a stage's update, in milliseconds since 1970. */
export interface StageTimes {
  readonly began: number;
  readonly ended: number;
}

/** What the gates after a stage have decided. */
export type StageVerdict =
  | { readonly kind: "passed"; readonly pauses: readonly PauseGate[] }
  | {
      readonly kind: "failed" | "undecided";
      readonly gate: MeasuringGate;
      readonly saw: string;
    }
  /** A person has asked for a pause, so the gates were ended. */
  | { readonly kind: "paused"; readonly since: string };

function measurerOf(
  gate: MeasuringGate,
  place: GatePlace,
  context: {
    readonly ask: AskPrometheus | undefined;
    readonly gateways: readonly GatewaySubject[];
    readonly began: number;
    readonly body: JsonObject;
  },
): () => Promise<Measurement> {
  const { folder, signal, access } = place;
  const { ask, gateways, began, body } = context;
  switch (gate.kind) {
    case "mesh":
      return () => measureMesh(access, gate, began);
    case "prometheus":
      return async () =>
        ask === undefined
          ? { outcome: "impossible", saw: "the policy names no Prometheus" }
          : measurePrometheus(ask, gate, gateways);
    case "command": {
      const variables = {
        MESH_UPGRADE_STACK: String(body.stack),
        MESH_UPGRADE_STAGE: String(body.stage),
        MESH_UPGRADE_TO: String(body.to),
      };
      return () => measureCommand(gate, { folder, variables, signal });
    }
    case "webhook":
      return () => measureWebhook(gate, body);
    default:
      return gate satisfies never;
  }
}

/** The worst of all. What has failed goes before what could not be decided. */
function worst(all: readonly { readonly gate: MeasuringGate; readonly verdict: GateVerdict }[]) {
  const found =
    all.find(({ verdict }) => verdict.kind === "failed") ??
    all.find(({ verdict }) => verdict.kind === "undecided");
  return found && { gate: found.gate, kind: found.verdict.kind, saw: found.verdict.saw };
}

/** Without a cluster, there is no mesh to look at, and the gate says so. */
function measurable(policy: GatePolicy, stage: UpgradeStage, { access, tell }: GatePlace) {
  const { measuring, pauses } = gatesAfter(policy, stage);
  const isBlind = ({ kind }: MeasuringGate) => kind === "mesh" && access === undefined;
  for (const gate of measuring.filter(isBlind)) {
    const said = { gate: gateTitle(gate), verdict: "passed", saw: NO_CLUSTER } as const;
    tell({ event: "gate", stage: stage.name, ...said });
  }
  return { measuring: measuring.filter((gate) => !isBlind(gate)), pauses };
}

/**
 * Runs the gates after a stage, all at the same time. The first one that fails ends the others.
 *
 * @throws the signal's reason if it is stopped
 */
export async function runStageGates(
  plan: UpgradePlan,
  stage: UpgradeStage,
  policy: GatePolicy,
  times: StageTimes,
  place: GatePlace,
): Promise<StageVerdict> {
  const { measuring, pauses } = measurable(policy, stage, place);
  const context = {
    ask: policy.prometheus && openPrometheus(policy.prometheus, place.access?.cluster),
    gateways: gatewaySubjects(plan, stage.name),
    began: times.began,
    body: {
      stack: place.stack,
      stage: stage.name,
      to: plan.to,
      gateways: [...stage.gateways],
      namespaces: [...stage.namespaces],
    },
  };
  const failing = new AbortController();
  const signal = AbortSignal.any([place.signal, failing.signal]);
  const decided = await Promise.all(
    measuring.map(async (gate) => {
      const [timing, title] = [timingOf(gate), gateTitle(gate)];
      const common = { stage: stage.name, gate: title };
      try {
        const verdict = await runGate(timing, {
          measure: measurerOf(gate, { ...place, signal }, context),
          begun: times.ended,
          told: ({ outcome, saw }, { counts }) =>
            place.tell({
              event: "measurement",
              ...common,
              progress: countsText(counts, timing),
              outcome,
              saw,
            }),
          signal,
        });
        place.tell({ event: "gate", ...common, verdict: verdict.kind, saw: verdict.saw });
        if (verdict.kind === "failed") {
          failing.abort(new Error("another gate has failed"));
        }
        return [{ gate, verdict }];
      } catch (error) {
        place.signal.throwIfAborted();
        if (failing.signal.aborted) {
          return [];
        }
        throw error;
      }
    }),
  );
  const bad = worst(decided.flat());
  return bad === undefined || bad.kind === "passed"
    ? { kind: "passed", pauses }
    : { kind: bad.kind, gate: bad.gate, saw: bad.saw };
}
