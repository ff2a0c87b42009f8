import type { JsonObject } from "../../../mesh/common/json";
import { gatewayObjectGroups as partsOf } from "../../../mesh/gateway/objects";
import type { K8sObject } from "../../../mesh/k8s/objects";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import { RESOURCES } from "../../../mesh/snapshot/resources";
import type { Unread } from "../../../mesh/snapshot/snapshot";
import {
  LISTS,
  type StatusList,
  type StatusSource,
  type UnreadList,
} from "../../../mesh/status/types";

type Labels = Readonly<Record<string, string>>;

/** When every state here was read. */
export const NOW = Date.parse("2026-01-01T02:00:00Z");

/** A source all of whose lists could be read. */
interface State extends StatusSource {
  readonly lists: Readonly<Record<StatusList, readonly JsonObject[]>>;
}

/** What a cluster has. Lists that are not given are empty. */
export function state(
  lists: Partial<Record<StatusList, readonly JsonObject[]>>,
  {
    unread = [],
    ...more
  }: Partial<Omit<StatusSource, "lists">> & { readonly unread?: readonly UnreadList[] } = {},
): State {
  const all = LISTS.map((id) => {
    const missing = unread.find(({ list }) => list === RESOURCES[id].resource);
    const failed: Unread | undefined = missing && { unread: missing.reason, fix: missing.fix };
    return [id, failed ?? lists[id] ?? []];
  });
  return { now: NOW, rollouts: [], ...more, lists: Object.fromEntries(all) as State["lists"] };
}

/** Status of a workload of which that many of the wanted pods are new and ready. */
function progress(ready: number, wanted: number): JsonObject {
  return {
    observedGeneration: 1,
    replicas: wanted,
    updatedReplicas: wanted,
    readyReplicas: ready,
    availableReplicas: ready,
    conditions: [{ type: "Available", status: ready > 0 ? "True" : "False" }],
  };
}

/** istiod of a revision, with labels and image as Istio's chart has them. */
export function plane(
  revision: string,
  version: string,
  { ready = 2, wanted = 2 }: { readonly ready?: number; readonly wanted?: number } = {},
): JsonObject {
  const labels = { app: "istiod", "istio.io/rev": revision };
  return {
    metadata: {
      name: `istiod-${revision}`,
      namespace: "istio-system",
      generation: 1,
      labels: { ...labels, "app.kubernetes.io/version": version },
    },
    spec: {
      replicas: wanted,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } },
        spec: { containers: [{ name: "discovery", image: `docker.io/istio/pilot:${version}` }] },
      },
    },
    status: progress(ready, wanted),
  };
}

interface PodOptions {
  readonly labels?: Labels;
  /** Revision that injected it; absent: none did. */
  readonly revision?: string;
  /** Tag of its proxy's image. @default no proxy */
  readonly tag?: string;
  readonly ready?: boolean;
  /** When Kubernetes ends it at the latest. */
  readonly leavesAt?: string;
  readonly phase?: string;
  readonly owner?: string;
  readonly annotations?: Labels;
  readonly spec?: JsonObject;
}

/** A pod with an application, and with a proxy where it is given a tag. */
export function pod(namespace: string, name: string, options: PodOptions = {}): JsonObject {
  const { labels = {}, revision, tag, ready = true, leavesAt, phase = "Running" } = options;
  const { owner, annotations = {}, spec = {} } = options;
  const image = tag === "auto" ? "auto" : `docker.io/istio/proxyv2:${tag}`;
  return {
    metadata: {
      name,
      namespace,
      labels: { ...labels },
      annotations: { ...annotations, ...(revision !== undefined && { "istio.io/rev": revision }) },
      ...(leavesAt !== undefined && { deletionTimestamp: leavesAt }),
      ...(owner !== undefined && { ownerReferences: [{ kind: owner, name: `${name}-owner` }] }),
    },
    spec: {
      containers: [
        { name: "app", image: "shop:1" },
        ...(tag === undefined ? [] : [{ name: "istio-proxy", image }]),
      ],
      ...spec,
    },
    status: { phase, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

export function namespace(name: string, labels: Labels = {}): JsonObject {
  return { metadata: { name, labels: { "kubernetes.io/metadata.name": name, ...labels } } };
}

/** How far a revision of a gateway is. */
interface Progress {
  readonly ready: number;
  /** Revision that made its pods. @default the one that they ask for */
  readonly revision?: string;
  /** Tag of their image. */
  readonly tag: string;
}

function livingPods(deployment: K8sObject, inputs: GatewayInputs, progressed: Progress) {
  const template = (deployment.spec as JsonObject).template as JsonObject;
  const { labels } = template.metadata as { labels: Record<string, string> };
  const { ready, tag, revision = labels["istio.io/rev"] } = progressed;
  return Array.from({ length: ready }, (_, index) =>
    pod(inputs.namespace, `${deployment.metadata.name}-${index}`, { labels, revision, tag }),
  );
}

/** A gateway of this package in a cluster: its real objects, with what controllers add. */
export function liveGateway(
  inputs: GatewayInputs,
  progressed: readonly Progress[],
  address: string | undefined = "203.0.113.7",
): Record<"deployments" | "services" | "pods", JsonObject[]> {
  const { service, revisions } = partsOf(inputs);
  const deployments = revisions.map(({ deployment, plan }, index) => ({
    ...deployment,
    spec: { ...(deployment.spec as JsonObject), replicas: plan.replicas ?? 0 },
    status: progress(progressed[index]?.ready ?? 0, plan.replicas ?? 0),
  }));
  const ingress = address === undefined ? [] : [{ ip: address }];
  return {
    deployments,
    services: [
      {
        ...service,
        spec: { ...(service.spec as JsonObject), clusterIP: "10.0.0.9" },
        status: { loadBalancer: { ingress } },
      },
    ],
    pods: revisions.flatMap(({ deployment }, index) =>
      livingPods(deployment, inputs, progressed[index] as Progress),
    ),
  };
}
