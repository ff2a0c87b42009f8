import { durationSeconds } from "../../common/duration";
import type { JsonObject } from "../../common/json";
import { PROXY_CONFIG } from "../../gateway/pod";
import type { Workload } from "../../guard/rollout";
import { annotationsOf, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { graceCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { listAt, nameOf, namespaceOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { gatewayWorkloads, templateOf, workloadTitle } from "./gateways";
import { looseYaml, meshConfigOf } from "./meshConfig";
import { livePlanes } from "./planes";
import type { MeshState, Read } from "./state";

const report = findingsOf("drain-time");

/** Istio's default for both. Source: Istio `pkg/config/mesh` (DefaultProxyConfig), `pkg/envoy`. */
const DEFAULT_DRAIN_SECONDS = 5;

/** Kubernetes' own default. */
const DEFAULT_GRACE_SECONDS = 30;

function env(template: JsonObject, name: string): string | undefined {
  const proxy = listAt(template, "spec.containers").find((each) => each.name === "istio-proxy");
  const found = listAt(proxy ?? {}, "env").find((each) => each.name === name);
  return typeof found?.value === "string" ? found.value : undefined;
}

function seconds(value: unknown): number | undefined {
  return typeof value === "string" ? durationSeconds(value) : undefined;
}

/** Settings of one proxy; absent without the annotation. */
function ownConfig(template: JsonObject): JsonObject | undefined {
  const text = annotationsOf(template)[PROXY_CONFIG];
  return text === undefined ? undefined : looseYaml(text);
}

/** How long a leaving proxy waits at least before it ends, in seconds, and where that stands. */
function drainOf(template: JsonObject, meshConfig: JsonObject): { seconds: number; place: string } {
  const own = ownConfig(template) ?? {};
  if (env(template, "EXIT_ON_ZERO_ACTIVE_CONNECTIONS") === "true") {
    const least = seconds(env(template, "MINIMUM_DRAIN_DURATION"));
    return { seconds: least ?? DEFAULT_DRAIN_SECONDS, place: "MINIMUM_DRAIN_DURATION" };
  }
  const place = "terminationDrainDuration";
  const mine = seconds(own[place]);
  const meshes = seconds(getPath(meshConfig, `defaultConfig.${place}`));
  return mine === undefined
    ? { seconds: meshes ?? DEFAULT_DRAIN_SECONDS, place: `the mesh's ${place}` }
    : { seconds: mine, place: `${place} of the annotation ${PROXY_CONFIG}` };
}

function graceOf(template: JsonObject): number {
  const grace = getPath(template, "spec.terminationGracePeriodSeconds");
  return typeof grace === "number" ? grace : DEFAULT_GRACE_SECONDS;
}

function drainFinding(workload: Workload, meshConfig: JsonObject): Finding {
  const template = templateOf(workload);
  const { seconds: drain, place } = drainOf(template, meshConfig);
  const grace = graceOf(template);
  const title = workloadTitle(workload);
  const { kind, object } = workload;
  const named = { kind, namespace: namespaceOf(object), name: nameOf(object) };
  return drain < grace
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

/** Proxies may finish draining before Kubernetes ends them: gateways, and pods with a drain of their own. */
export function checkDrain(state: Pick<Read<MeshState>, "workloads" | "configMaps">): Finding[] {
  const planes = livePlanes(state.workloads);
  const gateways = new Set(gatewayWorkloads(state.workloads));
  return state.workloads
    .filter(
      (each) =>
        gateways.has(each) || ownConfig(templateOf(each))?.terminationDrainDuration !== undefined,
    )
    .map((each) => {
      const revision = labelsOf(templateOf(each))[REVISION_LABEL];
      const plane = planes.find((one) => one.revision === revision) ?? planes[0];
      return drainFinding(each, plane === undefined ? {} : meshConfigOf(plane, state.configMaps));
    });
}
