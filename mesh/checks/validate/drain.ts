import type { JsonObject } from "../../common/json";
import { annotationsOf, askedRevision, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { graceCommand } from "../../k8s/kubectl";
import { nameOf, namespaceOf, templateOf, type Workload } from "../../k8s/workload";
import { planesIn } from "../../snapshot/controlPlanes";
import { drainOf, graceOf, isCutShort } from "../../snapshot/drain";
import { gatewayKind, gatewayWorkloads } from "../../snapshot/gateways";
import { injectedRevision } from "../../snapshot/proxies";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { meshConfigOf } from "../meshConfig";
import { validationOf } from "./define";
import { workloadTitle } from "./gateways";
import type { MeshState } from "./state";

const report = findingsOf("drain-time");

type State = Pick<Read<MeshState>, "workloads" | "configMaps" | "namespaces">;

function drainFinding(workload: Workload, meshConfig: JsonObject): Finding {
  const template = templateOf(workload.object);
  const { seconds: drain, place } = drainOf(template, meshConfig);
  const grace = graceOf(template);
  const title = workloadTitle(workload);
  const { kind, object } = workload;
  const named = { kind, namespace: namespaceOf(object), name: nameOf(object) };
  return !isCutShort({ seconds: drain }, grace)
    ? report.ok(
        title,
        `${drain} s of draining fit into ${grace} s of terminationGracePeriodSeconds`,
      )
    : report.error(
        title,
        `drains ${drain} s (${place}), but Kubernetes ends its pods after ${grace} s (terminationGracePeriodSeconds), with the requests that still run`,
        `make terminationGracePeriodSeconds larger than ${drain}, or the drain shorter than ${grace} s: ${graceCommand(named, drain)}`,
      );
}

/** Returns the mesh configuration of the control plane that injects a workload, or else of the first. */
function configFor(workload: Workload, { workloads, configMaps, namespaces }: State): JsonObject {
  const template = templateOf(workload.object);
  const namespace = namespaces.find((one) => nameOf(one) === namespaceOf(workload.object));
  const revision =
    labelsOf(template)[REVISION_LABEL] ??
    injectedRevision(annotationsOf(template)) ??
    askedRevision(labelsOf(namespace));
  const planes = planesIn(workloads);
  const plane = planes.find((one) => one.revision === revision) ?? planes[0];
  return plane === undefined ? {} : meshConfigOf(plane, configMaps);
}

/**
 * Checks that gateways, and pods with their own drain setting, finish draining before Kubernetes ends
 * them. Waypoints are skipped, because istiod sets their grace period.
 */
export function checkDrain(state: State): Finding[] {
  const gateways = new Set(gatewayWorkloads(state.workloads));
  return state.workloads
    .filter(
      (each) =>
        (gateways.has(each) && gatewayKind(templateOf(each.object)) !== "waypoint") ||
        drainOf(templateOf(each.object), {}).setBy === "pod",
    )
    .map((each) => drainFinding(each, configFor(each, state)));
}

export const drain = validationOf({
  id: "drain-time",
  needs: ["workloads", "configMaps", "namespaces"],
  run: checkDrain,
});
