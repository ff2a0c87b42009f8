import { isObject, type Json } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import {
  at,
  containersOf,
  type Fault,
  hasPods,
  itemsOf,
  POD,
  PROBES,
  type Segments,
} from "./parts";

/** The fields of a map that are set. The API server reads `null` as one that is not. */
function setFields(map: Json | undefined): string[] {
  return Object.entries(isObject(map) ? map : {}).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [key],
  );
}

interface Choice {
  /** The fields of which a map may have one. @default all of its fields but the name */
  readonly of?: readonly string[];
  readonly fix: string;
}

/** A chart's field stays where an overlay adds another one, so that a map has both. */
function bothSet(object: K8sObject, place: Segments, { of, fix }: Choice): Fault[] {
  const fields = setFields(at(object, place)).filter((key) => of?.includes(key) ?? key !== "name");
  const [first, second] = fields;
  return first === undefined || second === undefined
    ? []
    : [
        {
          segments: place,
          value: fields.join(", "),
          reason: "has fields that exclude each other",
          fix: fix.replaceAll("FIRST", first),
        },
      ];
}

const NULL_THE_OTHER = "set the one that is not meant to null, such as FIRST: null";

const HOOKS = ["postStart", "preStop"];
const HANDLERS = ["exec", "grpc", "httpGet", "tcpSocket", "sleep"];

function variableFaults(object: K8sObject, place: Segments): Fault[] {
  const { value, valueFrom } = (at(object, place) ?? {}) as Record<string, Json>;
  const from = bothSet(object, [...place, "valueFrom"], { fix: NULL_THE_OTHER });
  // An empty value is none.
  const two = value
    ? bothSet(object, place, { of: ["value", "valueFrom"], fix: NULL_THE_OTHER })
    : [];
  return isObject(valueFrom) ? [...two, ...from] : two;
}

function podFaults(object: K8sObject): Fault[] {
  const containers = containersOf(object).flatMap((container) => [
    ...[
      ...PROBES.map((probe) => [...container, probe]),
      ...HOOKS.map((hook) => [...container, "lifecycle", hook]),
    ].flatMap((place) => bothSet(object, place, { of: HANDLERS, fix: NULL_THE_OTHER })),
    ...itemsOf(object, [...container, "env"]).flatMap((place) => variableFaults(object, place)),
  ]);
  const volumes = itemsOf(object, [...POD, "volumes"]).flatMap((place) =>
    bothSet(object, place, {
      fix: "a volume of the chart keeps its own source: give yours another name",
    }),
  );
  return [...containers, ...volumes];
}

/** Only pods that are replaced step by step have a size of the steps. */
function strategyFaults(object: K8sObject): Fault[] {
  const place = ["spec", object.kind === "Deployment" ? "strategy" : "updateStrategy"];
  const strategy = at(object, place);
  if (!isObject(strategy) || !isObject(strategy.rollingUpdate)) {
    return [];
  }
  const { type } = strategy;
  return type !== "Recreate" && type !== "OnDelete"
    ? []
    : [
        {
          segments: [...place, "rollingUpdate"],
          reason: `goes with the type RollingUpdate, and not with ${type}`,
          fix: "set rollingUpdate: null",
        },
      ];
}

/** Fields of a Service that only some of its types have. */
const OF_TYPES: Readonly<Record<string, readonly string[]>> = {
  externalTrafficPolicy: ["NodePort", "LoadBalancer"],
  healthCheckNodePort: ["LoadBalancer"],
  loadBalancerSourceRanges: ["LoadBalancer"],
  loadBalancerClass: ["LoadBalancer"],
  allocateLoadBalancerNodePorts: ["LoadBalancer"],
};

const isSet = (value: Json | undefined) =>
  value !== undefined &&
  value !== null &&
  value !== "" &&
  value !== 0 &&
  !(Array.isArray(value) && value.length === 0);

function serviceFaults(object: K8sObject): Fault[] {
  const spec = at(object, ["spec"]);
  if (!isObject(spec)) {
    return [];
  }
  const type = String(spec.type || "ClusterIP");
  const fields: Fault[] = Object.entries(OF_TYPES)
    .filter(([field, types]) => isSet(spec[field]) && !types.includes(type))
    .map(([field, types]) => ({
      segments: ["spec", field],
      value: spec[field],
      reason: `is no field of a Service of type ${type}`,
      fix: `take it out, or set the type to ${types.join(" or ")}`,
    }));
  const ports: Fault[] = itemsOf(object, ["spec", "ports"])
    .map((place) => [...place, "nodePort"])
    .filter((place) => type === "ClusterIP" && isSet(at(object, place)))
    .map((place) => ({
      segments: place,
      value: at(object, place),
      reason: "is no field of a Service of type ClusterIP",
      fix: "take it out, or set the type to NodePort or LoadBalancer",
    }));
  return [...fields, ...ports];
}

/**
 * Fields that exclude each other, though each fits the schema. Most come of a chart's field that stays
 * beside the one of an overlay.
 */
export function exclusionFaults(object: K8sObject): Fault[] {
  switch (object.kind) {
    case "Service":
      return serviceFaults(object);
    case "PodDisruptionBudget":
      return bothSet(object, ["spec"], {
        of: ["minAvailable", "maxUnavailable"],
        fix: "the chart sets minAvailable: set the one that is not meant to null",
      });
    default:
      return hasPods(object) ? [...strategyFaults(object), ...podFaults(object)] : [];
  }
}
