/** How often a gate measures, and what decides it. */
export interface GateTiming {
  /** Seconds from the end of one measurement to the next one. @default 10 for `mesh`, otherwise 30 */
  readonly interval?: number;
  /**
   * Good measurements with which the gate is passed.
   * @default 3 for `mesh` and `prometheus`, otherwise 1
   */
  readonly count?: number;
  /**
   * Seconds from the end of the stage's update to the first measurement.
   * @default `window` for `prometheus`, otherwise 0
   */
  readonly warmUp?: number;
  /**
   * Bad measurements that are tolerated. One more, and the gate has failed. This is `failureLimit` of
   * Argo Rollouts; the `threshold` of Flagger is one more.
   * @default 12 for `mesh`, 1 for `prometheus`, otherwise 0
   * @see https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
   * @see https://docs.flagger.app/usage/how-it-works
   */
  readonly limit?: number;
  /**
   * Seconds after the warm-up in which the gate has to be decided. After them, it has failed if the
   * last measurement was bad. Otherwise a person decides.
   * @default 600
   */
  readonly timeout?: number;
}

/** What all gates have. */
export interface GateCommon {
  /** How messages call the gate. @default what it measures */
  readonly name?: string;
  /**
   * The stages after which the gate stands: names of stages, or kinds for all such stages (`prepare`,
   * `install`, `gateways`, `namespaces`, `tag`, `tag-gateways`, `node-agents`, `remove`, `finish`).
   * @default all stages; for `prometheus`, those that give a gateway's pods of the new revision traffic
   * @example after: ["gateways", "namespaces-1"]
   */
  readonly after?: readonly string[];
  /**
   * What happens when the gate has failed: `rollback` takes the gateways back to the stage before the
   * new revision got traffic of them, `stop` leaves the stage as it is and waits for a person.
   * @default "rollback"
   */
  readonly onFailure?: "rollback" | "stop";
}

/**
 * The mesh is well: no error of `mesh validate`, all proxies in sync, and of the pods of control planes,
 * gateways, node agents and of proxies none is pending or has restarted since the stage began.
 */
export interface MeshGate extends GateTiming, GateCommon {
  readonly kind: "mesh";
  /**
   * Checks of `mesh validate` whose errors do not count, by their ids. For what was wrong before
   * the upgrade, and may stay so.
   * @default []
   */
  readonly ignore?: readonly string[];
}

/** What Prometheus gates measure without a query of the user's. */
export type GateMetric = "success-rate" | "p99";

/**
 * What Prometheus says: the share of requests without an error, the time in which 99 % of them are
 * answered, or a query of the user's.
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export interface PrometheusGate extends GateTiming, GateCommon {
  readonly kind: "prometheus";
  /**
   * `success-rate` is the percentage of requests without a status of 5xx, `p99` the time in
   * milliseconds in which 99 % of the requests are answered. Either this or `query`.
   */
  readonly metric?: GateMetric;
  /**
   * With `metric`: these workloads, as `NAMESPACE/NAME`, or `NAMESPACE` for each workload of it. Measured
   * where requests arrive.
   * @default the pods of the new revision of each gateway that has some
   */
  readonly workloads?: readonly string[];
  /**
   * A query in PromQL. Each series of its result has to be within `min` and `max`. In it,
   * `{{namespace}}`, `{{gateway}}`, `{{newWorkload}}`, `{{oldWorkload}}`, `{{newRevision}}` and
   * `{{oldRevision}}` stand for those of a gateway, and the query is then asked for each of them;
   * `{{window}}` stands for `window` (`60s`).
   * @see https://prometheus.io/docs/prometheus/latest/querying/basics/
   */
  readonly query?: string;
  /** The lowest good value. @default 99 for `success-rate`, otherwise none */
  readonly min?: number;
  /** The highest good value. @default none */
  readonly max?: number;
  /**
   * With `metric: p99` of gateways: how many times the p99 of the old revision's pods is still good.
   * @default 1.5, unless `max` is set
   */
  readonly maxTimesOld?: number;
  /** Seconds that rates look back. At least four times the interval of the scrapes. @default 60 */
  readonly window?: number;
  /**
   * What a measurement without data counts as: `wait` measures again until `timeout`, `fail` counts
   * it as bad, `pass` as good.
   * @default "wait"
   */
  readonly noData?: "fail" | "wait" | "pass";
}

/** A program of the user's. Good with exit code 0. Its output is part of what the gate saw. */
export interface CommandGate extends GateTiming, GateCommon {
  readonly kind: "command";
  /**
   * The program and its arguments, run in the folder of Pulumi.yaml, with `MESH_UPGRADE_STACK`,
   * `MESH_UPGRADE_STAGE` and `MESH_UPGRADE_TO` in its environment.
   * @example command: ["./smoke-test.sh", "--quick"]
   */
  readonly command: readonly string[];
  /** Seconds after which it is ended, which counts as bad. @default 60 */
  readonly timeLimit?: number;
}

/**
 * A service of the user's, which gets a POST with the stack, the stage and the new version as JSON.
 * Good with a status of 2xx. The answer is part of what the gate saw.
 */
export interface WebhookGate extends GateTiming, GateCommon {
  readonly kind: "webhook";
  /**
   * The address that gets the request.
   * @example url: "https://gate.example.com/upgrade"
   */
  readonly url: string;
  /** Headers of the request. May be secret. @default {} */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds in which it has to answer. @default 10 */
  readonly timeLimit?: number;
}

/** A person looks, and goes on with `mesh upgrade resume`. Comes after the other gates of its stage. */
export interface PauseGate {
  readonly kind: "pause";
  /** How messages call the gate. @default "pause" */
  readonly name?: string;
  /** The stages after which the runner stops, as in the other gates. */
  readonly after: readonly string[];
}

/** What has to be good before an upgrade goes on to its next stage. */
export type GateInputs = MeshGate | PrometheusGate | CommandGate | WebhookGate | PauseGate;

/** A gate that measures. */
export type MeasuringGate = Exclude<GateInputs, PauseGate>;

/** Where Prometheus answers, for gates of the kind `prometheus`. Either `url` or `service`. */
export interface PrometheusInputs {
  /**
   * The address of its API, without `/api/v1`.
   * @example url: "https://prometheus.example.com"
   */
  readonly url?: string;
  /**
   * `NAMESPACE/SERVICE:PORT` in the stack's cluster, asked through the API server, which needs the verb
   * `get` on `services/proxy` in that namespace.
   * @example service: "istio-system/prometheus:9090"
   */
  readonly service?: string;
  /** For `Authorization: Bearer`. May be secret. With `url` only. @default none */
  readonly bearerToken?: string;
  /** Further headers. May be secret. With `url` only. @default {} */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What has to be good between the stages of an upgrade. */
export interface GatePolicy {
  /** @default the mesh is well, after each stage */
  readonly gates?: readonly GateInputs[];
  /** Needed by gates of the kind `prometheus`. */
  readonly prometheus?: PrometheusInputs;
}

/** The gates of a policy that names none. */
export const DEFAULT_GATES: readonly GateInputs[] = [{ kind: "mesh" }];
