import semver from "semver";
import { isObject, type JsonObject } from "../common/json";
import data from "../data/upgradePaths.json";
import { imageOf, imageVersion } from "../k8s/imageVersion";
import {
  annotationsOf,
  type Labels,
  labelsOf,
  REVISION_LABEL,
  revisionLabel,
} from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { isReady, listAt, nameOf, namespaceOf, PROXY_CONTAINER } from "../k8s/workload";

/** A pod with a proxy of its own: a workload with a sidecar, or a gateway. */
export interface LiveProxy {
  readonly pod: JsonObject;
  readonly namespace: string;
  readonly name: string;
  /** The revision that injected it. Empty if unknown. */
  readonly revision: string;
  /** The Istio version. Absent if the image's tag is not a version. */
  readonly version?: string;
  readonly ready: boolean;
}

/** Returns whether a pod has ended. */
export function hasEnded(pod: JsonObject): boolean {
  return ["Succeeded", "Failed"].includes(String(getPath(pod, "status.phase")));
}

/** ztunnel's container has the same name, and its pods may carry a revision. */
function isNodeAgent(pod: JsonObject): boolean {
  return labelsOf(pod).app === "ztunnel";
}

/** Returns the proxy in a pod, or `undefined` if the pod has none or has ended. */
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

/** The image that the injector replaces. */
const AUTO_IMAGE = "auto";

/** Returns whether a pod has a container that no webhook has filled in. */
export function isWithoutImage(pod: JsonObject): boolean {
  const all = [...listAt(pod, "spec.containers"), ...listAt(pod, "spec.initContainers")];
  return all.some(({ image }) => image === AUTO_IMAGE);
}

/** How the versions of a proxy and of its control plane relate. */
export interface ProxySkew {
  readonly kind: "same" | "behind" | "ahead";
  /** The rule of Istio that the versions break. */
  readonly broken?: { readonly text: string; readonly source: string };
  /** The patch of the control plane's minor with which the two fit, if it is the patch that does not. */
  readonly mended?: string;
}

/**
 * Returns why proxies of a version cannot read what an istiod sends, though Istio's rules of skew allow
 * the two, and the patch of istiod that mends it.
 *
 * @example
 * unreadable("1.28.2", "1.30.1")?.mended // "1.30.2"
 */
export function unreadable(proxy: string, plane: string) {
  const [own, its] = [semver.parse(proxy), semver.parse(plane)];
  if (own === null || its === null) {
    return undefined;
  }
  return data.unreadable
    .filter(({ proxies }) => own.compare(proxies) < 0)
    .flatMap(({ controlPlanes, text, source }) =>
      controlPlanes.map((range) => ({ ...range, text, source })),
    )
    .find(({ from, mended }) => its.compare(from) >= 0 && its.compare(mended) < 0);
}

/** Compares a proxy with its control plane. Returns `undefined` if a version is unknown. */
export function proxySkew(
  proxy: string | undefined,
  plane: string | undefined,
): ProxySkew | undefined {
  const [own, its] = [semver.parse(proxy), semver.parse(plane)];
  if (own === null || its === null) {
    return undefined;
  }
  const order = own.compare(its);
  if (order === 0) {
    return { kind: "same" };
  }
  const kind = order < 0 ? "behind" : "ahead";
  const { proxyBehind, proxyAhead } = data.rules;
  const rule = kind === "behind" ? proxyBehind : proxyAhead;
  const minors = Math.abs((its.major - own.major) * 1000 + its.minor - own.minor);
  if (minors > rule.limit) {
    return { kind, broken: rule };
  }
  const refused = unreadable(own.version, its.version);
  return refused === undefined ? { kind } : { kind, broken: refused, mended: refused.mended };
}

/** Returns whether a proxy is older than its control plane. False if a version is unknown. */
export function isOlder(proxy: string | undefined, plane: string | undefined): boolean {
  return proxySkew(proxy, plane)?.kind === "behind";
}

const STATUS_ANNOTATION = "sidecar.istio.io/status";

/**
 * The injector writes its revision into the pod. Versions before 1.20 only write it into a JSON
 * text.
 */
export function injectedRevision(annotations: Labels): string | undefined {
  const direct = annotations[REVISION_LABEL];
  const status = annotations[STATUS_ANNOTATION];
  if (direct !== undefined || status === undefined) {
    return direct;
  }
  try {
    const parsed: unknown = JSON.parse(status);
    const revision = isObject(parsed) ? parsed.revision : undefined;
    return typeof revision === "string" ? revisionLabel(revision) : undefined;
  } catch {
    return undefined;
  }
}
