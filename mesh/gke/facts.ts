import type { GkeInputs, NewCluster } from "../model/gkeInputs";

/** The fleet that a cluster is registered in. */
export interface FleetFacts {
  /** The project's ID or number. */
  readonly project: string;
  readonly membership: string;
  readonly location: string;
}

/** What the plan needs to know about a cluster. */
export interface ClusterFacts {
  readonly name: string;
  readonly autopilot: boolean;
  readonly privateNodes: boolean;
  /** The range of the control plane. Absent if the cluster does not name one. */
  readonly controlPlaneCidr?: string;
  /** The name, path or URL of the network. */
  readonly network: string;
  /** Absent if Workload Identity is off. */
  readonly workloadPool?: string;
  /** Autopilot: whether pods may have NET_ADMIN, which Istio's init container needs. */
  readonly allowNetAdmin: boolean;
  /** The version of the control plane, such as `1.33.4-gke.100`. Absent for a new cluster. */
  readonly kubernetesVersion?: string;
  readonly fleet?: FleetFacts;
}

/** The part of Google's answer to a look-up that this code reads. */
export interface LookedUpCluster {
  readonly name: string;
  readonly network: string;
  readonly enableAutopilot?: boolean;
  readonly allowNetAdmin?: boolean;
  readonly masterVersion?: string;
  readonly endpoint: string;
  readonly masterAuths: readonly { readonly clusterCaCertificate: string }[];
  readonly privateClusterConfigs?: readonly {
    readonly enablePrivateNodes?: boolean;
    readonly enablePrivateEndpoint?: boolean;
    readonly masterIpv4CidrBlock?: string;
    readonly privateEndpoint?: string;
  }[];
  readonly workloadIdentityConfigs?: readonly { readonly workloadPool?: string }[];
  readonly fleets?: readonly {
    readonly project?: string;
    readonly membership?: string;
    readonly membershipId?: string;
    readonly membershipLocation?: string;
  }[];
}

/** The provider returns "" for values that Google leaves out. */
function text(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}

function fleetOf({ fleets = [] }: LookedUpCluster): FleetFacts | undefined {
  const { project, membershipId, membershipLocation } = fleets[0] ?? {};
  return project && membershipId && membershipLocation
    ? { project, membership: membershipId, location: membershipLocation }
    : undefined;
}

/** Returns a map without the keys that have no value. */
function given<T extends object>(fields: T): T {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as T;
}

/** Returns what a look-up says about a cluster. */
export function existingFacts(found: LookedUpCluster): ClusterFacts {
  const [shield] = found.privateClusterConfigs ?? [];
  return given({
    name: found.name,
    autopilot: found.enableAutopilot ?? false,
    privateNodes: shield?.enablePrivateNodes ?? false,
    controlPlaneCidr: text(shield?.masterIpv4CidrBlock),
    network: found.network,
    workloadPool: text(found.workloadIdentityConfigs?.[0]?.workloadPool),
    allowNetAdmin: found.allowNetAdmin ?? false,
    kubernetesVersion: text(found.masterVersion),
    fleet: fleetOf(found),
  });
}

/** Returns what is known about a cluster before it is created. */
export function newFacts(project: string, cluster: NewCluster): ClusterFacts {
  return given({
    name: cluster.name,
    autopilot: cluster.autopilot ?? false,
    privateNodes: cluster.privateNodes !== undefined,
    controlPlaneCidr: cluster.privateNodes?.controlPlaneCidr,
    network: cluster.network ?? "default",
    workloadPool: `${project}.svc.id.goog`,
    allowNetAdmin: cluster.autopilot ?? false,
  });
}

/**
 * Returns the region of a zone or region.
 *
 * @example regionOf("europe-west1-b") // "europe-west1"
 */
export function regionOf(location: string): string {
  return location.replace(/-[a-z]$/, "");
}

/** Returns the fleet host project. */
export function fleetProject({ fleet, project }: Pick<GkeInputs, "fleet" | "project">): string {
  return fleet?.project ?? project;
}

/** Returns the address of the API server: the private endpoint if the public one is disabled. */
export function endpointOf({ endpoint, privateClusterConfigs }: LookedUpCluster): string {
  const [shield] = privateClusterConfigs ?? [];
  const inside = shield?.enablePrivateEndpoint === true ? text(shield.privateEndpoint) : undefined;
  return inside ?? endpoint;
}
