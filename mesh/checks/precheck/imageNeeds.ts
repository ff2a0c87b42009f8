import type { JsonObject } from "../../common/json";
import { autoImage, type Injection, injectionOf } from "../../images/auto";
import { type Injector, injectorsOf } from "../../images/injector";
import { type ImageUse, listImages, type UnknownImage } from "../../images/list";
import { formatReference, type ImageReference, parseReference } from "../../k8s/imageReference";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf } from "../../k8s/workload";
import { isInjected } from "./podResources";
import { podSpec, workloadsOf } from "./pods";
import { mayRunOn, platformOf } from "./scheduling";
import type { DesiredMesh, LiveState } from "./types";

/** An image that a mesh pulls, and the nodes that have to. */
export interface ImageNeed extends ImageUse {
  /** Absent for a text that is no image. */
  readonly reference?: ImageReference;
  /** Names of nodes that would have to pull it, by platform; `""` for nodes that do not say. */
  readonly lacking: ReadonlyMap<string, readonly string[]>;
  /** Names of nodes that have it already and do not ask again. */
  readonly having: readonly string[];
}

/** One use of an image by pods. */
interface Pull {
  readonly policy: string;
  /** Of the pods. */
  readonly spec: JsonObject;
}

/** What Kubernetes does where a container does not say. */
function defaultPolicy({ tag, digest }: ImageReference): string {
  return tag === "latest" && digest === undefined ? "Always" : "IfNotPresent";
}

function meshPolicy({ values }: Injector): string | undefined {
  const policy = getPath(values, "global.imagePullPolicy");
  return typeof policy === "string" && policy !== "" ? policy : undefined;
}

/** Containers of pods, those that run before the others too. */
export function allContainers(workload: K8sObject): JsonObject[] {
  const spec = podSpec(workload);
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
}

/** The image of a container, once it is injected. */
export function imageIn(
  container: JsonObject,
  workload: K8sObject,
  injection: Injection,
): string | undefined {
  if (!isInjected(container)) {
    return typeof container.image === "string" ? container.image : undefined;
  }
  const found = autoImage(workload, injection);
  return "image" in found ? found.image : undefined;
}

function pullsOf(
  { image, users }: ImageUse,
  reference: ImageReference,
  objects: readonly K8sObject[],
  injection: Injection,
): Pull[] {
  const [policy = defaultPolicy(reference)] = injection.injectors
    .map(meshPolicy)
    .filter((given) => given !== undefined);
  const ofWorkloads = workloadsOf(objects)
    .filter((workload) => users.includes(objectTitle(workload)))
    .flatMap((workload) =>
      allContainers(workload)
        .filter((container) => imageIn(container, workload, injection) === image)
        .map((container): Pull => {
          const otherwise = isInjected(container) ? policy : defaultPolicy(reference);
          const own = container.imagePullPolicy;
          return { policy: typeof own === "string" ? own : otherwise, spec: podSpec(workload) };
        }),
    );
  const injected = users.some((user) => user.startsWith("injection template"));
  return [...ofWorkloads, ...(injected ? [{ policy, spec: {} }] : [])];
}

function spelledOut(reference: ImageReference): string {
  const { digest, tag: _, ...place } = reference;
  return formatReference(digest === undefined ? reference : { ...place, digest });
}

/** Kubelets list their largest images only, 50 of them. */
function hasImage(node: JsonObject, reference: ImageReference): boolean {
  const wanted = spelledOut(reference);
  return listAt(node, "status.images")
    .flatMap(({ names }) => (Array.isArray(names) ? names.map(String) : []))
    .map(parseReference)
    .some((found) => found !== undefined && spelledOut(found) === wanted);
}

function needOf(
  use: ImageUse,
  objects: readonly K8sObject[],
  injection: Injection,
  nodes: readonly JsonObject[],
): ImageNeed {
  const reference = parseReference(use.image);
  if (reference === undefined) {
    return { ...use, lacking: new Map(), having: [] };
  }
  const pulls = pullsOf(use, reference, objects, injection);
  const lacking = new Map<string, string[]>();
  const having: string[] = [];
  for (const node of nodes) {
    const own = pulls.filter(({ spec }) => mayRunOn(spec, node));
    const asks = own.some(
      ({ policy }) =>
        policy === "Always" || (policy === "IfNotPresent" && !hasImage(node, reference)),
    );
    if (asks) {
      const platform = platformOf(node) ?? "";
      lacking.set(platform, [...(lacking.get(platform) ?? []), nameOf(node)]);
    } else if (own.length > 0) {
      having.push(nameOf(node));
    }
  }
  return { ...use, reference, lacking, having };
}

/** What a mesh pulls, and what of it is known only later. */
export interface ImageNeeds {
  readonly needs: readonly ImageNeed[];
  readonly unknown: readonly UnknownImage[];
}

/**
 * The images that a planned mesh pulls (those of `mesh images list`), with the nodes that have to pull
 * them: not those that have one already and whose pods do not always ask for it.
 */
export function imageNeeds(
  { objects }: DesiredMesh,
  { nodes, namespaces }: Pick<LiveState, "nodes" | "namespaces">,
): ImageNeeds {
  const { images, unknown } = listImages(objects, { live: { namespaces, workloads: [] } });
  const injection = injectionOf(objects, injectorsOf(objects), namespaces);
  return { needs: images.map((use) => needOf(use, objects, injection, nodes)), unknown };
}

/** Whether no node has to ask a registry for an image. */
export function isOnEveryNode({ lacking, having }: ImageNeed): boolean {
  return having.length > 0 && lacking.size === 0;
}
