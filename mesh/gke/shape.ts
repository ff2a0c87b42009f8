import { isObject } from "../common/json";
import { checkValue, type InputProblem, type Shape } from "../schema/gatewayShape";

const NEW_CLUSTER: Shape = {
  fields: {
    kind: ["new"],
    name: "text",
    releaseChannel: ["RAPID", "REGULAR", "STABLE", "EXTENDED"],
    autopilot: "boolean",
    privateNodes: {
      fields: { controlPlaneCidr: "text", privateEndpoint: "boolean" },
      required: ["controlPlaneCidr"],
    },
    network: "text",
    subnetwork: "text",
    ranges: { fields: { pods: "text", services: "text" }, required: ["pods", "services"] },
    authorizedNetworks: { each: "text" },
    nodePool: {
      fields: {
        machineType: "text",
        minNodes: "number",
        maxNodes: "number",
        serviceAccount: "text",
        tags: { each: "text" },
      },
    },
    labels: "map of texts",
    deletionProtection: "boolean",
  },
  required: ["kind", "name"],
};

const EXISTING_CLUSTER: Shape = {
  fields: { kind: ["existing"], name: "text" },
  required: ["kind", "name"],
};

const REVISION: Shape = {
  fields: { revision: "text", weight: "number", address: "text" },
  required: ["revision", "address"],
};

const TEXTS: Shape = { each: "text" };

/** Maps whose fields depend on the word in `kind` or `type`. */
const VARIANTS: Readonly<Record<string, { key: string; shapes: Readonly<Record<string, Shape>> }>> =
  {
    cluster: { key: "kind", shapes: { existing: EXISTING_CLUSTER, new: NEW_CLUSTER } },
    ca: {
      key: "type",
      shapes: {
        istio: { fields: { type: ["istio"] } },
        "plug-in-certs": { fields: { type: ["plug-in-certs"] } },
        "mesh-ca": { fields: { type: ["mesh-ca"] } },
        cas: { fields: { type: ["cas"], caPool: "text" }, required: ["caPool"] },
      },
    },
    "firewall.targets": {
      key: "kind",
      shapes: {
        network: { fields: { kind: ["network"] } },
        tags: { fields: { kind: ["tags"], tags: TEXTS }, required: ["tags"] },
        serviceAccounts: {
          fields: { kind: ["serviceAccounts"], serviceAccounts: TEXTS },
          required: ["serviceAccounts"],
        },
      },
    },
  };

const GKE: Shape = {
  fields: {
    project: "text",
    location: "text",
    cluster: "map",
    apis: ["enable", "leave"],
    firewall: {
      fields: { ports: { each: "number" }, targets: "map", controlPlaneCidr: "text" },
    },
    telemetry: {
      fields: { reports: { each: ["metrics", "logs", "traces"] }, workloads: "text or list" },
      required: ["reports", "workloads"],
    },
    ca: "map",
    fleet: {
      fields: {
        project: "text",
        membership: "text",
        mesh: ["MANAGEMENT_AUTOMATIC", "MANAGEMENT_MANUAL"],
      },
    },
    addresses: {
      each: {
        fields: {
          name: "text",
          scope: ["regional", "global"],
          internal: "boolean",
          subnetwork: "text",
          protect: "boolean",
        },
        required: ["name"],
      },
    },
    dns: {
      each: {
        fields: {
          name: "text",
          zone: "text",
          project: "text",
          ttlSeconds: "number",
          address: "text",
          revisions: { each: REVISION },
        },
        required: ["name", "zone"],
      },
    },
    registry: {
      fields: {
        repository: "text",
        location: "text",
        path: "text",
        create: "boolean",
        readers: TEXTS,
      },
      required: ["repository"],
    },
  },
  required: ["project", "location", "cluster"],
};

const WORKLOADS: Shape = {
  each: {
    fields: { namespace: "text", serviceAccount: "text" },
    required: ["namespace", "serviceAccount"],
  },
};

function at(inputs: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), inputs);
}

function checkVariant(inputs: unknown, path: string): InputProblem[] {
  const value = at(inputs, path);
  const { key = "", shapes = {} } = VARIANTS[path] ?? {};
  if (!isObject(value)) {
    return [];
  }
  const shape = shapes[String(value[key])];
  return shape === undefined
    ? checkValue(`${path}.${key}`, value[key], Object.keys(shapes))
    : checkValue(path, value, shape);
}

function checkWorkloads(inputs: unknown): InputProblem[] {
  const workloads = at(inputs, "telemetry.workloads");
  return typeof workloads === "string" || workloads === undefined
    ? checkValue("telemetry.workloads", workloads ?? "all", ["all"])
    : checkValue("telemetry.workloads", workloads, WORKLOADS);
}

/**
 * Inputs of the wrong type, and unknown or missing fields in them: TypeScript sees those in a
 * program, nothing does in a stack's configuration.
 *
 * @example
 * checkGkeShape({ project: "p", location: "europe-west1", cluster: "prod" })[0].path // "cluster"
 */
export function checkGkeShape(inputs: unknown): InputProblem[] {
  return [
    ...checkValue("", inputs, GKE),
    ...Object.keys(VARIANTS).flatMap((path) => checkVariant(inputs, path)),
    ...checkWorkloads(inputs),
  ];
}
