import type { GkeInputs, Report } from "../model/gkeInputs";
import { fleetProject } from "./facts";

/** An API of Google Cloud that has to be enabled in a project. */
export interface Api {
  readonly project: string;
  /** Such as `container.googleapis.com`. */
  readonly service: string;
}

const REPORT_APIS: Readonly<Record<Report, string>> = {
  metrics: "monitoring",
  logs: "logging",
  traces: "cloudtrace",
};

/** Workloads trade their Kubernetes token for a certificate: token exchange and the mesh's setup. */
const TOKEN_EXCHANGE = ["iamcredentials", "meshconfig"];

/** Project in a CA pool's path. */
export function poolProject(caPool: string): string {
  return caPool.split("/")[1] ?? "";
}

function caApis({ ca, project }: GkeInputs, fleet: string): [string, string[]][] {
  switch (ca?.type) {
    case "mesh-ca":
      return [[fleet, ["meshca", ...TOKEN_EXCHANGE]]];
    case "cas":
      return [
        [fleet, TOKEN_EXCHANGE],
        [poolProject(ca.caPool), ["privateca"]],
      ];
    default:
      return [[project, []]];
  }
}

/**
 * The APIs that the inputs need, and no more, by project and name.
 *
 * - always GKE; Compute Engine where a rule or an address is made; resource manager for roles
 * - for a fleet the hub, and the mesh API in its project and the cluster's
 * - monitoring, logging, tracing for what is reported; the CA's; DNS; Artifact Registry
 *
 * @param makesFirewall a private cluster gets a rule
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
export function neededApis(inputs: GkeInputs, makesFirewall: boolean): Api[] {
  const { project, telemetry, fleet, addresses = [], dns = [], registry } = inputs;
  const host = fleetProject(inputs);
  const needs: [string, string[]][] = [
    [project, ["container"]],
    [project, makesFirewall || addresses.length > 0 ? ["compute"] : []],
    [project, telemetry === undefined ? [] : ["cloudresourcemanager"]],
    [project, (telemetry?.reports ?? []).map((report) => REPORT_APIS[report])],
    [host, fleet === undefined ? [] : ["gkehub", "mesh"]],
    [project, fleet === undefined ? [] : ["mesh"]],
    ...caApis(inputs, host),
    ...dns.map((record): [string, string[]] => [record.project ?? project, ["dns"]]),
    [project, registry === undefined ? [] : ["artifactregistry"]],
  ];
  const keys = needs.flatMap(([owner, names]) =>
    names.map((name) => `${owner} ${name}.googleapis.com`),
  );
  return [...new Set(keys)].sort().map((key) => {
    const [owner = "", service = ""] = key.split(" ");
    return { project: owner, service };
  });
}
