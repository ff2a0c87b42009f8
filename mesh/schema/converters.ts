import { getKey, isObject, type Json, type JsonObject } from "../common/json";
import { MTLS_MODE } from "../model/annotations";

/** A field that replaces a dropped one. */
export interface FieldReplacement {
  /** Path from the root of the CR. `[name:x]` is an element of a list. */
  readonly path: readonly string[];
  readonly value: Json;
  /** Whether it replaces an existing value. @default the existing value is kept */
  readonly force?: boolean;
}

/** What replaces a value. */
export interface Converted {
  /** Empty if nothing replaces it. */
  readonly targets: readonly FieldReplacement[];
  /** Whether the field stays, because the targets are inside it. */
  readonly inPlace?: boolean;
  /** What is lost, because nothing replaces it. */
  readonly byHand?: string;
}

/** A conversion that is more than a move to another field. */
export interface Converter {
  /** A description of what replaces the field. */
  readonly to: string;
  /** Returns `undefined` if this value is still valid. */
  convert(value: Json): Converted | undefined;
}

const INGRESS = ["spec", "components", "ingressGateways", "[name:istio-ingressgateway]"];
const EGRESS = ["spec", "components", "egressGateways", "[name:istio-egressgateway]"];
const META = ["spec", "meshConfig"];
const PILOT_K8S = ["spec", "components", "pilot", "k8s"];

function mtlsMode(value: Json): Converted {
  const path = ["metadata", "annotations", MTLS_MODE];
  return { targets: [{ path, value: value === true ? "STRICT" : "PERMISSIVE" }] };
}

/** Converts `{host, port}` of Istio 1.4 into today's `address`. */
function addressOf(service: Json): string | undefined {
  const { host, port } = isObject(service) ? service : ({} as JsonObject);
  return typeof host === "string" && host !== "" && port !== undefined && port !== null
    ? `${host}:${port}`
    : undefined;
}

function remoteService(field: string) {
  return (service: Json): Converted => {
    const address = addressOf(service);
    if (!isObject(service) || address === undefined) {
      return { targets: [] };
    }
    const { host: _, port: __, enabled, ...others } = service;
    const value = { address, ...others };
    return enabled === false
      ? { targets: [] }
      : { targets: [{ path: [...META, "defaultConfig", field], value }] };
  };
}

function statsd(value: Json): Converted {
  const address = addressOf(value);
  const isOn = isObject(value) && getKey(value, "enabled") !== false;
  const path = [...META, "defaultConfig", "statsdUdpAddress"];
  return { targets: address !== undefined && isOn ? [{ path, value: address }] : [] };
}

const RENAMED: Readonly<Record<string, string>> = { "istio-pilot": "istiod" };

/** Names of pilot's objects in path overlays. */
function pilotOverlays(value: Json): Converted | undefined {
  const targets = (Array.isArray(value) ? value : []).flatMap(
    (overlay, index): FieldReplacement[] => {
      const name = isObject(overlay) ? RENAMED[String(overlay.name)] : undefined;
      const path = [...PILOT_K8S, "overlays", `[${index}]`, "name"];
      return name === undefined ? [] : [{ path, value: name, force: true }];
    },
  );
  return targets.length === 0 ? undefined : { targets, inPlace: true };
}

function pilotScaleTarget(value: Json): Converted | undefined {
  const name = RENAMED[String(value)];
  const path = [...PILOT_K8S, "hpaSpec", "scaleTargetRef", "name"];
  return name === undefined
    ? undefined
    : { targets: [{ path, value: name, force: true }], inPlace: true };
}

/** A feature that was off also turned off its components, whatever their own settings. */
function featureEnabled(...components: readonly (readonly string[])[]) {
  return (value: Json): Converted => ({
    targets: components.map((path) => ({
      path: [...path, "enabled"],
      value,
      force: value === false,
    })),
  });
}

/** If a feature was on, each gateway's own setting decided. */
function gatewaysEnabled(value: Json): Converted {
  return value === false ? featureEnabled(INGRESS, EGRESS)(value) : { targets: [] };
}

function gatewaysNamespace(value: Json): Converted {
  return { targets: [INGRESS, EGRESS].map((path) => ({ path: [...path, "namespace"], value })) };
}

const OFF_BY_HAND =
  "label the namespaces without injection istio-injection=disabled, or pods sidecar.istio.io/inject=false";

function injectorEnabled(value: Json): Converted {
  return { targets: [], ...(value === false && { byHand: OFF_BY_HAND }) };
}

/** A plugin that was not chained was a separate one, as Multus needs it. */
function chainedCni(value: Json): Converted {
  const path = ["spec", "values", "pilot", "cni", "provider"];
  return { targets: value === false ? [{ path, value: "multus" }] : [] };
}

/** Tokens of the service account's own are the only thing that is lost. */
function jwtPolicy(value: Json): Converted {
  const byHand = "nothing takes its place: proxies show tokens that are bound to istiod";
  return { targets: [], ...(value === "first-party-jwt" && { byHand }) };
}

/** The converters that `dropped.json` names. */
export const CONVERTERS: Readonly<Record<string, Converter>> = {
  mtlsMode: { to: `the annotation ${MTLS_MODE}, or a PeerAuthentication`, convert: mtlsMode },
  accessLogService: {
    to: "meshConfig.defaultConfig.envoyAccessLogService.address",
    convert: remoteService("envoyAccessLogService"),
  },
  metricsService: {
    to: "meshConfig.defaultConfig.envoyMetricsService.address",
    convert: remoteService("envoyMetricsService"),
  },
  statsd: { to: "meshConfig.defaultConfig.statsdUdpAddress", convert: statsd },
  pilotOverlays: { to: "the name istiod", convert: pilotOverlays },
  pilotScaleTarget: { to: "istiod", convert: pilotScaleTarget },
  pilotEnabled: {
    to: "components.pilot.enabled",
    convert: featureEnabled(["spec", "components", "pilot"]),
  },
  cniEnabled: {
    to: "components.cni.enabled",
    convert: featureEnabled(["spec", "components", "cni"]),
  },
  gatewaysEnabled: {
    to: "enabled of each of components.ingressGateways and components.egressGateways",
    convert: gatewaysEnabled,
  },
  gatewaysNamespace: {
    to: "namespace of each of components.ingressGateways and components.egressGateways",
    convert: gatewaysNamespace,
  },
  injectorEnabled: { to: "labels of namespaces and pods", convert: injectorEnabled },
  jwtPolicy: { to: "nothing: leave it out", convert: jwtPolicy },
  chainedCni: { to: "values.pilot.cni.provider", convert: chainedCni },
};
