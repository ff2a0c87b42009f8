import type { JsonObject } from "../../common/json";
import { labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { getPath } from "../../k8s/path";
import {
  countAt,
  deploymentTrouble,
  describeTrouble,
  firstTrouble,
  isAvailable,
  nameOf,
  namespaceOf,
} from "../../k8s/workload";
import { type LivePlane, ownPods, planesIn } from "../../snapshot/controlPlanes";
import { remoteRevisions } from "../../snapshot/revisions";
import { readyEndpoints } from "../../snapshot/services";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf, notChecked } from "../findings";
import { validationOf } from "./define";
import { planeTitle } from "./planes";
import { stuckRollout, undoFix } from "./rollouts";
import type { MeshState } from "./state";

const report = findingsOf("control-plane");
const ofService = findingsOf("control-plane-service");

/** Returns why no pod of a Deployment is available. */
export function whyUnavailable(deployment: JsonObject, pods: readonly JsonObject[]): string {
  const trouble = firstTrouble(ownPods({ kind: "Deployment", object: deployment }, pods));
  return trouble === undefined ? deploymentTrouble(deployment) : describeTrouble(trouble);
}

/** Returns the command that restores a Deployment without pods, or shows its log. */
export function fixUnavailable(deployment: JsonObject): string {
  const target = `-n ${namespaceOf(deployment)} deploy/${nameOf(deployment)}`;
  return getPath(deployment, "spec.replicas") === 0
    ? `scale it up: kubectl scale ${target} --replicas=1`
    : `fix what it names; look closer with kubectl describe ${target} and kubectl logs ${target}${undoFix(deployment)}`;
}

function planeFinding(plane: LivePlane, pods: readonly JsonObject[]): Finding {
  const { deployment, version } = plane;
  const title = version === undefined ? planeTitle(plane) : `${planeTitle(plane)} (${version})`;
  if (isAvailable(deployment)) {
    const own = ownPods({ kind: "Deployment", object: deployment }, pods);
    const stuck = stuckRollout({ kind: "Deployment", object: deployment }, own);
    const ready = countAt(deployment, "status.availableReplicas");
    return stuck === undefined
      ? report.ok(title, `${ready} of ${countAt(deployment, "spec.replicas")} pods available`)
      : report.warning(title, stuck.reason, stuck.fix);
  }
  const reason = `is not available: ${whyUnavailable(deployment, pods)}`;
  return report.error(title, reason, fixUnavailable(deployment));
}

/** Checks that each istiod is available. */
export function checkControlPlanes(state: Pick<Read<MeshState>, "workloads" | "pods">): Finding[] {
  return planesIn(state.workloads).map((plane) => planeFinding(plane, state.pods));
}

/** Checks that there is a control plane, in the cluster or outside of it. */
export function checkPresence({
  workloads,
  mutatingWebhooks,
  services,
}: Pick<Read<MeshState>, "workloads" | "mutatingWebhooks" | "services">): Finding[] {
  const remote = remoteRevisions(mutatingWebhooks, services);
  if (planesIn(workloads).length === 0 && remote.length === 0) {
    const fix = "install one: `pulumi up` of a stack with mesh:revisions";
    return [report.error("istiod", "no control plane is in the cluster", fix)];
  }
  const because = "it runs outside of the cluster, by the URL or the Service in its webhook";
  return remote.map((revision) => notChecked("control-plane", planeTitle({ revision }), because));
}

function isOwnService(service: JsonObject, plane: LivePlane): boolean {
  const labels = labelsOf(service);
  return (
    namespaceOf(service) === plane.namespace &&
    labels.app === "istiod" &&
    labels[REVISION_LABEL] === plane.revision
  );
}

function serviceFindings(
  plane: LivePlane,
  { services, endpointSlices }: Pick<Read<MeshState>, "services" | "endpointSlices">,
): Finding[] {
  const own = services.filter((service) => isOwnService(service, plane));
  if (own.length === 0) {
    const reason =
      "no Service with its labels is in its namespace: neither proxies nor the API server reach it";
    return [ofService.error(planeTitle(plane), reason, "make it again: `pulumi up --refresh`")];
  }
  return own.map((service) => {
    const name = nameOf(service);
    const object = `Service ${plane.namespace}/${name}`;
    const ready = readyEndpoints(endpointSlices, plane.namespace, name);
    return ready > 0
      ? ofService.ok(object, `${ready} ready ${ready === 1 ? "endpoint" : "endpoints"}`)
      : ofService.error(
          object,
          "no endpoint is ready: proxies get no configuration and pods are not injected",
          `bring up ${planeTitle(plane)}; where it is available, compare the Service's selector with its pods' labels`,
        );
  });
}

/** Checks that the Services of each istiod, also those of tags, have ready endpoints. */
export function checkControlPlaneServices(
  state: Pick<Read<MeshState>, "workloads" | "services" | "endpointSlices">,
): Finding[] {
  return planesIn(state.workloads).flatMap((plane) => serviceFindings(plane, state));
}

export const presence = validationOf({
  id: "control-plane",
  needs: ["workloads", "mutatingWebhooks", "services"],
  run: checkPresence,
});

export const planeAvailability = validationOf({
  id: "control-plane",
  needs: ["workloads", "pods"],
  run: checkControlPlanes,
});

export const controlPlaneServices = validationOf({
  id: "control-plane-service",
  needs: ["workloads", "services", "endpointSlices"],
  run: checkControlPlaneServices,
});
