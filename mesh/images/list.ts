import { isObject, type JsonObject } from "../common/json";
import data from "../data/images.json";
import { annotationsOf } from "../k8s/istioLabels";
import { type K8sObject, objectTitle, podTemplate } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { buildOf, minorFacts } from "../model/versions";
import { autoImage, type Injection, injectionOf, revisionsFor } from "./auto";
import {
  IMAGE_TYPE_ANNOTATION,
  type Injector,
  injectorsOf,
  proxyImage,
  releaseImage,
  templateVariables,
} from "./injector";
import { templateImages } from "./template";

/** The variants of the proxy image that a pod can ask for. */
export const PROXY_VARIANTS = ["default", "debug", "distroless"] as const;
export type ProxyVariant = (typeof PROXY_VARIANTS)[number];

/** What is listed in addition to the images that the mesh pulls. */
export interface ImageOptions {
  /** Images for pods with the annotation `sidecar.istio.io/proxyImageType`. @default [] */
  readonly variants?: readonly ProxyVariant[];
  /** The images that Google's canonical service controller runs. @default false */
  readonly canonicalService?: boolean;
  /**
   * Images that the release has under its hub and that this mesh does not use, such as `mdp`.
   * @default false
   */
  readonly release?: boolean;
  /**
   * The same for builds whose publisher documents this list for mirrors, as Google does.
   * @default false
   */
  readonly documented?: boolean;
  /**
   * Images of templates that pods ask for by name (`grpc-simple`, `agentgateway`, for example). @default false
   */
  readonly allTemplates?: boolean;
  /**
   * What the cluster has beside the mesh: labels of its namespaces, and workloads that ask for another
   * proxy. @default not known
   */
  readonly live?: LiveUsers;
}

/** The part of a cluster that may ask the mesh's injectors for images. */
export interface LiveUsers {
  readonly namespaces: readonly JsonObject[];
  /** Deployments, StatefulSets and DaemonSets, with their kind. */
  readonly workloads: readonly K8sObject[];
}

/** An image, and what pulls it. */
export interface ImageUse {
  /** The image as pods name it. */
  readonly image: string;
  /** Titles of objects, or texts such as `injection template sidecar`, sorted. */
  readonly users: readonly string[];
}

/** An image that cannot be derived from the mesh alone. */
export interface UnknownImage {
  readonly user: string;
  readonly reason: string;
  /** Whether {@link ImageOptions.live} would tell. @default false */
  readonly needsCluster?: boolean;
}

export interface ImageList {
  /** Sorted by image. */
  readonly images: readonly ImageUse[];
  readonly unknown: readonly UnknownImage[];
}

type Found = ImageOf | UnknownImage;

interface ImageOf {
  readonly user: string;
  readonly image: string;
}

/** The image that pods name if a webhook is to fill it in. */
const AUTO = "auto";

function imagesIn(object: K8sObject): string[] {
  const spec = podTemplate(object)?.spec;
  const lists = isObject(spec) ? [spec.initContainers, spec.containers] : [];
  return lists
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .flatMap((container) =>
      isObject(container) && typeof container.image === "string" ? [container.image] : [],
    );
}

function pulled(object: K8sObject, injection: Injection): Found[] {
  const user = objectTitle(object);
  return imagesIn(object).map((image) =>
    image === AUTO ? { user, ...autoImage(object, injection) } : { user, image },
  );
}

function ofRevision(text: string, { revision }: Injector, injectors: readonly Injector[]): string {
  return injectors.length > 1 ? `${text} (revision ${revision})` : text;
}

/** A template that the user gave under the name of an Istio template is meant to be used. */
function isOnRequest(name: string, { values, defaultTemplates }: Injector): boolean {
  const own = getPath(values, "sidecarInjectorWebhook.templates");
  const isOwn = isObject(own) && Object.hasOwn(own, name);
  return data.onRequest.includes(name) && !isOwn && !defaultTemplates.includes(name);
}

/**
 * What Istio's own templates say about the proxy. Templates that cannot be read are assumed to
 * inject it too.
 */
const PROXY_TEMPLATE = [
  "image: {{ annotation .ObjectMeta `sidecar.istio.io/proxyImage` .Values.global.proxy.image }}",
  "image: {{ .ProxyImage }}",
].join("\n");

function templatesOf(injector: Injector, all: boolean): [name: string, text: string][] {
  const entries = Object.entries(injector.templates);
  const chosen = entries.filter(([name]) => all || !isOnRequest(name, injector));
  return entries.length === 0 ? [["sidecar", PROXY_TEMPLATE]] : chosen;
}

function ofTemplate(
  [name, text]: [name: string, text: string],
  injector: Injector,
  injectors: readonly Injector[],
): Found[] {
  const user = ofRevision(`injection template ${name}`, injector, injectors);
  const found = templateImages(text, injector.values, templateVariables(injector));
  return [
    ...found.images.filter((image) => image !== AUTO).map((image) => ({ user, image })),
    ...found.unknown.map((expression) => ({ user, reason: `${expression} depends on the pod` })),
  ];
}

function injected(injectors: readonly Injector[], all: boolean): Found[] {
  return injectors.flatMap((injector) =>
    templatesOf(injector, all).flatMap((template) => ofTemplate(template, injector, injectors)),
  );
}

function named(user: string, image: string | undefined): Found[] {
  return image === undefined ? [] : [{ user, image }];
}

function ofVariants(injectors: readonly Injector[], variants: readonly ProxyVariant[]): Found[] {
  return variants.flatMap((variant) =>
    injectors.flatMap((injector) => {
      const user = `pods with ${IMAGE_TYPE_ANNOTATION}: ${variant}`;
      const image = proxyImage(injector, { [IMAGE_TYPE_ANNOTATION]: variant });
      return named(ofRevision(user, injector, injectors), image);
    }),
  );
}

const OF_BUILDS: Readonly<Record<string, readonly string[]>> = data.releases;

/** What a release has under its hub, and what of it counts without being asked for. */
function namesOfRelease(
  tag: string,
  { release, documented }: Pick<ImageOptions, "release" | "documented">,
): readonly string[] {
  const ofBuild = OF_BUILDS[buildOf(tag) ?? ""];
  const all = ofBuild ?? minorFacts(tag).images;
  return release === true || (documented === true && ofBuild !== undefined) ? all : [];
}

/** The annotation by which a pod names its injection templates, with commas between. */
const TEMPLATES_ANNOTATION = "inject.istio.io/templates";

/** What one workload of the cluster pulls that others of its injector do not. */
function ofLiveWorkload(workload: K8sObject, injector: Injector): Found[] {
  const user = objectTitle(workload);
  const annotations = annotationsOf(podTemplate(workload));
  const image = proxyImage(injector, annotations);
  const names = (annotations[TEMPLATES_ANNOTATION] ?? "").split(",").map((name) => name.trim());
  const templates = Object.entries(injector.templates).filter(
    ([name]) => names.includes(name) && isOnRequest(name, injector),
  );
  return [
    ...(image === proxyImage(injector) ? [] : named(user, image)),
    ...templates
      .flatMap((template) => ofTemplate(template, injector, []))
      .map((found) => ({ ...found, user })),
  ];
}

/** Workloads of the cluster are injected when they restart; the mesh's own are rendered. */
function ofLiveWorkloads(
  objects: readonly K8sObject[],
  workloads: readonly K8sObject[],
  injection: Injection,
): Found[] {
  const own = new Set(objects.map(objectTitle));
  return workloads
    .filter((workload) => !own.has(objectTitle(workload)))
    .flatMap((workload) => {
      const [revision] = revisionsFor(workload, injection);
      const injector = injection.injectors.find((one) => one.revision === revision);
      return injector === undefined ? [] : ofLiveWorkload(workload, injector);
    });
}

function ofRelease(injectors: readonly Injector[], options: ImageOptions): Found[] {
  return injectors.flatMap((injector) => {
    const tag = getPath(injector.values, "global.tag");
    const variant = String(getPath(injector.values, "global.variant") ?? "");
    return namesOfRelease(String(tag), options).flatMap((name) =>
      named(`release ${tag}`, releaseImage(injector, name, variant)),
    );
  });
}

function ofCanonicalService(): Found[] {
  return data.canonicalService.map((image) => ({ user: "canonical service controller", image }));
}

const unique = (texts: readonly string[]) => [...new Set(texts)].sort();

/** The release is listed as a user only if there is no other. */
function usersOf(image: string, all: readonly { image: string; user: string }[]): string[] {
  const users = unique(all.filter((one) => one.image === image).map(({ user }) => user));
  const real = users.filter((user) => !user.startsWith("release "));
  return real.length === 0 ? users : real;
}

function collect(found: readonly Found[]): ImageList {
  const known = found.flatMap((one) => ("image" in one ? [one] : []));
  return {
    images: unique(known.map(({ image }) => image)).map((image) => ({
      image,
      users: usersOf(image, known),
    })),
    unknown: found.flatMap((one) => ("reason" in one ? [one] : [])),
  };
}

/**
 * Returns every image that a mesh pulls: the images of its workloads, and those that its injectors
 * give to pods (sidecars, gateways with `image: auto`, waypoints).
 *
 * @param objects all rendered objects of the mesh
 * @example
 * listImages(objects).images[0]
 * // { image: "docker.io/istio/pilot:1.31.0", users: ["Deployment istio-system/istiod"] }
 */
export function listImages(objects: readonly K8sObject[], options: ImageOptions = {}): ImageList {
  const injectors = injectorsOf(objects);
  const { namespaces, workloads = [] } = options.live ?? {};
  const injection = injectionOf(objects, injectors, namespaces);
  return collect([
    ...ofLiveWorkloads(objects, workloads, injection),
    ...objects.flatMap((object) => pulled(object, injection)),
    ...injected(injectors, options.allTemplates === true),
    ...ofVariants(injectors, options.variants ?? []),
    ...ofRelease(injectors, options),
    ...(options.canonicalService === true ? ofCanonicalService() : []),
  ]);
}
