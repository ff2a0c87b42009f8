import type { JsonObject } from "../common/json";

/** What a gateway is for. */
export type GatewayKind = "ingress" | "egress" | "east-west";

/** One revision of a gateway: pods that one control plane configures. */
export interface GatewayRevisionInputs {
  /**
   * Revision of the control plane, a revision tag, or a managed channel (`asm-managed`,
   * `asm-managed-rapid`, `asm-managed-stable`). Hyphens, no dots.
   */
  readonly revision: string;
  /**
   * Weight against the other revisions. `0` keeps the revision for a way back.
   *
   * - `traffic: shared`: the revision's part of the gateway's pods, and so of its connections
   * - `traffic: active`: any weight above 0 gives it all the pods that the gateway needs
   *
   * Required as soon as there are two revisions: by equal weights, a second one would take half of the
   * traffic at once. Not so with `active`, which names the revision that serves.
   * @default 100
   */
  readonly weight?: number;
}

/** Scaling by CPU, as bounds of the whole gateway (see {@link GatewayInputs.replicas}). */
export interface GatewayAutoscaling {
  /** Pods at least. */
  readonly minReplicas: number;
  /** Pods at most. */
  readonly maxReplicas: number;
  /**
   * Use of the requested CPU that the autoscaler aims at, in percent.
   * @default 80 (Istio's gateway chart, and Google's samples)
   */
  readonly cpuPercent?: number;
}

/** One port of the Service. */
export interface GatewayPort {
  readonly name: string;
  /** Port that clients use, and that a Gateway resource names. */
  readonly port: number;
  /** Port of the pods, which the proxy opens. @default the port */
  readonly targetPort?: number;
  /** @default "TCP" */
  readonly protocol?: "TCP" | "UDP";
  /** Port of the nodes. @default the cluster picks one, and keeps it while the port's number stays */
  readonly nodePort?: number;
}

/** The Service of a gateway: one for all revisions, never replaced. */
export interface GatewayService {
  /** @default "ClusterIP" for egress, "LoadBalancer" otherwise */
  readonly type?: "LoadBalancer" | "ClusterIP" | "NodePort";
  /**
   * Load balancer inside the VPC network only: annotation
   * `networking.gke.io/load-balancer-type: Internal`.
   * @default false
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing
   */
  readonly internal?: boolean;
  /** Reserved address of the load balancer. @default the cloud picks one */
  readonly loadBalancerIP?: string;
  /** Clients that may connect, as CIDR blocks. @default all */
  readonly loadBalancerSourceRanges?: readonly string[];
  /**
   * `Local` keeps the address of the client and takes only nodes with a gateway pod.
   * @default Kubernetes' (`Cluster`)
   */
  readonly externalTrafficPolicy?: "Cluster" | "Local";
  /** `ClientIP` sends a client to the same pod each time. @default Kubernetes' (`None`) */
  readonly sessionAffinity?: "None" | "ClientIP";
  /**
   * Ports beside the kind's own. One with the name of such a port replaces it; one with its number
   * renames it. The Service keeps the node port of a port whose number stays.
   * @default []
   */
  readonly ports?: readonly GatewayPort[];
  /** The kind's own ports. @default see {@link GatewayKind}: `defaultPorts` in `ports.ts` */
  readonly basePorts?: readonly GatewayPort[];
  /** @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Labels by which the Service finds the pods; pods get these too. In `active` mode one more is
   * added, which tells the revisions apart.
   * @default the labels `app` and `istio`
   */
  readonly selector?: Readonly<Record<string, string>>;
  /** @default the cluster's */
  readonly ipFamilyPolicy?: "SingleStack" | "PreferDualStack" | "RequireDualStack";
  /** @default the cluster's */
  readonly ipFamilies?: readonly ("IPv4" | "IPv6")[];
  /** Kind of load balancer, which cannot be changed later. @default the cluster's */
  readonly loadBalancerClass?: string;
}

/** One set of hosts whose TLS ends at the gateway. */
export interface GatewayTls {
  /** Hosts, such as `shop.example.com` or `*.example.com`. */
  readonly hosts: readonly string[];
  /** Secret with key and certificate in the gateway's namespace; proxies fetch it through SDS. */
  readonly credentialName: string;
  /** Port of the Service. @default 443 */
  readonly port?: number;
  /** `MUTUAL` asks clients for a certificate. @default "SIMPLE" */
  readonly mode?: "SIMPLE" | "MUTUAL";
}

/** One host outside of the mesh that is reached through the egress gateway. */
export interface ExternalHost {
  /** Name without wildcard. */
  readonly host: string;
  /** Port that workloads call. */
  readonly port: number;
  /** `HTTPS` and `TLS`: the application encrypts, and the gateway passes it through by name. */
  readonly protocol: "HTTP" | "HTTPS" | "TLS";
}

/** What an egress gateway sends out. */
export interface EgressHosts {
  readonly externalHosts: readonly ExternalHost[];
}

/** What an east-west gateway shows to other clusters of the mesh, and who can reach it. */
export interface EastWestExposure {
  /**
   * Who can reach the gateway's load balancer. What it passes on is encrypted by mutual TLS of the mesh,
   * and its address is known to whoever can reach it.
   *
   * - `public`: everyone, as in Google's guides
   * - `internal`: clients in the VPC network (GKE's internal load balancer)
   * - a list of CIDR blocks: these clients only, such as the other clusters' NAT addresses
   * @default "public", which the preview of a new gateway says
   * @example access: ["203.0.113.0/24"]
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing
   */
  readonly access?: "public" | "internal" | readonly string[];
  /** Services of the mesh on 15443, by their SNI (`AUTO_PASSTHROUGH` of `*.local`). @default true */
  readonly exposeServices?: boolean;
  /** The control plane on 15012 and 15017, for remote clusters and VMs. @default false */
  readonly exposeIstiod?: boolean;
  /** Revision whose istiod is exposed. @default the heaviest of the gateway */
  readonly istiodRevision?: string;
  /** Namespace of istiod. @default "istio-system" */
  readonly istiodNamespace?: string;
}

/** A variable of the proxy's environment: its value, or where it comes from. */
export type EnvValue = string | { readonly valueFrom: JsonObject };

/** A Secret or ConfigMap that the proxy sees as files; missing ones do not hold a pod up. */
export interface GatewayVolume {
  readonly name: string;
  readonly mountPath: string;
  /** Name of a Secret. One of `secretName` and `configMapName` is given. */
  readonly secretName?: string;
  /** Name of a ConfigMap. */
  readonly configMapName?: string;
}

/**
 * A gateway: one Service and its revisions.
 *
 * @example
 * {
 *   name: "istio-ingressgateway",
 *   namespace: "istio-gateways",
 *   revisions: [{ revision: "1-28-2", weight: 90 }, { revision: "1-29-1", weight: 10 }],
 * }
 */
export interface GatewayInputs {
  /** Name of the Service; never changes, since with it goes the address. */
  readonly name: string;
  /** A namespace of the gateway's own is best: its proxies may read the Secrets there. */
  readonly namespace: string;
  /** @default "ingress" */
  readonly kind?: GatewayKind;
  /** At least one; the order is that of `naming: google`. */
  readonly revisions: readonly GatewayRevisionInputs[];
  /**
   * - `shared`: the Service selects the pods of every revision; weights become numbers of pods
   * - `active`: the Service selects one revision; the others are ready for the switch
   * @default "shared"
   */
  readonly traffic?: "shared" | "active";
  /** With `traffic: active`: the revision that serves. @default the heaviest, the first of equals */
  readonly active?: string;
  /**
   * Pods of all revisions together; with `traffic: active` of each revision with a weight, since
   * any of them must be able to take all the traffic.
   * @default 2
   */
  readonly replicas?: number;
  /**
   * Pulumi refuses to delete or replace the gateway, since with its Service goes the address
   * (istio#29502, istio#42017). To take the gateway away, set this to false in an update of its own
   * first.
   * @default true
   */
  readonly protect?: boolean;
  /**
   * An update ends only once the load balancer has its address, so that a program has it at once.
   * Pulumi then also waits 10 s for the endpoints to settle at each change.
   * @default false
   */
  readonly waitForAddress?: boolean;
  /** In place of `replicas`, by the same rule. @default none */
  readonly autoscaling?: GatewayAutoscaling;
  /**
   * With `traffic: active`: pods of a revision of weight 0, which do not serve. With `shared` such a
   * revision has none, since the Service would send them traffic; its Deployment stays.
   * @default 1
   */
  readonly warmReplicas?: number;
  /**
   * Names of the Deployments.
   *
   * - `revision`: `NAME-REVISION`. A cutover renames nothing; a change of revision is a new Deployment
   * - `google`: `NAME` for the first revision of the list and `NAME-canary` for the second, at most
   *   two. A change of revision is a rolling restart in place
   * @default "revision"
   * @see https://cloud.google.com/service-mesh/docs/gateways (canary upgrade of gateways)
   */
  readonly naming?: "revision" | "google";
  /**
   * Labels of the pods and of all objects.
   * @default app: NAME, istio: "ingressgateway", "egressgateway" or "eastwestgateway"
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Any text, such as a date. Another one rolls the pods: how they get a managed control plane's new
   * proxy, or that of a tag which has moved.
   * @default none
   */
  readonly restart?: string;
  /**
   * Google replaces the gateway's pods whose proxies are out of date, within their disruption budget.
   * Only for revisions that Google runs; pods of others are left as they are. A change of it
   * rolls the pods once.
   * @default as for the namespace, or the whole control plane
   * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
   */
  readonly managedDataPlane?: boolean;
  /** East-west: name of the cluster's network (label `topology.istio.io/network`). @default none */
  readonly network?: string;
  /**
   * Seconds between the order to stop and the end of a pod. Must be larger than the drain.
   * @default 75: Envoy asks clients to leave over 45 s (`drainDuration`), so a request may begin
   * until then; 30 s more let it end
   */
  readonly terminationGracePeriodSeconds?: number;
  /**
   * Seconds for which a leaving pod serves at least, while load balancers learn that it goes; then
   * it stays until its last connection is closed. Overrides the mesh's for this gateway
   * (annotation `proxy.istio.io/config`).
   * @default {@link meshDrainSeconds}
   */
  readonly terminationDrainSeconds?: number;
  /** The mesh's own `terminationDrainDuration`, in seconds. @default 5 (Istio's) */
  readonly meshDrainSeconds?: number;
  /** @default requests of 100m CPU and 128Mi, limits of 2 CPUs and 1Gi (Istio's gateway chart) */
  readonly resources?: JsonObject;
  /** @default {} */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly tolerations?: readonly JsonObject[];
  /** @default none */
  readonly affinity?: JsonObject;
  /** Kubernetes' topologySpreadConstraints. @default by zone and by node, `ScheduleAnyway` */
  readonly topologySpread?: readonly JsonObject[];
  /** @default {} */
  readonly podAnnotations?: Readonly<Record<string, string>>;
  /** @default none */
  readonly priorityClassName?: string;
  /** Environment of the proxy; wins over what this package sets. @default {} */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** @default Kubernetes' */
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  /** Files for the proxy. @default [] */
  readonly volumes?: readonly GatewayVolume[];
  /** @default the injected one: `/healthz/ready` on 15021 */
  readonly readinessProbe?: JsonObject;
  /**
   * How a Deployment replaces its pods.
   * @default maxSurge 25%, maxUnavailable 0: never fewer ready pods than wished
   */
  readonly rollingUpdate?: {
    readonly maxSurge?: number | string;
    readonly maxUnavailable?: number | string;
  };
  /** Limit of each revision for evictions; one of the two. @default maxUnavailable 1 (Google's samples) */
  readonly disruptionBudget?: {
    readonly maxUnavailable?: number | string;
    readonly minAvailable?: number | string;
  };
  /** @default named after the gateway, without annotations */
  readonly serviceAccount?: {
    readonly name?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Lowest TLS version of {@link tls}. @default "1.2" */
  readonly minTlsVersion?: TlsVersion;
  readonly service?: GatewayService;
  /** Ingress: hosts whose TLS ends here; a Gateway resource of the gateway's name. @default [] */
  readonly tls?: readonly GatewayTls[];
  /** Egress: what goes out through this gateway. @default nothing */
  readonly hosts?: EgressHosts;
  /** East-west: what other clusters see. @default services, not istiod */
  readonly eastWest?: EastWestExposure;
}

/** Inputs of a gateway that a program declares by itself, outside of a ServiceMesh. */
export interface GatewayComponentInputs extends GatewayInputs {
  /**
   * How long each of its Deployments may take to come up, in seconds; and the Service, where its
   * address is waited for.
   * @default 300
   */
  readonly timeoutSeconds?: number;
}

/** Versions of TLS. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";
