import { uniqueBy } from "../../common/lists";
import { type Api, neededApis } from "../../gke/apis";
import type { GkeCluster } from "../../gke/kubeconfig";
import { parseReference } from "../../k8s/imageReference";
import type { GkeInputs, Report } from "../../model/gkeInputs";
import type { ServiceMeshInputs } from "../../model/serviceMeshInputs";
import { buildOf } from "../../model/versions";

/** A repository of Artifact Registry. */
export interface ImageRepository {
  readonly project: string;
  readonly location: string;
  readonly repository: string;
}

/** What a mesh needs of Google Cloud. */
export interface ProjectNeeds {
  readonly cluster: GkeCluster;
  /** The inputs of a `GkeFoundation` for it. */
  readonly inputs: GkeInputs;
  /** Whether the stack has a foundation, which creates what is missing. */
  readonly hasFoundation: boolean;
  readonly apis: readonly Api[];
  /** Those that the mesh's images come from. */
  readonly repositories: readonly ImageRepository[];
  /** Whether the cluster must be in a fleet. */
  readonly needsFleet: boolean;
  /** Whether the mesh has the CNI plugin. */
  readonly needsCni: boolean;
}

/** The inputs that decide about the needs. */
export interface DesiredProject {
  readonly mesh: ServiceMeshInputs;
  /** Of the stack's foundation. @default it has none */
  readonly gke?: GkeInputs;
  /** Every image that the mesh pulls. */
  readonly images: readonly string[];
}

/** Options that make proxies report. Each may also be a typed input. */
const REPORTING: Readonly<Record<string, readonly Report[]>> = {
  stackdriver: ["metrics", "logs"],
  "prometheus-and-stackdriver": ["metrics", "logs"],
  "cloud-tracing": ["traces"],
};

/** Only the proxies of Google's builds report by themselves; others leave it to collectors. */
function reportsOf({ mesh, images }: DesiredProject): Report[] {
  const isGoogles = images.some((image) => buildOf(parseReference(image)?.tag ?? "") === "asm");
  if (!isGoogles) {
    return [];
  }
  const named = (mesh.overlays ?? []).filter((overlay) => typeof overlay === "string");
  const typed = [mesh.telemetry, mesh.tracing?.provider === "cloud-trace" ? "cloud-tracing" : ""];
  return [...new Set([...named, ...typed].flatMap((name) => REPORTING[String(name)] ?? []))];
}

/** The cluster as it is, with what the mesh's own inputs say of Google Cloud. */
function withoutFoundation(cluster: GkeCluster, desired: DesiredProject): GkeInputs {
  const { project, location, cluster: name } = cluster;
  const { ca } = desired.mesh;
  const reports = reportsOf(desired);
  const google = ca?.type === "mesh-ca" || ca?.type === "cas" ? ca : undefined;
  return {
    project,
    location,
    cluster: { kind: "existing", name },
    ...(reports.length > 0 && { telemetry: { reports, workloads: "all" } }),
    ...(google !== undefined && { ca: google }),
    ...(google !== undefined &&
      google.project !== project && { fleet: { project: google.project } }),
  };
}

function isOf({ project, location, cluster }: GkeInputs, asked: GkeCluster): boolean {
  return project === asked.project && location === asked.location && cluster.name === asked.cluster;
}

/** @example repositoryIn("europe-docker.pkg.dev/shop/mesh/pilot:1") // { project: "shop", location: "europe", repository: "mesh" } */
export function repositoryIn(image: string): ImageRepository | undefined {
  const reference = parseReference(image);
  const [, location] = /^([a-z0-9-]+)-docker\.pkg\.dev$/.exec(reference?.registry ?? "") ?? [];
  const [project, repository] = reference?.repository.split("/") ?? [];
  return location === undefined || project === undefined || repository === undefined
    ? undefined
    : { project, location, repository };
}

function repositoriesIn(images: readonly string[]): ImageRepository[] {
  const found = images.map(repositoryIn).filter((one) => one !== undefined);
  return uniqueBy(found);
}

/** The image of Istio's CNI node agent, which no other part pulls. */
function isCniImage(image: string): boolean {
  return parseReference(image)?.repository.split("/").at(-1) === "install-cni";
}

/** What a mesh in a GKE cluster needs of the projects around it. */
export function projectNeeds(cluster: GkeCluster, desired: DesiredProject): ProjectNeeds {
  const { gke, images, mesh } = desired;
  const hasFoundation = gke !== undefined && isOf(gke, cluster);
  const inputs = hasFoundation ? gke : withoutFoundation(cluster, desired);
  const { ca } = inputs;
  return {
    cluster,
    inputs,
    hasFoundation,
    apis: neededApis(inputs, true),
    repositories: repositoriesIn(images),
    needsFleet: ca?.type === "mesh-ca" || mesh.managed !== undefined,
    needsCni: images.some(isCniImage),
  };
}
