import type { GkeInputs, RegistryInputs } from "../model/gkeInputs";
import type { CaInputs, CniInputs } from "../model/meshInputs";
import { type ClusterFacts, fleetProject, regionOf } from "./facts";

/** The inputs of a mesh that follow from its cluster. */
export interface GkeMeshInputs {
  /** The platform of the cluster. */
  readonly platform: "gke";
  /** Absent on Autopilot, which refuses the host paths of the node agent. */
  readonly cni?: CniInputs;
  readonly ca?: CaInputs;
  /** The path of the registry, if there is one. */
  readonly hub?: string;
  /** The version of an existing cluster, without Google's suffix. */
  readonly kubernetesVersion?: string;
}

/** What a foundation says about the cluster. */
export interface GkePlatform {
  /** Whether Google manages the nodes. */
  readonly autopilot: boolean;
  /** Whether the nodes have no public addresses. */
  readonly privateNodes: boolean;
  /** Whether Google runs the control plane, so that the cluster needs none. */
  readonly managedControlPlane: boolean;
  /** Empty if Workload Identity is off. */
  readonly workloadPool: string;
}

/** Returns the path of an image repository. */
export function repositoryPath(registry: RegistryInputs, { project, location }: GkeInputs): string {
  const { repository, path, location: own = regionOf(location) } = registry;
  const folder = path === undefined ? "" : `/${path.replace(/^\/|\/$/g, "")}`;
  return `${own}-docker.pkg.dev/${project}/${repository}${folder}`;
}

function caOf(inputs: GkeInputs): CaInputs | undefined {
  const { ca } = inputs;
  const project = fleetProject(inputs);
  switch (ca?.type) {
    case undefined:
      return undefined;
    case "mesh-ca":
      return { type: "mesh-ca", project };
    case "cas":
      return { type: "cas", project, caPool: ca.caPool };
    case "istio":
    case "plug-in-certs":
      return { type: ca.type };
  }
}

/**
 * Removes Google's suffix from a version.
 *
 * @example plainVersion("1.33.4-gke.100") // "1.33.4"
 */
function plainVersion(version: string): string {
  return version.split("-")[0] ?? version;
}

/** Returns whether Google manages the control plane. */
export function hasManagedControlPlane({ fleet }: Pick<GkeInputs, "fleet">): boolean {
  return fleet?.mesh === "MANAGEMENT_AUTOMATIC";
}

export function gkePlatformOf(inputs: GkeInputs, facts: ClusterFacts): GkePlatform {
  return {
    autopilot: facts.autopilot,
    privateNodes: facts.privateNodes,
    managedControlPlane: hasManagedControlPlane(inputs),
    workloadPool: facts.workloadPool ?? "",
  };
}

/**
 * Returns the inputs of a mesh on this cluster. The CNI plugin is installed in kube-system, where
 * GKE's own plugin is. Autopilot gets none.
 */
export function meshInputs(inputs: GkeInputs, facts: ClusterFacts): GkeMeshInputs {
  const { registry } = inputs;
  const ca = caOf(inputs);
  return {
    platform: "gke",
    ...(!facts.autopilot && { cni: { environment: "gke" } }),
    ...(ca !== undefined && { ca }),
    ...(registry !== undefined && { hub: repositoryPath(registry, inputs) }),
    ...(facts.kubernetesVersion !== undefined && {
      kubernetesVersion: plainVersion(facts.kubernetesVersion),
    }),
  };
}
