import { isObject, type Json, type JsonObject } from "../common/json";
import type { EnvValue } from "../model/gatewayInputs";
import {
  asInput,
  asService,
  IGNORED,
  isUnset,
  mergePieces,
  noCounterpart,
  type Piece,
  readAll,
  type SettingReader,
  texts,
} from "./legacyPiece";

function readEnv(value: Json, path: string): Piece {
  const all = (Array.isArray(value) ? value : []).filter(isObject);
  const env = all.map(({ name, value: text, valueFrom }): [string, EnvValue] => [
    String(name),
    isObject(valueFrom) ? { valueFrom } : String(text ?? ""),
  ]);
  const unnamed = all.filter(({ name }) => typeof name !== "string");
  return {
    inputs: { env: Object.fromEntries(env.filter(([name]) => name !== "undefined")) },
    problems: unnamed.map((item) => ({ path, value: item, reason: "has no name" })),
  };
}

/** Reads the one metric that a typed gateway scales by, in either form of the Kubernetes API. */
function cpuPercent(metric: Json | undefined): number | undefined {
  const resource = isObject(metric) && metric.type === "Resource" ? metric.resource : undefined;
  if (!isObject(resource) || resource.name !== "cpu") {
    return undefined;
  }
  const target = isObject(resource.target) ? resource.target : {};
  const percent = target.averageUtilization ?? resource.targetAverageUtilization;
  return typeof percent === "number" ? percent : undefined;
}

function readMetrics(value: Json, path: string): Piece {
  const metrics = Array.isArray(value) ? value : [];
  const percent = cpuPercent(metrics[0]);
  return metrics.length === 1 && percent !== undefined
    ? { inputs: { autoscaling: { cpuPercent: percent } as never } }
    : noCounterpart(path, value, "a typed gateway scales by the use of its CPU alone");
}

function bound(name: "minReplicas" | "maxReplicas"): SettingReader {
  return (value) => ({ inputs: { autoscaling: { [name]: Number(value) } as never } });
}

const HPA_READERS: Readonly<Record<string, SettingReader>> = {
  maxReplicas: bound("maxReplicas"),
  metrics: readMetrics,
  minReplicas: bound("minReplicas"),
  // The chart's autoscaler already has it. Another one would scale something else.
  scaleTargetRef: IGNORED,
};

const BUDGET_READERS: Readonly<Record<string, SettingReader>> = {
  maxUnavailable: (value) => ({
    inputs: { disruptionBudget: { maxUnavailable: value as number } },
  }),
  minAvailable: (value) => ({ inputs: { disruptionBudget: { minAvailable: value as number } } }),
};

function block(readers: Readonly<Record<string, SettingReader>>): SettingReader {
  return (value, path) =>
    mergePieces(readAll(isObject(value) ? value : {}, readers, path, isUnset));
}

const ROLLING_READERS: Readonly<Record<string, SettingReader>> = {
  maxSurge: (value) => ({ inputs: { rollingUpdate: { maxSurge: value as string } } }),
  maxUnavailable: (value) => ({ inputs: { rollingUpdate: { maxUnavailable: value as string } } }),
};

const STRATEGY_READERS: Readonly<Record<string, SettingReader>> = {
  rollingUpdate: block(ROLLING_READERS),
  type: (value, path) => (value === "RollingUpdate" ? {} : noCounterpart(path, value)),
};

const SERVICE_READERS: Readonly<Record<string, SettingReader>> = {
  externalTrafficPolicy: asService("externalTrafficPolicy"),
  ipFamilies: asService("ipFamilies"),
  ipFamilyPolicy: asService("ipFamilyPolicy"),
  loadBalancerClass: asService("loadBalancerClass"),
  loadBalancerIP: asService("loadBalancerIP"),
  loadBalancerSourceRanges: asService("loadBalancerSourceRanges"),
  // The ports come from `values.gateways.NAME.ports`, as in istioctl.
  ports: IGNORED,
  sessionAffinity: asService("sessionAffinity"),
  type: asService("type"),
};

function readOverlays(value: Json, path: string): Piece {
  const all = (Array.isArray(value) ? value : []).filter(isObject);
  const pieces = all.map(({ kind, name, patches }, index) =>
    noCounterpart(
      `${path}[${index}]`,
      { kind: kind ?? null, name: name ?? null, patches: patches ?? null },
      "say it with a typed input, or leave it out",
    ),
  );
  return mergePieces(pieces);
}

/** istioctl accepts these two settings and ignores them. */
function neverUsed(_: Json, path: string): Piece {
  return { notes: [`${path}: istioctl has always ignored it`] };
}

const READERS: Readonly<Record<string, SettingReader>> = {
  affinity: asInput("affinity"),
  env: readEnv,
  hpaSpec: block(HPA_READERS),
  imagePullPolicy: asInput("imagePullPolicy"),
  nodeSelector: (value) => ({ inputs: { nodeSelector: texts(value) } }),
  overlays: readOverlays,
  podAnnotations: (value) => ({ inputs: { podAnnotations: texts(value) } }),
  podDisruptionBudget: block(BUDGET_READERS),
  priorityClassName: asInput("priorityClassName"),
  readinessProbe: asInput("readinessProbe"),
  replicaCount: (value) => ({ inputs: { replicas: Number(value) } }),
  resources: asInput("resources"),
  service: block(SERVICE_READERS),
  serviceAnnotations: (value) => ({ service: { annotations: texts(value) } }),
  strategy: block(STRATEGY_READERS),
  tolerations: asInput("tolerations"),
  volumeMounts: neverUsed,
  volumes: neverUsed,
};

/** Reads `components.*.k8s`, which takes precedence over the values. */
export function readK8s(k8s: JsonObject, path: string): Piece[] {
  return readAll(k8s, READERS, path, isUnset);
}
