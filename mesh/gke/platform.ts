import type { GkeInputs, RegistryInputs } from "../model/gkeInputs";
import type { CaInputs, CniInputs } from "../model/meshInputs";
import { type ClusterFacts, fleetProject, regionOf } from "./facts";

/** The inputs of a mesh that follow from where it runs. */
export interface GkeMeshInputs {
  readonly platform: "gke";
  /** Absent on Autopilot, which refuses the node agent's host paths. */
  readonly cni?: CniInputs;
  readonly ca?: CaInputs;
  readonly hub?: string;
  /** Of an existing cluster, without Google's suffix. */
  readonly kubernetesVersion?: string;
}

/** What a foundation says of the cluster. */
export interface GkePlatform {
  readonly autopilot: boolean;
  readonly privateNodes: boolean;
  /** Google runs the control plane: none is needed in the cluster. */
  readonly managedControlPlane: boolean;
  /** Empty while Workload Identity is off. */
  readonly workloadPool: string;
}

/** Path of a repository of images. */
export function hubOf(registry: RegistryInputs, { project, location }: GkeInputs): string {
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

/** @example plainVersion("1.33.4-gke.100") // "1.33.4" */
function plainVersion(version: string): string {
  return version.split("-")[0] ?? version;
}

/** What {@link GkePlatform} and the plan have in common. */
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
 * What a mesh on this cluster has to be told. The CNI plugin lies where GKE keeps its own, in
 * kube-system; on Autopilot there is none.
 */
export function meshInputs(inputs: GkeInputs, facts: ClusterFacts): GkeMeshInputs {
  const { registry } = inputs;
  const ca = caOf(inputs);
  return {
    platform: "gke",
    ...(!facts.autopilot && { cni: { environment: "gke" } }),
    ...(ca !== undefined && { ca }),
    ...(registry !== undefined && { hub: hubOf(registry, inputs) }),
    ...(facts.kubernetesVersion !== undefined && {
      kubernetesVersion: plainVersion(facts.kubernetesVersion),
    }),
  };
}
