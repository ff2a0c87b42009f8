import type { GkeInputs, Report } from "../model/gkeInputs";
import { fleetProject } from "./facts";

/** An API of Google Cloud that must be enabled in a project. */
export interface Api {
  readonly project: string;
  /** The service name, such as `container.googleapis.com`. */
  readonly service: string;
}

const REPORT_APIS: Readonly<Record<Report, string>> = {
  metrics: "monitoring",
  logs: "logging",
  traces: "cloudtrace",
};

/**
 * Workloads exchange their Kubernetes token for a certificate. This needs token exchange and the
 * mesh's configuration API.
 */
const TOKEN_EXCHANGE = ["iamcredentials", "meshconfig"];

/** Returns the project in the path of a CA pool. */
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
 * Returns the APIs that the inputs need, and no others, by project and name:
 *
 * - GKE always; Compute Engine if a firewall rule or an address is created; Resource Manager for
 *   roles
 * - for a fleet the hub API, and the mesh API in the fleet's and the cluster's project
 * - monitoring, logging and tracing for what is reported; those of the CA; DNS; Artifact Registry
 *
 * @param makesFirewall whether a private cluster gets a firewall rule
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
