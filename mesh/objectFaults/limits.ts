import { isObject, type Json } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import { compareQuantities } from "../k8s/quantity";
import { at, containersOf, type Fault, hasPods, itemsOf, POD, type Segments } from "./parts";

const SEE_LABELS =
  "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set";

const WORD = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const DOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_WORD = 63;
const MAX_DOMAIN = 253;

const isWord = (text: string) => text.length <= MAX_WORD && WORD.test(text);

function isKey(key: string): boolean {
  const parts = key.split("/");
  const [prefix, name] = parts.length === 2 ? parts : [undefined, parts[0]];
  return (
    parts.length <= 2 &&
    isWord(name ?? "") &&
    (prefix === undefined || (prefix.length <= MAX_DOMAIN && DOMAIN.test(prefix)))
  );
}

const TEMPLATE: Segments = ["spec", "template", "metadata"];

/** Maps whose values have to be labels, by the kinds that have them. */
function labelMaps(object: K8sObject): Segments[] {
  const own = [["metadata", "labels"]];
  if (object.kind === "Service") {
    return [...own, ["spec", "selector"]];
  }
  return hasPods(object) ? [...own, [...TEMPLATE, "labels"], [...POD, "nodeSelector"]] : own;
}

function badKeys(object: K8sObject, place: Segments): Fault[] {
  const map = at(object, place);
  return (
    Object.keys(isObject(map) ? map : {})
      // Keys of annotations may be in upper case.
      .filter((key) => !isKey(place.at(-1) === "annotations" ? key.toLowerCase() : key))
      .map((key) => ({
        segments: [...place, key],
        reason: "is no name that a label or an annotation can have",
        allowed: "letters, digits, - _ . (63 at most), after a domain and a slash",
        see: SEE_LABELS,
      }))
  );
}

function badLabels(object: K8sObject, place: Segments): Fault[] {
  const map = at(object, place);
  return Object.entries(isObject(map) ? map : {})
    .filter(([, value]) => typeof value === "string" && value !== "" && !isWord(value))
    .map(([key, value]) => ({
      segments: [...place, key],
      value,
      reason: "is no value that a label can have",
      allowed: "letters, digits, - _ . (63 at most), the first and the last a letter or a digit",
      see: SEE_LABELS,
    }));
}

function nameFaults(object: K8sObject): Fault[] {
  const annotations: Segments[] = [
    ["metadata", "annotations"],
    ...(hasPods(object) ? [[...TEMPLATE, "annotations"]] : []),
  ];
  const labels = labelMaps(object);
  return [
    ...[...labels, ...annotations].flatMap((place) => badKeys(object, place)),
    ...labels.flatMap((place) => badLabels(object, place)),
  ];
}

const MAX_PORT = 65535;

function portFaults(object: K8sObject, places: readonly Segments[]): Fault[] {
  return places.flatMap((segments): Fault[] => {
    const value = at(object, segments);
    return typeof value !== "number" || (value >= 1 && value <= MAX_PORT)
      ? []
      : [
          {
            segments,
            value,
            reason: "is no port",
            allowed: `1 to ${MAX_PORT}`,
          },
        ];
  });
}

/** A Service tells its ports apart by their names. */
function namelessPorts(object: K8sObject): Fault[] {
  const ports = itemsOf(object, ["spec", "ports"]);
  return ports.length < 2
    ? []
    : ports
        .map((place) => [...place, "name"])
        .filter((place) => !at(object, place))
        .map((segments) => ({
          segments,
          reason: "is missing from a Service with two ports or more",
          fix: "give each port a name",
        }));
}

function quantityOf(value: Json | undefined): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function resourceFaults(object: K8sObject, container: Segments): Fault[] {
  const { requests, limits } = (at(object, [...container, "resources"]) ?? {}) as Record<
    string,
    Json
  >;
  return Object.entries(isObject(requests) ? requests : {}).flatMap(([name, value]): Fault[] => {
    const [least, most] = [
      quantityOf(value),
      quantityOf(isObject(limits) ? limits[name] : undefined),
    ];
    return least === undefined || most === undefined || (compareQuantities(least, most) ?? 0) <= 0
      ? []
      : [
          {
            segments: [...container, "resources", "requests", name],
            value: least,
            reason: `is more than the limit of ${most}`,
            fix: `raise limits.${name}, or lower requests.${name}`,
          },
        ];
  });
}

function autoscalerFaults(object: K8sObject): Fault[] {
  const { minReplicas, maxReplicas } = (at(object, ["spec"]) ?? {}) as Record<string, Json>;
  if (typeof maxReplicas !== "number") {
    return [];
  }
  if (maxReplicas < 1) {
    const reason = "must be 1 or more";
    return [{ segments: ["spec", "maxReplicas"], value: maxReplicas, reason }];
  }
  return typeof minReplicas === "number" && minReplicas > maxReplicas
    ? [
        {
          segments: ["spec", "minReplicas"],
          value: minReplicas,
          reason: `is more than maxReplicas, ${maxReplicas}`,
          fix: "raise maxReplicas too",
        },
      ]
    : [];
}

function faultsOfKind(object: K8sObject): Fault[] {
  if (object.kind === "HorizontalPodAutoscaler") {
    return autoscalerFaults(object);
  }
  if (object.kind === "Service") {
    const ports = itemsOf(object, ["spec", "ports"]);
    const numbers = ports.map((place) => [...place, "port"]);
    // The target 0 is that of the port itself.
    const targets = ports
      .map((place) => [...place, "targetPort"])
      .filter((place) => at(object, place) !== 0);
    const places = [...numbers, ...targets];
    return [...portFaults(object, places), ...namelessPorts(object)];
  }
  return hasPods(object)
    ? containersOf(object).flatMap((container) => [
        ...portFaults(
          object,
          itemsOf(object, [...container, "ports"]).map((place) => [...place, "containerPort"]),
        ),
        ...resourceFaults(object, container),
      ])
    : [];
}

/** Values that have the right type, and that the API server refuses. */
export function limitFaults(object: K8sObject): Fault[] {
  return [...nameFaults(object), ...faultsOfKind(object)];
}
