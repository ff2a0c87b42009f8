import type { JsonObject } from "../../../mesh/common/json";
import type { RolloutState } from "../../../mesh/failure/newPods";
import { NEW, NEWEST } from "../../../toolchain/versions";

/** Names and labels as Kubernetes gives them to what a Deployment `web` in `edge` makes. */
const NAMESPACE = "edge";
const UIDS = { deployment: "d-1", former: "rs-1", newest: "rs-2", daemon: "ds-1" };

function ownedBy(uid: string): JsonObject {
  return { ownerReferences: [{ uid, controller: true }] };
}

export function deployment(status: JsonObject = {}): JsonObject {
  return {
    metadata: {
      name: `web-${NEW}`,
      namespace: NAMESPACE,
      uid: UIDS.deployment,
      generation: 2,
      annotations: { "deployment.kubernetes.io/revision": "2" },
      labels: { "app.kubernetes.io/name": "web" },
    },
    spec: {
      replicas: 2,
      template: { spec: { containers: [{ name: "istio-proxy", image: `hub/proxyv2:${NEWEST}` }] } },
    },
    status: { observedGeneration: 2, replicas: 3, updatedReplicas: 1, ...status },
  };
}

function replicaSet(uid: string, number: string, status: JsonObject): JsonObject {
  const annotations = { "deployment.kubernetes.io/revision": number };
  return { metadata: { name: uid, uid, annotations, ...ownedBy(UIDS.deployment) }, status };
}

export interface PodOptions {
  readonly former?: boolean;
  readonly ready?: boolean;
  readonly conditions?: readonly JsonObject[];
  readonly init?: readonly JsonObject[];
  readonly phase?: string;
  readonly image?: string;
  readonly leaving?: boolean;
}

/** A pod of the Deployment; of the newest template unless told otherwise. */
export function pod(
  name: string,
  container: JsonObject | undefined,
  options: PodOptions = {},
): JsonObject {
  const { ready = false, conditions = [], init = [], phase = "Pending", former, leaving } = options;
  const { image = `hub/proxyv2:${NEWEST}` } = options;
  const statuses = container && [{ name: "istio-proxy", image, ready, ...container }];
  return {
    metadata: {
      name,
      namespace: NAMESPACE,
      ...ownedBy(former ? UIDS.former : UIDS.newest),
      ...(leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: { containers: [{ name: "istio-proxy", image }] },
    status: {
      phase,
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }, ...conditions],
      initContainerStatuses: [...init],
      containerStatuses: statuses ?? [],
    },
  };
}

export function event(object: string, reason: string, message: string, at = "01"): JsonObject {
  return {
    type: "Warning",
    reason,
    message,
    involvedObject: { name: object, namespace: NAMESPACE },
    lastTimestamp: `2026-01-01T00:00:${at}Z`,
  };
}

/** A Deployment that is being changed, with the given pods and what is said about them. */
export function rollout(
  pods: readonly JsonObject[],
  more: Partial<RolloutState> & {
    readonly failure?: JsonObject;
    readonly status?: JsonObject;
  } = {},
): RolloutState {
  const { failure, status, ...rest } = more;
  const conditions =
    failure === undefined ? [] : [{ type: "ReplicaFailure", status: "True", ...failure }];
  return {
    workload: { kind: "Deployment", object: deployment(status) },
    replicaSets: [
      replicaSet(UIDS.former, "1", {}),
      replicaSet(UIDS.newest, "2", { conditions: conditions as JsonObject[] }),
    ],
    pods,
    events: [],
    ...rest,
  };
}

/** A DaemonSet of three nodes. */
export function daemonRollout(
  pods: readonly { readonly name: string; readonly generation: string; readonly ready: boolean }[],
  events: readonly JsonObject[] = [],
): RolloutState {
  const annotations = { "deprecated.daemonset.template.generation": "2" };
  const object: JsonObject = {
    metadata: { name: "istio-cni-node", namespace: NAMESPACE, uid: UIDS.daemon, annotations },
    spec: {
      template: { spec: { containers: [{ name: "install-cni", image: "hub/install-cni:1" }] } },
    },
    status: { desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberAvailable: 2 },
  };
  return {
    workload: { kind: "DaemonSet", object },
    replicaSets: [],
    events,
    pods: pods.map(({ name, generation, ready }) => ({
      metadata: {
        name,
        namespace: NAMESPACE,
        labels: { "pod-template-generation": generation },
        ...ownedBy(UIDS.daemon),
      },
      spec: { containers: [{ name: "install-cni", image: "hub/install-cni:1" }] },
      status: {
        phase: "Running",
        conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
        containerStatuses: [{ name: "install-cni", ready, state: { running: {} } }],
      },
    })),
  };
}
