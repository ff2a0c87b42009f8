import type { GatewayRevisionInputs } from "./gatewayInputs";
import type { WholeNumber } from "./wholeNumber";

/** An existing cluster. It is looked up and not changed. */
export interface ExistingCluster {
  readonly kind: "existing";
  /** Name of the cluster. */
  readonly name: string;
}

/** Release channels of GKE. @see https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels */
export type ReleaseChannel = "RAPID" | "REGULAR" | "STABLE" | "EXTENDED";

/** Nodes without public addresses. */
export interface PrivateNodes {
  /** Range of the control plane: a /28 that overlaps with no other range of the network. */
  readonly controlPlaneCidr: string;
  /** Whether the control plane has no public endpoint either. @default false */
  readonly privateEndpoint?: boolean;
}

/** The nodes of a new Standard cluster. Autopilot creates its own nodes. */
export interface NodePoolInputs {
  /** Machine type. Google requires 4 vCPUs or more. @default "e2-standard-4" */
  readonly machineType?: string;
  /** Minimum number of nodes in each zone. @default 1 */
  readonly minNodes?: WholeNumber;
  /** Maximum number of nodes in each zone. @default 4 */
  readonly maxNodes?: WholeNumber;
  /** Email of the service account of the nodes. @default Compute Engine's own */
  readonly serviceAccount?: string;
  /** Network tags of the nodes. @default [] */
  readonly tags?: readonly string[];
}

/** A cluster that the stack creates. */
export interface NewCluster {
  readonly kind: "new";
  /** Lower-case letters, digits and hyphens, starting with a letter, at most 40 characters. */
  readonly name: string;
  /** @default "REGULAR" */
  readonly releaseChannel?: ReleaseChannel;
  /** @default false */
  readonly autopilot?: boolean;
  /** @default none: nodes have public addresses */
  readonly privateNodes?: PrivateNodes;
  /** Name or path of the network. @default "default" */
  readonly network?: string;
  /** Name or path of the subnetwork. @default the network's in the region */
  readonly subnetwork?: string;
  /** Names of the subnetwork's secondary ranges. @default GKE creates them */
  readonly ranges?: {
    /** Name of the range for pods. */
    readonly pods: string;
    /** Name of the range for Services. */
    readonly services: string;
  };
  /** Ranges that may connect to the control plane. @default all */
  readonly authorizedNetworks?: readonly string[];
  /**
   * Who enforces NetworkPolicy objects on a Standard cluster; the guides for Istio's CNI plugin begin
   * with it. `calico` can be turned on later too, which replaces the nodes. `dataplane-v2` is chosen
   * once: a change replaces the cluster. Autopilot always has Dataplane V2.
   * @default nobody: the objects have no effect
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy
   */
  readonly networkPolicy?: "calico" | "dataplane-v2";
  /** Standard only. @default see {@link NodePoolInputs} */
  readonly nodePool?: NodePoolInputs;
  /** Labels of the cluster. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether Google refuses to delete the cluster, also in a `pulumi destroy`. @default true */
  readonly deletionProtection?: boolean;
}

/** The nodes to which the firewall rule lets the control plane connect. */
export type FirewallTargets =
  | { readonly kind: "network" }
  | {
      readonly kind: "tags";
      /** Network tags of the nodes. */
      readonly tags: readonly string[];
    }
  | {
      readonly kind: "serviceAccounts";
      /** Email addresses of the nodes' Google service accounts. */
      readonly serviceAccounts: readonly string[];
    };

/**
 * A firewall rule from a private cluster's control plane to the nodes. It always allows 15017, the
 * port of istiod's webhooks.
 * @see https://cloud.google.com/service-mesh/docs/private-cluster-open-port
 */
export interface FirewallInputs {
  /**
   * Ports in addition to 15017, such as 15014 (istiod's monitoring) and 8080 (its debug port).
   * @default []
   */
  readonly ports?: readonly (8080 | 15014)[];
  /**
   * @default all instances of the network, because the rule only allows the control plane's range
   */
  readonly targets?: FirewallTargets;
  /**
   * Range of the control plane. Required if the cluster's control plane uses Private Service
   * Connect, because the cluster then has no such range.
   * @default the cluster's own
   */
  readonly controlPlaneCidr?: string;
}

/** A Kubernetes service account. */
export interface WorkloadIdentity {
  /** Namespace of the Kubernetes service account. */
  readonly namespace: string;
  /** Name of the Kubernetes service account. */
  readonly serviceAccount: string;
}

/** What workloads send to Google Cloud themselves. */
export type Report = "metrics" | "logs" | "traces";

/** IAM roles for workloads that send telemetry to Google Cloud. */
export interface GkeTelemetryInputs {
  /** What the workloads send. */
  readonly reports: readonly Report[];
  /**
   * The workloads that send it: all pods of the cluster, because the proxies of Google's builds do,
   * or some service accounts, such as that of an OpenTelemetry collector.
   */
  readonly workloads: "all" | readonly WorkloadIdentity[];
}

/** Who signs the workloads' certificates, as far as Google Cloud is concerned. */
export type GkeCaInputs =
  | { readonly type: "istio" }
  | { readonly type: "plug-in-certs" }
  | { readonly type: "mesh-ca" }
  | {
      readonly type: "cas";
      /** `projects/PROJECT/locations/LOCATION/caPools/POOL`. The pool must exist. */
      readonly caPool: string;
    };

/**
 * The cluster's fleet. Membership and feature are created if they are missing, and are otherwise
 * not changed. They are kept on destroy, because other clusters may use them.
 */
export interface FleetInputs {
  /** Fleet host project. @default the cluster's */
  readonly project?: string;
  /** Name of the membership. @default the existing one's, otherwise the cluster's name */
  readonly membership?: string;
  /**
   * Management of the mesh by Google: `MANAGEMENT_AUTOMATIC` gives the cluster a managed control
   * plane, `MANAGEMENT_MANUAL` none by itself.
   * @default the feature is enabled, and its setting for this cluster is not changed
   */
  readonly mesh?: "MANAGEMENT_AUTOMATIC" | "MANAGEMENT_MANUAL";
}

/** A reserved address for a gateway. */
export interface AddressInputs {
  /** Lower-case letters, digits and hyphens, starting with a letter, at most 63 characters. */
  readonly name: string;
  /**
   * A Service of type LoadBalancer needs a regional address, an Ingress a global one.
   * @default "regional"
   */
  readonly scope?: "regional" | "global";
  /** Only for regional addresses: an address inside the network. @default false */
  readonly internal?: boolean;
  /** Subnetwork of an internal address. @default the new cluster's */
  readonly subnetwork?: string;
  /** Whether Pulumi refuses to release the address. @default true */
  readonly protect?: boolean;
}

/** One revision behind a DNS name: a gateway with its own address. */
export interface DnsRevision extends GatewayRevisionInputs {
  /** Name of an address in `addresses`, or an IPv4 address. */
  readonly address: string;
}

/** An A record in an existing managed zone. Set either `address` or `revisions`. */
export interface DnsInputs {
  /** Full host name, such as `shop.example.com`. */
  readonly name: string;
  /** Name of the managed zone, such as `example-com`. */
  readonly zone: string;
  /** Project of the zone. @default the cluster's */
  readonly project?: string;
  /**
   * How long resolvers cache an answer, in seconds. A change of weights takes as long.
   * @default 60
   */
  readonly ttlSeconds?: WholeNumber;
  /** Name of an address in `addresses`, or an IPv4 address. */
  readonly address?: string;
  /** Gateways on several revisions, with weights as in {@link GatewayRevisionInputs}. */
  readonly revisions?: readonly DnsRevision[];
}

/** A repository of Artifact Registry for the mesh's images. It becomes the mesh's `hub`. */
export interface RegistryInputs {
  /** Name of the repository. */
  readonly repository: string;
  /** Region or multi-region, such as `europe`. @default the cluster's region */
  readonly location?: string;
  /** Folder inside the repository. @default none */
  readonly path?: string;
  /**
   * Whether the stack creates the repository, which is kept on destroy. With `false`, it must
   * exist.
   * @default true
   */
  readonly create?: boolean;
  /** Emails of service accounts that pull images, such as the nodes'. @default the node pool's */
  readonly readers?: readonly string[];
}

/** Everything around a mesh on GKE, as plain data. */
export interface GkeInputs {
  /** ID of the cluster's project, such as `my-project`. */
  readonly project: string;
  /** Region or zone of the cluster, such as `europe-west1` or `europe-west1-b`. */
  readonly location: string;
  /** The cluster: one that exists, or a new one. */
  readonly cluster: ExistingCluster | NewCluster;
  /**
   * Whether the project's APIs are enabled. With `leave`, someone else enables them.
   * @default "enable"
   */
  readonly apis?: "enable" | "leave";
  /**
   * The firewall rule. Only private clusters get one.
   * @default port 15017 to all nodes of the network
   */
  readonly firewall?: FirewallInputs;
  /** @default no roles */
  readonly telemetry?: GkeTelemetryInputs;
  /** @default { type: "istio" } */
  readonly ca?: GkeCaInputs;
  /** @default the cluster's fleet is not changed */
  readonly fleet?: FleetInputs;
  /** @default [] */
  readonly addresses?: readonly AddressInputs[];
  /** @default [] */
  readonly dns?: readonly DnsInputs[];
  /** @default Istio's registry */
  readonly registry?: RegistryInputs;
}
