import semver from "semver";
import type { JsonObject } from "../common/json";
import { injectedRevision } from "../guard/liveUsers";
import { annotationsOf, labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { isReady, listAt, nameOf, namespaceOf } from "../k8s/workload";

/** Container of every proxy; in newer versions an init container that goes on running. */
const PROXY_CONTAINER = "istio-proxy";

/** A pod with a proxy of its own: a workload with a sidecar, or a gateway. */
export interface LiveProxy {
  readonly pod: JsonObject;
  readonly namespace: string;
  readonly name: string;
  /** Revision that made it; empty where nothing says it. */
  readonly revision: string;
  /** Of Istio; absent where the image's tag is no version. */
  readonly version?: string;
  readonly ready: boolean;
}

/** Builds of one version without tools, or with more of them. */
const VARIANT = /-(distroless|debug)$/;

/**
 * The Istio version in an image's tag; `undefined` for a tag that is none, and for a digest alone.
 *
 * @example imageVersion("gke.gcr.io/asm/proxyv2:1.23.3-asm.2-distroless") // "1.23.3-asm.2"
 */
export function imageVersion(image: string): string | undefined {
  const tag = /:([^/:@]+)(?:@.*)?$/.exec(image)?.[1]?.replace(VARIANT, "");
  return tag !== undefined && semver.valid(tag) === tag ? tag : undefined;
}

/** Image of a container in a pod or a pod template; `undefined` when it has no such container. */
export function imageOf(pod: JsonObject, container: string): string | undefined {
  const all = [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")];
  const found = all.find(({ name }) => name === container)?.image;
  return typeof found === "string" ? found : undefined;
}

/** Whether a pod has run to its end. */
export function hasEnded(pod: JsonObject): boolean {
  return ["Succeeded", "Failed"].includes(String(getPath(pod, "status.phase")));
}

/** ztunnel's container has the same name, and its pods may carry a revision. */
function isNodeAgent(pod: JsonObject): boolean {
  return labelsOf(pod).app === "ztunnel";
}

/** The proxy in a pod; `undefined` for a pod without one, and for one that has ended. */
export function proxyOf(pod: JsonObject): LiveProxy | undefined {
  const image = imageOf(pod, PROXY_CONTAINER);
  if (image === undefined || hasEnded(pod) || isNodeAgent(pod)) {
    return undefined;
  }
  const version = imageVersion(image);
  return {
    pod,
    namespace: namespaceOf(pod),
    name: nameOf(pod),
    revision: injectedRevision(annotationsOf(pod)) ?? labelsOf(pod)[REVISION_LABEL] ?? "",
    ...(version !== undefined && { version }),
    ready: isReady(pod),
  };
}

/** Whether a pod's proxy was to be filled in by a webhook, and was not. */
export function isWithoutImage(pod: JsonObject): boolean {
  return imageOf(pod, PROXY_CONTAINER) === "auto";
}

/** Whether a proxy is older than a control plane; not when either version is unknown. */
export function isOlder(proxy: string | undefined, plane: string | undefined): boolean {
  return proxy !== undefined && plane !== undefined && semver.lt(proxy, plane);
}
