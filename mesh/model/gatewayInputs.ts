import type { JsonObject } from "../common/json";
import type { ClusterInputs } from "./clusterInputs";
import type { WholeNumber } from "./wholeNumber";

/** What a gateway is for. */
export type GatewayKind = "ingress" | "egress" | "east-west";

/** One revision of a gateway: the pods that one control plane configures. */
export interface GatewayRevisionInputs {
  /**
   * Revision of the control plane, a revision tag, or a managed channel (`asm-managed`,
   * `asm-managed-rapid`, `asm-managed-stable`). With hyphens, not dots.
   */
  readonly revision: string;
  /**
   * Weight relative to the other revisions. `0` keeps the revision for a rollback.
   *
   * - `traffic: shared`: the revision's share of the gateway's pods, and therefore of its
   *   connections
   * - `traffic: active`: any weight above 0 gives it all the pods that the gateway needs
   *
   * Required if there is more than one revision. With equal weights, a second revision would get
   * half of the traffic at once. Not required if `active` names the revision that serves.
   * @default 100
   */
  readonly weight?: number;
}

/**
 * Autoscaling by CPU. The bounds are those of the whole gateway (see
 * {@link GatewayInputs.replicas}).
 */
export interface GatewayAutoscaling {
  /** Minimum number of pods. */
  readonly minReplicas: WholeNumber;
  /** Maximum number of pods. */
  readonly maxReplicas: WholeNumber;
  /**
   * Target utilization of the requested CPU, in percent.
   * @default 80 (Istio's gateway chart, and Google's samples)
   */
  readonly cpuPercent?: WholeNumber;
}

/** One port of the Service. */
export interface GatewayPort {
  /** Name of the port, unique in the Service. */
  readonly name: string;
  /** Port that clients use and that a Gateway resource names. */
  readonly port: WholeNumber;
  /** Port of the pods, which the proxy opens. @default same as `port` */
  readonly targetPort?: WholeNumber;
  /** @default "TCP" */
  readonly protocol?: "TCP" | "UDP";
  /**
   * Port of the nodes.
   * @default chosen by the cluster, and kept while the port's number does not change
   */
  readonly nodePort?: WholeNumber;
}

/** The Service of a gateway. All revisions share it, and it is never replaced. */
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
  /** Reserved address of the load balancer. @default chosen by the cloud provider */
  readonly loadBalancerIP?: string;
  /** Clients that may connect, as CIDR blocks. @default all */
  readonly loadBalancerSourceRanges?: readonly string[];
  /**
   * `Local` preserves the client's address, and only uses nodes with a gateway pod.
   * @default Kubernetes' (`Cluster`)
   */
  readonly externalTrafficPolicy?: "Cluster" | "Local";
  /** `ClientIP` sends a client to the same pod each time. @default Kubernetes' (`None`) */
  readonly sessionAffinity?: "None" | "ClientIP";
  /**
   * Ports in addition to those of the gateway's kind. A port with the name of such a port replaces
   * it, and one with its number renames it. A port whose number does not change keeps its node
   * port.
   * @default []
   */
  readonly ports?: readonly GatewayPort[];
  /**
   * The ports of the gateway's kind.
   * @default see {@link GatewayKind}: `defaultPorts` in `ports.ts`
   */
  readonly basePorts?: readonly GatewayPort[];
  /** @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  /**
   * Labels by which the Service selects the pods. The pods get these labels too. With `traffic:
   * active` one more label is added, which distinguishes the revisions.
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

/** One set of hosts for which the gateway terminates TLS. */
export interface GatewayTls {
  /** Hosts, such as `shop.example.com` or `*.example.com`. */
  readonly hosts: readonly string[];
  /** Secret with key and certificate in the gateway's namespace. Proxies fetch it through SDS. */
  readonly credentialName: string;
  /** Port of the Service. @default 443 */
  readonly port?: WholeNumber;
  /** `MUTUAL` requires clients to have a certificate. @default "SIMPLE" */
  readonly mode?: "SIMPLE" | "MUTUAL";
}

/** One host outside the mesh that is reached through the egress gateway. */
export interface ExternalHost {
  /** Host name without a wildcard. */
  readonly host: string;
  /** Port that workloads connect to. */
  readonly port: WholeNumber;
  /**
   * With `HTTPS` and `TLS` the application encrypts, and the gateway forwards the connection by its
   * host name.
   */
  readonly protocol: "HTTP" | "HTTPS" | "TLS";
}

/** What an egress gateway forwards. */
export interface EgressHosts {
  /** Hosts outside the mesh that workloads reach through the gateway. */
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
  /**
   * Services of the mesh on port 15443, by their SNI (`AUTO_PASSTHROUGH` of `*.local`).
   * @default true
   */
  readonly exposeServices?: boolean;
  /** The control plane on ports 15012 and 15017, for remote clusters and VMs. @default false */
  readonly exposeIstiod?: boolean;
  /** Revision whose istiod is exposed. @default the gateway's revision with the largest weight */
  readonly istiodRevision?: string;
  /** Namespace of istiod. @default "istio-system" */
  readonly istiodNamespace?: string;
}

/** An environment variable of the proxy: its value, or where it comes from. */
export type EnvValue = string | { readonly valueFrom: JsonObject };

/**
 * A Secret or ConfigMap that is mounted as files into the proxy. A pod also starts if it does not
 * exist.
 */
export interface GatewayVolume {
  /** Name of the volume in the pod. */
  readonly name: string;
  /** Folder of the proxy's container in which the files appear. */
  readonly mountPath: string;
  /** Name of a Secret. Set either `secretName` or `configMapName`. */
  readonly secretName?: string;
  /** Name of a ConfigMap. */
  readonly configMapName?: string;
}

/**
 * The inputs of a gateway: one Service and its revisions.
 *
 * @example
 * {
 *   name: "istio-ingressgateway",
 *   namespace: "istio-gateways",
 *   revisions: [{ revision: "1-30-4", weight: 90 }, { revision: "1-31-0", weight: 10 }],
 * }
 */
export interface GatewayInputs {
  /** Name of the Service. It cannot be changed, because the address would be lost with it. */
  readonly name: string;
  /**
   * Namespace of the gateway. Use a separate one, because the proxies may read all Secrets in it.
   */
  readonly namespace: string;
  /** @default "ingress" */
  readonly kind?: GatewayKind;
  /** At least one revision. With `naming: google` their order decides their names. */
  readonly revisions: readonly GatewayRevisionInputs[];
  /**
   * - `shared`: the Service selects the pods of all revisions. Weights decide the numbers of pods.
   * - `active`: the Service selects one revision. The others are ready to take over.
   * @default "shared"
   */
  readonly traffic?: "shared" | "active";
  /**
   * With `traffic: active`: the revision that serves.
   * @default the one with the largest weight, or the first of several
   */
  readonly active?: string;
  /**
   * Number of pods of all revisions together. With `traffic: active`, the number of each revision
   * with a weight above 0, because any of them must be able to take all the traffic.
   * @default 2
   */
  readonly replicas?: WholeNumber;
  /**
   * Pulumi refuses to delete or replace the gateway, because its address would be lost with its
   * Service (istio#29502, istio#42017). To remove the gateway, set this to false in a separate
   * update first.
   * @default true
   */
  readonly protect?: boolean;
  /**
   * An update waits until the load balancer has its address, so that the program gets it in the
   * same update. Pulumi then also waits 10 s for the endpoints to settle after each change.
   * @default false
   */
  readonly waitForAddress?: boolean;
  /** Replaces `replicas`, and counts in the same way. @default none */
  readonly autoscaling?: GatewayAutoscaling;
  /**
   * With `traffic: active`: number of pods of a revision with weight 0, which do not serve. With
   * `shared`, such a revision has no pods, because the Service would send them traffic. Its
   * Deployment is kept.
   * @default 1
   */
  readonly warmReplicas?: WholeNumber;
  /**
   * Names of the Deployments.
   *
   * - `revision`: `NAME-REVISION`. A cutover renames nothing, and a change of revision creates a
   *   new Deployment.
   * - `google`: `NAME` for the first revision of the list and `NAME-canary` for the second. At most
   *   two are allowed. A change of revision is a rolling restart in place.
   * @default "revision"
   * @see https://cloud.google.com/service-mesh/docs/gateways (canary upgrade of gateways)
   */
  readonly naming?: "revision" | "google";
  /**
   * What decides which revision injects the pods.
   *
   * - `pod`: their own label `istio.io/rev`. Revisions can run side by side, with weights.
   * - `namespace`: the label `istio.io/rev` of the namespace alone, as in Istio's and Google's guides.
   *   `revisions` has one entry, which is what that label says: the namespace's `revision` in
   *   `namespaces`, or a label that the namespace has in the cluster. There is one Deployment, `NAME`.
   *   When the label moves, it does not change, and its pods get the new proxy when they restart: by
   *   another text in {@link restart}, or by the namespace's own `restart`.
   * @default "pod"
   * @example injection: namespace
   * @see https://istio.io/latest/docs/setup/additional-setup/gateway/ (canary upgrade)
   * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/gateways
   */
  readonly injection?: "pod" | "namespace";
  /**
   * Labels of the pods and of all objects.
   * @default app: NAME, istio: "ingressgateway", "egressgateway" or "eastwestgateway"
   */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Any text, such as a date. A change of it causes a rolling restart, so that the pods get the new
   * proxy of a managed control plane, or of a tag that has moved.
   * @default none
   */
  readonly restart?: string;
  /**
   * Google replaces the gateway's pods with outdated proxies, within their disruption budget. It
   * only applies to revisions that Google runs. A change of this input causes one rolling restart.
   * @default as for the namespace, or the whole control plane
   * @see https://cloud.google.com/service-mesh/docs/operate-and-maintain/managed-data-plane
   */
  readonly managedDataPlane?: boolean;
  /**
   * Only for east-west gateways: name of the cluster's network (label `topology.istio.io/network`).
   * @default none
   */
  readonly network?: string;
  /**
   * How long a pod may take to stop, in seconds. Must be larger than `terminationDrainSeconds`.
   * @default 75: Envoy asks clients to leave over 45 s (`drainDuration`), so a request may begin
   * until then; 30 s more let it end
   */
  readonly terminationGracePeriodSeconds?: WholeNumber;
  /**
   * How long a terminating pod continues to serve at least, in seconds, while load balancers stop
   * sending to it. After that it stays until its last connection is closed. Overrides the mesh's
   * value for this gateway (annotation `proxy.istio.io/config`).
   * @default {@link meshDrainSeconds}
   */
  readonly terminationDrainSeconds?: WholeNumber;
  /** The mesh's own `terminationDrainDuration`, in seconds. @default 5 (Istio's) */
  readonly meshDrainSeconds?: WholeNumber;
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
  /**
   * Environment variables of the proxy, which take precedence over those that this package sets.
   * @default {}
   */
  readonly env?: Readonly<Record<string, EnvValue>>;
  /** @default Kubernetes' */
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  /** Volumes that are mounted into the proxy. @default [] */
  readonly volumes?: readonly GatewayVolume[];
  /** @default the injected one: `/healthz/ready` on 15021 */
  readonly readinessProbe?: JsonObject;
  /**
   * How a Deployment replaces its pods.
   * @default maxSurge 25%, maxUnavailable 0: never fewer ready pods than configured
   */
  readonly rollingUpdate?: {
    /** Pods above the configured number, as a number or a percentage. @default "25%" */
    readonly maxSurge?: number | string;
    /** Pods below the configured number, as a number or a percentage. @default 0 */
    readonly maxUnavailable?: number | string;
  };
  /**
   * Limit for evictions, for each revision. Set one of the two.
   * @default maxUnavailable 1 (Google's samples)
   */
  readonly disruptionBudget?: {
    /** Pods that may be evicted at a time, as a number or a percentage. */
    readonly maxUnavailable?: number | string;
    /** Pods that must stay, as a number or a percentage. */
    readonly minAvailable?: number | string;
  };
  /** The ServiceAccount of the pods. @default named after the gateway, without annotations */
  readonly serviceAccount?: {
    /** Name of the ServiceAccount. @default named after the gateway */
    readonly name?: string;
    /** Annotations, such as that of Workload Identity. @default {} */
    readonly annotations?: Readonly<Record<string, string>>;
  };
  /** Lowest TLS version of {@link tls}. @default "1.2" */
  readonly minTlsVersion?: TlsVersion;
  readonly service?: GatewayService;
  /**
   * Only for ingress gateways: hosts for which the gateway terminates TLS. A Gateway resource with
   * the gateway's name is created.
   * @default []
   */
  readonly tls?: readonly GatewayTls[];
  /** Only for egress gateways: the hosts that are reached through this gateway. @default none */
  readonly hosts?: EgressHosts;
  /**
   * Only for east-west gateways: what is exposed to other clusters.
   * @default services, but not istiod
   */
  readonly eastWest?: EastWestExposure;
}

/** Inputs of a gateway that a program creates outside a ServiceMesh. */
export interface GatewayComponentInputs extends GatewayInputs, ClusterInputs {
  /**
   * How long each of its Deployments may take to become ready, in seconds. Also how long the
   * Service may take with `waitForAddress`.
   * @default 300
   */
  readonly timeoutSeconds?: number;
}

/** Versions of TLS. */
export type TlsVersion = "1.0" | "1.1" | "1.2" | "1.3";
