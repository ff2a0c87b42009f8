import { load } from "js-yaml";
import { isObject, type Json, type JsonObject } from "../common/json";
import { VARIANT } from "../k8s/imageVersion";
import {
  DEFAULT_REVISION,
  type Labels,
  labelsOf,
  PROXY_CONFIG,
  REVISION_LABEL,
  textEntries,
} from "../k8s/istioLabels";
import { configMapData, type K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";

/** The settings from which one revision's istiod makes proxies. */
export interface Injector {
  /** `default` for Istio's default revision. */
  readonly revision: string;
  /** The chart's values as istiod has them. */
  readonly values: JsonObject;
  /** The image settings of the mesh's proxy configuration, if there are any. */
  readonly image?: JsonObject;
  /** The injection templates by name. Empty if they cannot be read. */
  readonly templates: Labels;
  /** The templates of pods that name none. */
  readonly defaultTemplates: readonly string[];
}

/**
 * The annotations with which a pod selects another proxy image. @see
 * https://istio.io/latest/docs/reference/config/annotations/
 */
export const IMAGE_ANNOTATION = "sidecar.istio.io/proxyImage";
export const IMAGE_TYPE_ANNOTATION = "sidecar.istio.io/proxyImageType";

function revisionOf(object: K8sObject): string {
  return labelsOf(object)[REVISION_LABEL] ?? DEFAULT_REVISION;
}

/** Parses a YAML text. Returns nothing for a text that is not YAML, which other checks refuse. */
export function readYaml(text: Json | undefined): Json {
  try {
    return typeof text === "string" ? ((load(text) ?? null) as Json) : null;
  } catch {
    return null;
  }
}

function objectIn(text: Json | undefined): JsonObject {
  const read = readYaml(text);
  return isObject(read) ? read : {};
}

function imageSettings(configuration: Json): JsonObject | undefined {
  const image = getPath(configuration, "image");
  return isObject(image) ? image : undefined;
}

/** Returns the image settings for all proxies of a revision. */
function meshImage(objects: readonly K8sObject[], revision: string): JsonObject | undefined {
  const mesh = objects.find(
    (object) => typeof configMapData(object).mesh === "string" && revisionOf(object) === revision,
  );
  const configuration = mesh && getPath(objectIn(configMapData(mesh).mesh), "defaultConfig");
  return configuration === undefined ? undefined : imageSettings(configuration);
}

/** Returns the injectors among rendered objects, in their order. */
export function injectorsOf(objects: readonly K8sObject[]): Injector[] {
  return objects.flatMap((object) => {
    const { values, config } = configMapData(object);
    if (typeof values !== "string" || typeof config !== "string") {
      return [];
    }
    const { templates, defaultTemplates } = objectIn(config);
    const revision = revisionOf(object);
    const image = meshImage(objects, revision);
    return [
      {
        revision,
        values: objectIn(values),
        ...(image !== undefined && { image }),
        templates: textEntries(templates),
        defaultTemplates: Array.isArray(defaultTemplates) ? defaultTemplates.map(String) : [],
      },
    ];
  });
}

function variantTag(tag: string, variant: string): string {
  if (variant === "") {
    return tag;
  }
  const plain = tag.replace(VARIANT, "");
  return variant === "default" ? plain : `${plain}-${variant}`;
}

function valueText(values: JsonObject, path: string): string | undefined {
  const value = getPath(values, path);
  return value === undefined || value === null ? undefined : String(value);
}

function variantOf({ image, values }: Injector, annotations: Labels): string {
  const own = imageSettings(readYaml(annotations[PROXY_CONFIG]));
  const settings = own === undefined ? image : { ...image, ...own };
  const configured =
    settings === undefined ? valueText(values, "global.variant") : settings.imageType;
  return annotations[IMAGE_TYPE_ANNOTATION] ?? (configured == null ? "" : String(configured));
}

/**
 * Returns the image with this name under the injector's hub and tag, or nothing if the injector
 * has no hub.
 */
export function releaseImage(injector: Injector, name: string, variant = ""): string | undefined {
  const hub = valueText(injector.values, "global.hub");
  const tag = valueText(injector.values, "global.tag");
  return hub === undefined || tag === undefined
    ? undefined
    : `${hub}/${name}:${variantTag(tag, variant)}`;
}

/**
 * Returns the values with which istiod replaces the images of its templates. `.ProxyInitImage` is new in
 * Istio 1.31, and takes no type from the mesh configuration.
 *
 * @see Istio `pkg/kube/inject` (ProxyImage, ProxyInitImage, AgentgatewayImage)
 */
export function templateVariables(
  injector: Injector,
  annotations: Labels = {},
): Readonly<Record<string, string | undefined>> {
  const variant = variantOf(injector, annotations);
  const name = (path: string) => valueText(injector.values, path) || "proxyv2";
  return {
    ProxyImage: releaseImage(injector, name("global.proxy.image"), variant),
    ProxyInitImage: releaseImage(
      injector,
      name("global.proxy_init.image"),
      annotations[IMAGE_TYPE_ANNOTATION] ?? valueText(injector.values, "global.variant"),
    ),
    AgentgatewayImage: releaseImage(injector, "agentgateway", variant),
  };
}

/**
 * Returns the image that an injector gives to the proxy of a pod: hub, name, tag and variant, or
 * the full reference that the mesh or the pod names.
 *
 * @param annotations the annotations of the pod
 * @see Istio `pkg/kube/inject` (ProxyImage), and the condition in the charts' injection templates
 */
export function proxyImage(injector: Injector, annotations: Labels = {}): string | undefined {
  const named =
    annotations[IMAGE_ANNOTATION] ?? valueText(injector.values, "global.proxy.image") ?? "";
  return named.includes("/") ? named : templateVariables(injector, annotations).ProxyImage;
}
