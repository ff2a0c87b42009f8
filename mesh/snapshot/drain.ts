import { load } from "js-yaml";
import { durationSeconds } from "../common/duration";
import { isObject, type Json, type JsonObject } from "../common/json";
import { annotationsOf, PROXY_CONFIG } from "../k8s/istioLabels";
import { getPath, objectAt } from "../k8s/path";
import { listAt, PROXY_CONTAINER } from "../k8s/workload";

/** Istio's default for both settings. Source: Istio `pkg/config/mesh` (DefaultProxyConfig), `pkg/envoy`. */
const DEFAULT_DRAIN_SECONDS = 5;

/** Kubernetes' own default. */
const DEFAULT_GRACE_SECONDS = 30;

const DRAIN = "terminationDrainDuration";
const LEAST_DRAIN = "MINIMUM_DRAIN_DURATION";
const UNTIL_IDLE = "EXIT_ON_ZERO_ACTIVE_CONNECTIONS";

/** How long a proxy waits at least before it ends. */
export interface Drain {
  readonly seconds: number;
  /** The setting that says so, as a text. */
  readonly place: string;
  /** Who has set it: the pod itself, the mesh for all proxies, or nobody. */
  readonly setBy: "pod" | "mesh" | "default";
}

/** Returns the settings of one proxy from its annotation. Empty if the text is not YAML. */
function ownConfig(template: JsonObject): JsonObject {
  try {
    const parsed: unknown = load(annotationsOf(template)[PROXY_CONFIG] ?? "");
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function seconds(value: Json | undefined): number | undefined {
  return typeof value === "string" ? durationSeconds(value) : undefined;
}

type SetBy = Exclude<Drain["setBy"], "default">;

/** Returns the value of a variable of the proxy. The pod's own value wins. */
function variable(
  name: string,
  template: JsonObject,
  meshConfig: JsonObject,
): { readonly value: Json; readonly setBy: SetBy } | undefined {
  const proxy = listAt(template, "spec.containers").find((each) => each.name === PROXY_CONTAINER);
  const entry = listAt(proxy ?? {}, "env").find((each) => each.name === name);
  const own = entry?.value ?? getPath(ownConfig(template), `proxyMetadata.${name}`);
  const value = own ?? getPath(meshConfig, `defaultConfig.proxyMetadata.${name}`);
  return value === undefined ? undefined : { value, setBy: own === undefined ? "mesh" : "pod" };
}

function untilIdle(template: JsonObject, meshConfig: JsonObject): Drain | undefined {
  const exits = variable(UNTIL_IDLE, template, meshConfig);
  if (String(exits?.value) !== "true") {
    return undefined;
  }
  const least = variable(LEAST_DRAIN, template, meshConfig);
  const set = seconds(least?.value);
  return {
    seconds: set ?? DEFAULT_DRAIN_SECONDS,
    place: LEAST_DRAIN,
    setBy: set === undefined || least === undefined ? "default" : least.setBy,
  };
}

/**
 * Returns how long a proxy drains at least. With `EXIT_ON_ZERO_ACTIVE_CONNECTIONS`,
 * `MINIMUM_DRAIN_DURATION` counts, otherwise `terminationDrainDuration`. The pod's setting wins over
 * the mesh's.
 *
 * @param template of a workload's pods, or a pod
 * @see Istio `pkg/envoy/agent.go` (terminate)
 */
export function drainOf(template: JsonObject, meshConfig: JsonObject): Drain {
  const idle = untilIdle(template, meshConfig);
  if (idle !== undefined) {
    return idle;
  }
  const own = seconds(ownConfig(template)[DRAIN]);
  if (own !== undefined) {
    return {
      seconds: own,
      place: `${DRAIN} of the annotation ${PROXY_CONFIG}`,
      setBy: "pod",
    };
  }
  const meshes = seconds(getPath(meshConfig, `defaultConfig.${DRAIN}`));
  return {
    seconds: meshes ?? DEFAULT_DRAIN_SECONDS,
    place: `the mesh's ${DRAIN}`,
    setBy: meshes === undefined ? "default" : "mesh",
  };
}

/** Returns how long Kubernetes gives a pod to end, in seconds. */
export function graceOf(template: JsonObject): number {
  const grace = getPath(template, "spec.terminationGracePeriodSeconds");
  return typeof grace === "number" ? grace : DEFAULT_GRACE_SECONDS;
}

/** Returns whether Kubernetes kills a proxy before it has drained. */
export function isCutShort(drain: Pick<Drain, "seconds">, graceSeconds: number): boolean {
  return drain.seconds >= graceSeconds;
}

/** A drain that Kubernetes cuts short. */
export interface CutDrain extends Drain {
  /** Seconds after which Kubernetes kills the pod. */
  readonly graceSeconds: number;
}

/**
 * Returns the drain of a proxy that Kubernetes kills before it has drained, if somebody has set it.
 * Nobody can be told to correct a default.
 *
 * @param template of a workload's pods
 * @param document the mesh's merged IstioOperator
 */
export function plannedCutDrain(template: JsonObject, document: JsonObject): CutDrain | undefined {
  const drain = drainOf(template, objectAt(document, "spec.meshConfig"));
  const graceSeconds = graceOf(template);
  return drain.setBy !== "default" && isCutShort(drain, graceSeconds)
    ? { ...drain, graceSeconds }
    : undefined;
}
