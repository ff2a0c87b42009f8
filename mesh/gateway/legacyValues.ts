import { isEmpty, isObject, type Json, type JsonObject } from "../common/json";
import { revisionLabel } from "../k8s/istioLabels";
import { getPath, objectAt } from "../k8s/path";
import type { GatewayVolume } from "../model/gatewayInputs";
import type { ComponentPlan } from "../spec/translate";
import {
  asInput,
  asService,
  IGNORED,
  noCounterpart,
  type Piece,
  readAll,
  type SettingReader,
  texts,
} from "./legacyPiece";
import { readMorePorts, readPorts } from "./legacyPorts";

/** The defaults of the charts `istio-ingress` and `istio-egress`. Source: their `values.yaml`. */
interface ChartDefaults {
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly JsonObject[];
  readonly type: "LoadBalancer" | "ClusterIP";
  readonly secretVolumes: readonly JsonObject[];
}

const WEB_PORTS: readonly JsonObject[] = [
  { port: 80, targetPort: 8080, name: "http2" },
  { port: 443, targetPort: 8443, name: "https" },
];

/**
 * Certificates that were mounted as files before SDS. Gateway resources may still name the files.
 */
function certificateVolumes(name: string): JsonObject[] {
  return ["certs", "ca-certs"].map((suffix) => ({
    name: `${name}-${suffix}`,
    secretName: `istio-${name}-${suffix}`,
    mountPath: `/etc/istio/${name}-${suffix}`,
  }));
}

const CHART_DEFAULTS: Readonly<Record<"ingress" | "egress", ChartDefaults>> = {
  ingress: {
    labels: { app: "istio-ingressgateway", istio: "ingressgateway" },
    ports: [{ port: 15021, targetPort: 15021, name: "status-port" }, ...WEB_PORTS],
    type: "LoadBalancer",
    secretVolumes: certificateVolumes("ingressgateway"),
  },
  egress: {
    labels: { app: "istio-egressgateway", istio: "egressgateway" },
    ports: WEB_PORTS,
    type: "ClusterIP",
    secretVolumes: certificateVolumes("egressgateway"),
  },
};

const CHART_MIN = 1;
const CHART_MAX = 5;

function readVolumes(value: Json, path: string): Piece {
  const all = (Array.isArray(value) ? value : []).filter(isObject);
  const mounted = all.filter(({ mountPath }) => !isEmpty(mountPath));
  const unused = all.filter(({ mountPath }) => isEmpty(mountPath));
  return {
    inputs: { volumes: mounted as unknown as GatewayVolume[] },
    notes: unused.map(({ name }) => `${path}: ${name} is mounted nowhere and left out`),
  };
}

function refuse(fix: string): SettingReader {
  return (value, path) => noCounterpart(path, value, fix);
}

const AS_AFFINITY = refuse("write it as components.*.k8s.affinity first");
const OWN_IMAGE = refuse(
  "leave it out: an injected gateway has the image of its revision's control plane",
);

function readTemplate(value: Json, path: string): Piece {
  return value === "gateway" ? {} : noCounterpart(path, value, 'use the template "gateway"');
}

function readRunAsRoot(_: Json, path: string): Piece {
  return { notes: [`${path}: not needed; the pods open low ports without being root`] };
}

/**
 * Settings that {@link scaling}, {@link rolling} or the reader of ports reads together with
 * others.
 */
const ELSEWHERE = [
  "name",
  "enabled",
  "labels",
  "ports",
  "autoscaleEnabled",
  "autoscaleMin",
  "autoscaleMax",
  "cpu",
  "replicaCount",
  "rollingMaxSurge",
  "rollingMaxUnavailable",
  "secretVolumes",
  "configVolumes",
];

const READERS: Readonly<Record<string, SettingReader>> = {
  ...Object.fromEntries(ELSEWHERE.map((name) => [name, IGNORED])),
  additionalContainers: refuse("run them in a Deployment of their own"),
  customService: refuse("a typed gateway has a Service of its own; delete the setting first"),
  env: (value) => ({ inputs: { env: texts(value) } }),
  externalTrafficPolicy: asService("externalTrafficPolicy"),
  hub: OWN_IMAGE,
  ingressPorts: readMorePorts,
  injectionTemplate: readTemplate,
  ipFamilies: asService("ipFamilies"),
  ipFamilyPolicy: asService("ipFamilyPolicy"),
  loadBalancerIP: asService("loadBalancerIP"),
  loadBalancerSourceRanges: asService("loadBalancerSourceRanges"),
  memory: (_, path) => ({ notes: [`${path}: the chart never scaled by memory`] }),
  nodeSelector: (value) => ({ inputs: { nodeSelector: texts(value) } }),
  podAnnotations: (value) => ({ inputs: { podAnnotations: texts(value) } }),
  podAntiAffinityLabelSelector: AS_AFFINITY,
  podAntiAffinityTermLabelSelector: AS_AFFINITY,
  resources: asInput("resources"),
  runAsRoot: readRunAsRoot,
  serviceAccount: (value) => ({
    inputs: { serviceAccount: { annotations: texts(isObject(value) ? value.annotations : {}) } },
  }),
  serviceAnnotations: (value) => ({ service: { annotations: texts(value) } }),
  tag: OWN_IMAGE,
  tolerations: asInput("tolerations"),
  type: asService("type"),
};

function scaling(block: JsonObject): Piece {
  if (block.autoscaleEnabled === false) {
    return { inputs: { replicas: Number(block.replicaCount ?? 1) } };
  }
  const cpu = isObject(block.cpu) ? block.cpu.targetAverageUtilization : undefined;
  return {
    inputs: {
      autoscaling: {
        minReplicas: Number(block.autoscaleMin ?? CHART_MIN),
        maxReplicas: Number(block.autoscaleMax ?? CHART_MAX),
        ...(cpu !== undefined && { cpuPercent: Number(cpu) }),
      },
    },
  };
}

/**
 * Takes over only what the user set. The chart's own values (a surge of 100 %, 25 % unavailable)
 * were not chosen by the user.
 */
function rolling({ rollingMaxSurge, rollingMaxUnavailable }: JsonObject): Piece {
  const given = {
    ...(rollingMaxSurge !== undefined && { maxSurge: rollingMaxSurge as string }),
    ...(rollingMaxUnavailable !== undefined && {
      maxUnavailable: rollingMaxUnavailable as string,
    }),
  };
  return Object.keys(given).length === 0 ? {} : { inputs: { rollingUpdate: given } };
}

function volumes(block: JsonObject, defaults: ChartDefaults, path: string): Piece {
  const secrets = block.secretVolumes ?? [...defaults.secretVolumes];
  const configs = block.configVolumes ?? [];
  const all = [secrets, configs].flatMap((list) => (Array.isArray(list) ? list : []));
  return readVolumes(all, `${path}.configVolumes`);
}

/** What the values of an overlay's gateway say of it as a whole. */
interface ChartGateway {
  readonly kind: "ingress" | "egress";
  /** `values.gateways.NAME`. */
  readonly block: JsonObject;
  /** As labels have it: `default` for Istio's default revision. */
  readonly revision: string;
}

/** Reads what the values of an overlay's gateway say of it as a whole. */
export function chartGateway({ component, values }: ComponentPlan): ChartGateway {
  const revision = getPath(values, "revision");
  return {
    kind: component.name === "egressGateways" ? "egress" : "ingress",
    block: objectAt(values, component.valuesRoot),
    revision: revisionLabel(typeof revision === "string" ? revision : ""),
  };
}

/** Returns the labels that the chart puts on every object and that its Service selects by. */
export function chartLabels(block: JsonObject, kind: "ingress" | "egress"): Record<string, string> {
  return { ...CHART_DEFAULTS[kind].labels, ...texts(block.labels) };
}

/** Reads `values.gateways.NAME` on top of the chart's defaults. */
export function readValues(block: JsonObject, kind: "ingress" | "egress", path: string): Piece[] {
  const defaults = CHART_DEFAULTS[kind];
  return [
    { service: { type: defaults.type } },
    ...readPorts(block.ports ?? [...defaults.ports], `${path}.ports`),
    scaling(block),
    rolling(block),
    volumes(block, defaults, path),
    ...readAll(block, READERS, path),
  ];
}

function architectures(value: Json, path: string): Piece {
  const wanted = Object.values(isObject(value) ? value : {}).some((weight) => Number(weight) > 0);
  return wanted ? AS_AFFINITY(value, path) : {};
}

function networkPolicy(value: Json, path: string): Piece {
  return isObject(value) && value.enabled === true
    ? noCounterpart(`${path}.enabled`, true, "apply a NetworkPolicy of your own")
    : {};
}

/** Global values that the gateway charts read and that injected pods do not get in another way. */
const GLOBAL_READERS: Readonly<Record<string, SettingReader>> = {
  arch: architectures,
  defaultNodeSelector: (value) => ({ inputs: { nodeSelector: texts(value) } }),
  defaultTolerations: asInput("tolerations"),
  imagePullPolicy: asInput("imagePullPolicy"),
  networkPolicy,
  priorityClassName: asInput("priorityClassName"),
};

/** Reads the part of `values.global` that the gateway charts use. */
export function readGlobal(global: JsonObject): Piece[] {
  const known = Object.keys(GLOBAL_READERS);
  const read = Object.fromEntries(Object.entries(global).filter(([key]) => known.includes(key)));
  return readAll(read, GLOBAL_READERS, "values.global");
}
