import type { JsonObject } from "../common/json";
import type { GatewayPort } from "./gatewayInputs";

/** What a Service says of its address and of the ports that clients use. */
export interface ServiceFacts {
  /** @example "LoadBalancer" */
  readonly type: string;
  /** Whether its load balancer is inside a private network. */
  readonly internal: boolean;
  readonly loadBalancerIP?: string;
  readonly loadBalancerClass?: string;
  readonly ports: readonly GatewayPort[];
}

/** How many pods a workload has. */
export interface PodBounds {
  readonly min: number;
  /** The same as `min` if no autoscaler sets the number. */
  readonly max: number;
  readonly autoscaled: boolean;
}

/** What a change of a workload does to its pods. */
export interface WorkloadEffects {
  /** Absent for a workload that runs on every node. */
  readonly pods?: PodBounds;
  /** How many nodes change at the same time. Only set for a workload that runs on every node. */
  readonly nodesAtOnce?: string;
  /** What its disruption budget keeps, such as `minAvailable: 1`. Absent if it has none. */
  readonly budget?: string;
  /** The revision or tag whose proxy the pods ask for. Absent if they ask for none. */
  readonly revision?: string;
  /** The image of each container. */
  readonly images: Readonly<Record<string, string>>;
  /** Digests of the other parts of the pod template, by what they are. A part that changes restarts the pods. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Whom each webhook of a configuration asks about, in words, by the name of the webhook. */
export type WebhookEffects = Readonly<Record<string, string>>;

/**
 * What objects of a mesh mean for traffic and pods. It is all that is kept of them between updates,
 * so it is small: Pulumi's state holds it.
 */
export interface ObjectEffects {
  /** By title, such as `Deployment istio-system/istiod`. */
  readonly workloads: Readonly<Record<string, WorkloadEffects>>;
  /** By title. */
  readonly services: Readonly<Record<string, ServiceFacts>>;
  /** In words, which pods a Service sends to, or a workload has, by title. */
  readonly selectors: Readonly<Record<string, string>>;
  /** By the title of the configuration. */
  readonly webhooks: Readonly<Record<string, WebhookEffects>>;
  /** Digests of CA bundles that the inputs set, by the title of the configuration. */
  readonly caBundles: Readonly<Record<string, string>>;
  /** The mesh config of each control plane as istiod reads it, by the title of its ConfigMap. */
  readonly meshConfigs: Readonly<Record<string, JsonObject>>;
  /** Digests of what istiod injects, by the title of the ConfigMap and the part. */
  readonly injectors: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The mode of mutual TLS of each PeerAuthentication that holds for a whole namespace, by title. */
  readonly mutualTls: Readonly<Record<string, string>>;
  /** Who names each provider of the mesh config: titles of Telemetry and AuthorizationPolicy resources. */
  readonly providerUsers: Readonly<Record<string, readonly string[]>>;
}
