import type { GatewayRevisionInputs } from "./gatewayInputs";

/** A cluster that is there already: it is looked up, and not changed. */
export interface ExistingCluster {
  readonly kind: "existing";
  readonly name: string;
}

/** Release channels of GKE. @see https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels */
export type ReleaseChannel = "RAPID" | "REGULAR" | "STABLE" | "EXTENDED";

/** Nodes without public addresses. */
export interface PrivateNodes {
  /** Range of the control plane: a /28 that overlaps with no other of the network. */
  readonly controlPlaneCidr: string;
  /** The control plane has no public endpoint either. @default false */
  readonly privateEndpoint?: boolean;
}

/** The nodes of a new Standard cluster; Autopilot makes its own. */
export interface NodePoolInputs {
  /** Google asks for 4 vCPUs or more. @default "e2-standard-4" */
  readonly machineType?: string;
  /** Nodes at least, in each zone. @default 1 */
  readonly minNodes?: number;
  /** Nodes at most, in each zone. @default 4 */
  readonly maxNodes?: number;
  /** Email of the service account of the nodes. @default Compute Engine's own */
  readonly serviceAccount?: string;
  /** Network tags of the nodes. @default [] */
  readonly tags?: readonly string[];
}

/** A cluster that the stack makes. */
export interface NewCluster {
  readonly kind: "new";
  /** Lower-case letters, digits and hyphens, a letter first, at most 40. */
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
  /** Names of the subnetwork's secondary ranges. @default GKE makes them */
  readonly ranges?: { readonly pods: string; readonly services: string };
  /** Ranges that may reach the control plane. @default all */
  readonly authorizedNetworks?: readonly string[];
  /** Standard only. @default see {@link NodePoolInputs} */
  readonly nodePool?: NodePoolInputs;
  /** Labels of the cluster. @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /** Google refuses to delete the cluster, also for `pulumi destroy`. @default true */
  readonly deletionProtection?: boolean;
}

/** Whom the firewall rule lets the control plane reach. */
export type FirewallTargets =
  | { readonly kind: "network" }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "serviceAccounts"; readonly serviceAccounts: readonly string[] };

/**
 * From a private cluster's control plane to the nodes. 15017, where istiod answers webhooks, is
 * always open.
 * @see https://cloud.google.com/service-mesh/docs/private-cluster-open-port
 */
export interface FirewallInputs {
  /** Besides 15017: 15014 is istiod's monitoring, 8080 its debug port. @default [] */
  readonly ports?: readonly (8080 | 15014)[];
  /** @default all instances of the network: the control plane's range is the limit */
  readonly targets?: FirewallTargets;
  /**
   * Range of the control plane. A cluster that is reached through Private Service Connect does not
   * name one.
   * @default the cluster's own
   */
  readonly controlPlaneCidr?: string;
}

/** A Kubernetes service account. */
export interface WorkloadIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** What workloads report to Google Cloud themselves. */
export type Report = "metrics" | "logs" | "traces";

/** Roles for what reports to Google Cloud. */
export interface GkeTelemetryInputs {
  readonly reports: readonly Report[];
  /**
   * Who reports: every pod of the cluster, as the proxies of Google's builds do, or some service
   * accounts, such as that of an OpenTelemetry collector.
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
      /** `projects/PROJECT/locations/LOCATION/caPools/POOL`; it exists. */
      readonly caPool: string;
    };

/**
 * The cluster's fleet. Membership and feature are made where they are missing, taken as they are
 * otherwise, and kept on destroy: other clusters may use them.
 */
export interface FleetInputs {
  /** Fleet host project. @default the cluster's */
  readonly project?: string;
  /** Name of the membership. @default the cluster's fleet says, or the cluster's name */
  readonly membership?: string;
  /**
   * Management of the mesh by Google: `MANAGEMENT_AUTOMATIC` gives the cluster a managed control
   * plane, `MANAGEMENT_MANUAL` none by itself.
   * @default the feature is enabled, and this cluster's membership of it left as it is
   */
  readonly mesh?: "MANAGEMENT_AUTOMATIC" | "MANAGEMENT_MANUAL";
}

/** A reserved address for a gateway. */
export interface AddressInputs {
  /** Lower-case letters, digits and hyphens, a letter first, at most 63. */
  readonly name: string;
  /** A Service of type LoadBalancer takes a regional one; an Ingress a global one. @default "regional" */
  readonly scope?: "regional" | "global";
  /** Regional only: an address inside of the network. @default false */
  readonly internal?: boolean;
  /** Of an internal address. @default the new cluster's */
  readonly subnetwork?: string;
  /** Pulumi refuses to give the address back. @default true */
  readonly protect?: boolean;
}

/** One revision behind a name: a gateway with an address of its own. */
export interface DnsRevision extends GatewayRevisionInputs {
  /** Name of an address in `addresses`, or an IPv4 address. */
  readonly address: string;
}

/** An A record in a managed zone that exists. Either `address` or `revisions` is given. */
export interface DnsInputs {
  /** Full host name, such as `shop.example.com`. */
  readonly name: string;
  /** Name of the managed zone, such as `example-com`. */
  readonly zone: string;
  /** Project of the zone. @default the cluster's */
  readonly project?: string;
  /** How long resolvers keep an answer, in seconds: a move of weights takes as long. @default 60 */
  readonly ttlSeconds?: number;
  /** Name of an address in `addresses`, or an IPv4 address. */
  readonly address?: string;
  /** Gateways on several revisions, by weight as in {@link GatewayRevisionInputs}. */
  readonly revisions?: readonly DnsRevision[];
}

/** A repository of Artifact Registry for the mesh's images; becomes the mesh's `hub`. */
export interface RegistryInputs {
  /** Name of the repository. */
  readonly repository: string;
  /** Region or multi-region, such as `europe`. @default the cluster's region */
  readonly location?: string;
  /** Folder inside of the repository. @default none */
  readonly path?: string;
  /** The stack makes the repository; it is kept on destroy. `false`: it exists. @default true */
  readonly create?: boolean;
  /** Emails of service accounts that pull images, such as the nodes'. @default the node pool's */
  readonly readers?: readonly string[];
}

/** Everything that a mesh on GKE needs around it, as plain data. */
export interface GkeInputs {
  /** ID of the cluster's project, such as `my-project`. */
  readonly project: string;
  /** Region or zone of the cluster, such as `europe-west1` or `europe-west1-b`. */
  readonly location: string;
  readonly cluster: ExistingCluster | NewCluster;
  /** `leave`: the project's APIs are enabled by somebody else. @default "enable" */
  readonly apis?: "enable" | "leave";
  /** Only private clusters get a rule. @default 15017, to all nodes of the network */
  readonly firewall?: FirewallInputs;
  /** @default no roles */
  readonly telemetry?: GkeTelemetryInputs;
  /** @default { type: "istio" } */
  readonly ca?: GkeCaInputs;
  /** @default the cluster's fleet is left alone */
  readonly fleet?: FleetInputs;
  /** @default [] */
  readonly addresses?: readonly AddressInputs[];
  /** @default [] */
  readonly dns?: readonly DnsInputs[];
  /** @default Istio's registry */
  readonly registry?: RegistryInputs;
}
