import semver from "semver";
import type { JsonObject } from "../../common/json";
import { labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import type { ControlPlaneFacts } from "../../model/facts";

/** A control plane that the cluster has. */
export interface LivePlane extends ControlPlaneFacts {
  readonly namespace: string;
  /** Of its Deployment. */
  readonly name: string;
}

const VARIANT = /-(distroless|debug)$/;

/**
 * The version in an image's tag.
 *
 * @example
 * versionOfImage("docker.io/istio/pilot:1.29.1-distroless@sha256:…") // "1.29.1"
 */
export function versionOfImage(image: string): string | undefined {
  const [, tag = ""] = /:([^:/@]+)(?:@.*)?$/.exec(image.replace(/@.*$/, "")) ?? [];
  return semver.valid(tag.replace(VARIANT, "")) ?? undefined;
}

/** The version of a workload's or a pod's containers: that of the first image that has one. */
export function versionOf(spec: JsonObject, container: RegExp): string | undefined {
  const containers = [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
  return containers
    .filter(({ name }) => container.test(String(name)))
    .map(({ image }) => versionOfImage(String(image)))
    .find((version) => version !== undefined);
}

function specOfPods(workload: K8sObject): JsonObject {
  const [template] = [workload.spec].flatMap((spec) =>
    spec !== null && typeof spec === "object" && !Array.isArray(spec) ? [spec.template] : [],
  );
  const spec = (template as JsonObject | undefined)?.spec;
  return (spec ?? {}) as JsonObject;
}

/** The revision of an istiod; "" for the default one. */
export function revisionOf(object: JsonObject): string {
  const revision = labelsOf(object)[REVISION_LABEL] ?? "";
  return revision === "default" ? "" : revision;
}

export function isIstiod(workload: K8sObject): boolean {
  return workload.kind === "Deployment" && labelsOf(workload).app === "istiod";
}

/** The control planes in a cluster; those whose image names no version have version "". */
export function livePlanes(workloads: readonly K8sObject[]): LivePlane[] {
  return workloads.filter(isIstiod).map((istiod) => ({
    revision: revisionOf(istiod),
    version: versionOf(specOfPods(istiod), /^discovery$/) ?? "",
    namespace: namespaceOf(istiod),
    name: nameOf(istiod),
  }));
}

/** The version of a node agent, which a cluster has one of. */
export function agentVersion(
  workloads: readonly K8sObject[],
  name: string,
  container: RegExp,
): string | undefined {
  const agent = workloads.find((one) => one.kind === "DaemonSet" && nameOf(one) === name);
  return agent === undefined ? undefined : versionOf(specOfPods(agent), container);
}
