import { isObject } from "../common/json";
import type { Problem } from "../common/problem";
import { didYouMean } from "../common/suggest";

/** A problem whose source is the gateway. */
export type InputProblem = Omit<Problem, "source">;

/** What an input looks like: a type, one of some words, a list of the same, or a map with fields. */
export type Shape =
  | "text"
  | "number"
  | "boolean"
  | "map"
  | "map of texts"
  | "number or text"
  | "text or list"
  | readonly string[]
  | { readonly each: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly required?: readonly string[] };

const PORTS: Shape = {
  each: {
    fields: {
      name: "text",
      port: "number",
      targetPort: "number",
      protocol: ["TCP", "UDP"],
      nodePort: "number",
    },
    required: ["name", "port"],
  },
};

const SERVICE: Shape = {
  fields: {
    type: ["LoadBalancer", "ClusterIP", "NodePort"],
    internal: "boolean",
    loadBalancerIP: "text",
    loadBalancerSourceRanges: { each: "text" },
    externalTrafficPolicy: ["Cluster", "Local"],
    sessionAffinity: ["None", "ClientIP"],
    ports: PORTS,
    basePorts: PORTS,
    annotations: "map of texts",
    selector: "map of texts",
    ipFamilyPolicy: ["SingleStack", "PreferDualStack", "RequireDualStack"],
    ipFamilies: { each: ["IPv4", "IPv6"] },
    loadBalancerClass: "text",
  },
};

const TLS: Shape = {
  each: {
    fields: {
      hosts: { each: "text" },
      credentialName: "text",
      port: "number",
      mode: ["SIMPLE", "MUTUAL"],
    },
    required: ["hosts", "credentialName"],
  },
};

const EXTERNAL_HOSTS: Shape = {
  each: {
    fields: { host: "text", port: "number", protocol: ["HTTP", "HTTPS", "TLS"] },
    required: ["host", "port", "protocol"],
  },
};

const GATEWAY: Shape = {
  fields: {
    name: "text",
    namespace: "text",
    kind: ["ingress", "egress", "east-west"],
    revisions: {
      each: { fields: { revision: "text", weight: "number" }, required: ["revision"] },
    },
    traffic: ["shared", "active"],
    active: "text",
    replicas: "number",
    protect: "boolean",
    waitForAddress: "boolean",
    autoscaling: {
      fields: { minReplicas: "number", maxReplicas: "number", cpuPercent: "number" },
      required: ["minReplicas", "maxReplicas"],
    },
    warmReplicas: "number",
    naming: ["revision", "google"],
    labels: "map of texts",
    restart: "text",
    managedDataPlane: "boolean",
    network: "text",
    terminationGracePeriodSeconds: "number",
    terminationDrainSeconds: "number",
    meshDrainSeconds: "number",
    resources: "map",
    nodeSelector: "map of texts",
    tolerations: { each: "map" },
    affinity: "map",
    topologySpread: { each: "map" },
    podAnnotations: "map of texts",
    priorityClassName: "text",
    env: "map",
    imagePullPolicy: ["Always", "IfNotPresent", "Never"],
    volumes: {
      each: {
        fields: { name: "text", mountPath: "text", secretName: "text", configMapName: "text" },
        required: ["name", "mountPath"],
      },
    },
    readinessProbe: "map",
    rollingUpdate: {
      fields: { maxSurge: "number or text", maxUnavailable: "number or text" },
    },
    disruptionBudget: {
      fields: { minAvailable: "number or text", maxUnavailable: "number or text" },
    },
    serviceAccount: { fields: { name: "text", annotations: "map of texts" } },
    minTlsVersion: ["1.0", "1.1", "1.2", "1.3"],
    service: SERVICE,
    tls: TLS,
    hosts: { fields: { externalHosts: EXTERNAL_HOSTS }, required: ["externalHosts"] },
    eastWest: {
      fields: {
        exposeServices: "boolean",
        exposeIstiod: "boolean",
        istiodRevision: "text",
        istiodNamespace: "text",
      },
    },
  },
  required: ["name", "namespace", "revisions"],
};

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  map: isObject,
  "map of texts": (value) =>
    isObject(value) && Object.values(value).every((item) => typeof item === "string"),
  "number or text": (value) => typeof value === "number" || typeof value === "string",
  "text or list": (value) => typeof value === "string" || Array.isArray(value),
};

/** The value stays out of the message: nothing is known of it. */
function wrongType(path: string, allowed: string): InputProblem[] {
  return [{ path, reason: "has the wrong type", allowed: `a ${allowed}` }];
}

function checkWord(path: string, value: unknown, words: readonly string[]): InputProblem[] {
  const fix = typeof value === "string" ? didYouMean(value, words) : undefined;
  return words.includes(value as string)
    ? []
    : [{ path, value, reason: "is unknown", allowed: words.join(", "), fix }];
}

function checkItems(path: string, value: unknown, each: Shape): InputProblem[] {
  return Array.isArray(value)
    ? value.flatMap((item, index) => checkValue(`${path}[${index}]`, item, each))
    : wrongType(path, "list");
}

function checkFields(
  path: string,
  value: unknown,
  fields: Readonly<Record<string, Shape>>,
  required: readonly string[],
): InputProblem[] {
  if (!isObject(value)) {
    return wrongType(path, "map");
  }
  const at = (field: string) => (path === "" ? field : `${path}.${field}`);
  const known = Object.keys(fields);
  const given = Object.keys(value).filter((field) => value[field] !== undefined);
  const unknown = given
    .filter((field) => !known.includes(field))
    .map((field) => ({
      path: at(field),
      reason: "is an unknown field",
      allowed: known.join(", "),
      fix: didYouMean(field, known),
    }));
  const missing = required
    .filter((field) => !given.includes(field))
    .map((field) => ({ path: at(field), reason: "is missing" }));
  const wrong = given
    .filter((field) => known.includes(field))
    .flatMap((field) => checkValue(at(field), value[field], fields[field] as Shape));
  return [...unknown, ...missing, ...wrong];
}

/** A value that is not of its shape. @param path of the value; empty for the whole */
export function checkValue(path: string, value: unknown, shape: Shape): InputProblem[] {
  if (typeof shape === "string") {
    return TYPES[shape]?.(value) ? [] : wrongType(path, shape);
  }
  if ("each" in shape) {
    return checkItems(path, value, shape.each);
  }
  return "fields" in shape
    ? checkFields(path, value, shape.fields, shape.required ?? [])
    : checkWord(path, value, shape);
}

/**
 * Inputs of the wrong type, and unknown or missing fields in them: TypeScript sees those in a
 * program, nothing does in a stack's configuration. The other checks come after this one, since
 * they read the inputs as their types say.
 *
 * @example
 * checkGatewayShape({ name: "x", namespace: "y", revisions: "1-29-1" })[0].path // "revisions"
 */
export function checkGatewayShape(inputs: unknown): InputProblem[] {
  return checkValue("", inputs, GATEWAY);
}
