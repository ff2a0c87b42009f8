import semver from "semver";
import type { JsonObject } from "../../common/json";
import type { Workload } from "../../guard/rollout";
import { injectionWebhooks, knownNames } from "../../injection/webhooks";
import { DEFAULT_REVISION, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";

/** One istiod of a cluster. */
export interface LivePlane {
  readonly revision: string;
  readonly namespace: string;
  /** Its Deployment. */
  readonly name: string;
  /** Version of its image; `undefined` when the tag is none. */
  readonly version: string | undefined;
  readonly deployment: JsonObject;
}

/**
 * The version in an image's tag.
 *
 * @example imageVersion("docker.io/istio/proxyv2:1.29.1-distroless") // "1.29.1"
 */
export function imageVersion(image: string): string | undefined {
  const tag = /:([^/@]+)(?:@.*)?$/.exec(image)?.[1] ?? "";
  return semver.valid(tag.replace(/-(distroless|debug)$/, "")) ?? undefined;
}

function versionOf(deployment: JsonObject): string | undefined {
  const containers = listAt(deployment, "spec.template.spec.containers");
  const istiod = containers.find(({ name }) => name === "discovery");
  return imageVersion(String(istiod?.image ?? ""));
}

/** The control planes in a cluster, by their Deployments. */
export function livePlanes(workloads: readonly Workload[]): LivePlane[] {
  return workloads
    .filter(({ kind, object }) => kind === "Deployment" && labelsOf(object).app === "istiod")
    .map(({ object }) => ({
      revision: labelsOf(object)[REVISION_LABEL] ?? DEFAULT_REVISION,
      namespace: namespaceOf(object),
      name: nameOf(object),
      version: versionOf(object),
      deployment: object,
    }));
}

/** Revisions that have somebody to answer for them: an istiod here, or one elsewhere, by URL. */
export function knownRevisions(
  workloads: readonly Workload[],
  injectors: readonly JsonObject[],
): string[] {
  const elsewhere = injectionWebhooks(injectors)
    .filter(({ service, tag }) => service.kind === "url" && tag === undefined)
    .map(({ revision }) => revision);
  return [...new Set([...livePlanes(workloads).map(({ revision }) => revision), ...elsewhere])];
}

/** Revisions and tags that a label may name, sorted. */
export function knownLabels(injectors: readonly JsonObject[]): string[] {
  return knownNames(injectionWebhooks(injectors));
}

/** @example planeTitle(plane) // "istiod 1-29-1" */
export function planeTitle({ revision }: Pick<LivePlane, "revision">): string {
  return `istiod ${revision}`;
}
