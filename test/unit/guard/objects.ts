import type { JsonObject } from "../../../mesh/common/json";

type Labels = Readonly<Record<string, string>>;

/** istiod's Deployment, as the cluster has it. */
export function istiod(revision: string, available = true): JsonObject {
  const labels = { app: "istiod", "istio.io/rev": revision };
  return {
    metadata: { name: `istiod-${revision}`, namespace: "istio-system", labels },
    spec: { template: { metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } } } },
    status: {
      conditions: [
        { type: "Available", status: available ? "True" : "False", reason: "MinimumReplicas" },
      ],
    },
  };
}

/** A pod with one container in a state. */
export function pod(
  name: string,
  options: {
    readonly namespace?: string;
    readonly labels?: Labels;
    readonly annotations?: Labels;
    readonly ready?: boolean;
    readonly container?: JsonObject;
    readonly phase?: string;
    readonly conditions?: readonly JsonObject[];
  } = {},
): JsonObject {
  const { namespace = "istio-system", labels = {}, annotations = {}, ready = true } = options;
  const { container, phase = "Running", conditions = [] } = options;
  return {
    metadata: { name, namespace, labels: { ...labels }, annotations: { ...annotations } },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }, ...conditions],
      containerStatuses: container === undefined ? [] : [{ ready, ...container }],
    },
  };
}

export function workload(namespace: string, name: string, podLabels: Labels): JsonObject {
  return {
    metadata: { name, namespace },
    spec: { template: { metadata: { labels: { ...podLabels } } } },
  };
}

export function namespaceObject(name: string, labels: Labels = {}): JsonObject {
  return { metadata: { name, labels: { ...labels } } };
}
