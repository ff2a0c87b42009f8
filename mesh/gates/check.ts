import { VALIDATIONS } from "../checks/registry";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";
import type {
  CommandGate,
  GateInputs,
  GatePolicy,
  MeasuringGate,
  MeshGate,
  PrometheusGate,
  PrometheusInputs,
  WebhookGate,
} from "../model/gateInputs";
import { checkSeconds } from "../model/timeouts";
import { type GatedStage, namesStage } from "./gates";
import { PLACEHOLDERS, placeholdersIn } from "./promql";
import { timingOf } from "./timing";

type Finding = Omit<Problem, "source">;

function isWhole(value: number, lowest: number): boolean {
  return Number.isInteger(value) && value >= lowest;
}

function countProblem(path: string, value: number | undefined, lowest: number): Finding[] {
  return value === undefined || isWhole(value, lowest)
    ? []
    : [{ path, value, reason: "is no number of measurements", allowed: `${lowest} or more` }];
}

function warmUpProblem(path: string, value: number | undefined): Finding[] {
  return value === undefined || (Number.isFinite(value) && value >= 0)
    ? []
    : [{ path, value, reason: "is not a duration", allowed: "seconds, 0 or more" }];
}

/** A gate that cannot measure often enough in its time would never be passed. */
function timeProblem(path: string, gate: MeasuringGate): Finding[] {
  const { interval, count, timeout } = timingOf(gate);
  const needed = (count - 1) * interval;
  return timeout >= needed
    ? []
    : [
        {
          path: `${path}.timeout`,
          value: timeout,
          reason: `${count} measurements, one each ${interval} s, take ${needed} s`,
          allowed: `${needed} or more`,
          fix: "raise it, or lower count or interval",
        },
      ];
}

function timingProblems(path: string, gate: MeasuringGate): Finding[] {
  const { interval, timeout, count, limit, warmUp } = gate;
  const own = [
    ...checkSeconds(`${path}.interval`, interval),
    ...checkSeconds(`${path}.timeout`, timeout),
    ...countProblem(`${path}.count`, count, 1),
    ...countProblem(`${path}.limit`, limit, 0),
    ...warmUpProblem(`${path}.warmUp`, warmUp),
  ];
  return own.length > 0 ? own : timeProblem(path, gate);
}

function meshProblems(path: string, { ignore = [] }: MeshGate): Finding[] {
  const known = VALIDATIONS.map(({ id }) => id);
  return ignore.flatMap((id, index) =>
    known.includes(id)
      ? []
      : [
          {
            path: `${path}.ignore[${index}]`,
            value: id,
            reason: "is no check of mesh validate",
            allowed: known.join(", "),
            fix: didYouMean(id, known),
          },
        ],
  );
}

function questionProblems(path: string, gate: PrometheusGate): Finding[] {
  const { metric, query, workloads, maxTimesOld, min, max } = gate;
  const oneOf = (metric === undefined) === (query === undefined);
  const isCompared = metric === "p99" && workloads === undefined;
  const hasLimit = metric !== undefined || min !== undefined || max !== undefined;
  return [
    ...(oneOf ? [{ path, reason: "has to have either metric or query" }] : []),
    ...(hasLimit || oneOf ? [] : [{ path, reason: "has neither min nor max", fix: "set one" }]),
    ...(maxTimesOld !== undefined && !isCompared
      ? [
          {
            path: `${path}.maxTimesOld`,
            value: maxTimesOld,
            reason: "goes with metric: p99 of gateways only",
            fix: "set max",
          },
        ]
      : []),
    ...(metric === "p99" && workloads !== undefined && max === undefined
      ? [{ path, reason: "p99 of workloads has no limit", fix: "set max, in milliseconds" }]
      : []),
    ...(min !== undefined && max !== undefined && min > max
      ? [{ path: `${path}.min`, value: min, reason: `is above max, which is ${max}` }]
      : []),
  ];
}

function placeholderProblems(path: string, { query = "" }: PrometheusGate): Finding[] {
  return placeholdersIn(query).flatMap((name) =>
    PLACEHOLDERS.includes(name)
      ? []
      : [
          {
            path: `${path}.query`,
            value: `{{${name}}}`,
            reason: "stands for nothing",
            allowed: PLACEHOLDERS.map((known) => `{{${known}}}`).join(", "),
            fix: didYouMean(name, PLACEHOLDERS),
          },
        ],
  );
}

function prometheusProblems(path: string, gate: PrometheusGate, { prometheus }: GatePolicy) {
  return [
    ...questionProblems(path, gate),
    ...placeholderProblems(path, gate),
    ...checkSeconds(`${path}.window`, gate.window),
    ...(prometheus === undefined
      ? [
          {
            path,
            reason: "needs a Prometheus",
            fix: "policy.prometheus: { url: … } or { service: NAMESPACE/SERVICE:PORT }",
          },
        ]
      : []),
  ];
}

function isHttp(url: string): boolean {
  return /^https?:\/\//.test(url) && URL.canParse(url);
}

function urlProblem(path: string, url: string): Finding[] {
  return isHttp(url)
    ? []
    : [{ path, reason: "is no address", allowed: "a URL that begins with http:// or https://" }];
}

function commandProblems(path: string, { command, timeLimit }: CommandGate): Finding[] {
  return [
    ...checkSeconds(`${path}.timeLimit`, timeLimit),
    ...(command.length > 0 && command[0] !== ""
      ? []
      : [{ path: `${path}.command`, reason: "names no program" }]),
  ];
}

function webhookProblems(path: string, { url, timeLimit }: WebhookGate): Finding[] {
  return [...checkSeconds(`${path}.timeLimit`, timeLimit), ...urlProblem(`${path}.url`, url)];
}

function kindProblems(path: string, gate: GateInputs, policy: GatePolicy): Finding[] {
  switch (gate.kind) {
    case "mesh":
      return meshProblems(path, gate);
    case "prometheus":
      return prometheusProblems(path, gate, policy);
    case "command":
      return commandProblems(path, gate);
    case "webhook":
      return webhookProblems(path, gate);
    case "pause":
      return [];
    default:
      return gate satisfies never;
  }
}

/** A misspelt stage would be a gate that never stands anywhere. */
function stageProblems(path: string, gate: GateInputs, stages: readonly GatedStage[]): Finding[] {
  const known = [...new Set(stages.flatMap(({ kind, name }) => [kind, name]))];
  return (gate.after ?? []).flatMap((name, index) =>
    stages.some((stage) => namesStage([name], stage))
      ? []
      : [
          {
            path: `${path}.after[${index}]`,
            value: name,
            reason: "is neither a stage of this upgrade nor a kind of its stages",
            allowed: known.join(", "),
            fix: didYouMean(name, known),
          },
        ],
  );
}

const SERVICE = /^[a-z0-9-]+\/[a-z0-9.-]+:[a-z0-9-]+$/;

function placeProblems(path: string, prometheus: PrometheusInputs | undefined): Finding[] {
  const { url, service, bearerToken, headers } = prometheus ?? {};
  if (prometheus === undefined) {
    return [];
  }
  const isBoth = (url === undefined) === (service === undefined);
  const isLogin = bearerToken !== undefined || headers !== undefined;
  return [
    ...(isBoth ? [{ path, reason: "has to have either url or service" }] : []),
    ...(url === undefined ? [] : urlProblem(`${path}.url`, url)),
    ...(service === undefined || SERVICE.test(service)
      ? []
      : [
          {
            path: `${path}.service`,
            value: service,
            reason: "names no port of a Service",
            allowed: "NAMESPACE/SERVICE:PORT, such as istio-system/prometheus:9090",
          },
        ]),
    ...(service !== undefined && isLogin
      ? [
          {
            path,
            reason: "bearerToken and headers do not reach a Service behind the API server",
            fix: "take them out, or use url",
          },
        ]
      : []),
  ];
}

/**
 * Checks the gates of an upgrade's policy.
 *
 * @param stages all stages of the upgrade
 * @param path where the policy stands, such as `upgrade.policy`
 */
export function checkGates(
  policy: GatePolicy,
  stages: readonly GatedStage[],
  path: string,
): Finding[] {
  const gates = policy.gates ?? [];
  return [
    ...gates.flatMap((gate, index) => {
      const place = `${path}.gates[${index}]`;
      return [
        ...(gate.kind === "pause" ? [] : timingProblems(place, gate)),
        ...kindProblems(place, gate, policy),
        ...stageProblems(place, gate, stages),
      ];
    }),
    ...placeProblems(`${path}.prometheus`, policy.prometheus),
  ];
}
