import type { JsonObject } from "../common/json";
import { type Injector, injectorsOf, proxyImage } from "../images/injector";
import { imageOf, VARIANT } from "../k8s/imageVersion";
import { annotationsOf } from "../k8s/istioLabels";
import { managersOf } from "../k8s/managers";
import type { K8sObject } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { PROXY_CONTAINER } from "../k8s/workload";

/** What a revision's istiod injects now. */
interface LiveTemplate {
  readonly injector: Injector;
  /** When somebody has changed the injection templates last, in milliseconds since 1970. */
  readonly changed: number | undefined;
}

/** What each revision injects. A revision whose ConfigMaps are not known is absent. */
export type LiveTemplates = ReadonlyMap<string, LiveTemplate>;

/** The keys of the ConfigMap that istiod injects by. */
const INJECTED_BY = ["f:config", "f:values"];

/** Whoever changes these keys has the time of that in the record of who set which field. */
function changedAt(configMap: JsonObject): number | undefined {
  const times = managersOf(configMap)
    .filter(({ fieldsV1 }) =>
      INJECTED_BY.some((key) => getPath(fieldsV1 ?? null, `f:data.${key}`) !== undefined),
    )
    .map(({ time }) => Date.parse(String(time)))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Reads what revisions inject. @param configMaps those with the label of a revision */
export function liveTemplates(configMaps: readonly JsonObject[]): LiveTemplates {
  const objects = configMaps.map((object) => ({ ...object, kind: "ConfigMap" }) as K8sObject);
  const isInjector = (object: K8sObject) => injectorsOf([object]).length > 0;
  const holders = objects.filter(isInjector);
  const others = objects.filter((object) => !isInjector(object));
  return new Map(
    holders
      .flatMap((object) =>
        injectorsOf([object, ...others]).map((injector) => ({ injector, object })),
      )
      .map(({ injector, object }) => [injector.revision, { injector, changed: changedAt(object) }]),
  );
}

/** @example variantOf("docker.io/istio/proxyv2:1.31.0-debug") // "debug" */
function variantOf(image: string): string {
  return VARIANT.exec(image.replace(/@.*$/, ""))?.[1] ?? "default";
}

function otherVariant(pod: JsonObject, { injector }: LiveTemplate): string | undefined {
  const image = imageOf(pod, PROXY_CONTAINER);
  const next = proxyImage(injector, annotationsOf(pod));
  if (image === undefined || next === undefined) {
    return undefined;
  }
  const [before, after] = [variantOf(image), variantOf(next)];
  return before === after ? undefined : `image type (${before}, now ${after})`;
}

/**
 * Returns what a restart would change of the proxy that a pod has got from a revision, although revision
 * and version stay, as the end of a sentence: the type of its image, or anything else, where the revision's
 * injection templates are newer than the pod.
 *
 * @example changedInjection(pod, "1-31-0", templates) // "image type (default, now distroless)"
 */
export function changedInjection(
  pod: JsonObject,
  revision: string | undefined,
  templates: LiveTemplates,
): string | undefined {
  const template = templates.get(revision ?? "");
  if (template === undefined) {
    return undefined;
  }
  const created = Date.parse(String(getPath(pod, "metadata.creationTimestamp")));
  const { changed } = template;
  const isOlder = changed !== undefined && created < changed;
  return (
    otherVariant(pod, template) ??
    (isOlder ? `injection template (changed ${iso(changed)})` : undefined)
  );
}

const iso = (time: number) => new Date(time).toISOString().replace(".000Z", "Z");
