import { isObject, type Json, type JsonObject } from "../../json";
import { getPath } from "../../translate";
import type { Finding } from "../finding";
import { finder } from "./finder";

const found = finder("gcp");

/** A GKE cluster, as gcloud names it. */
export interface GkeCluster {
  readonly project: string;
  readonly location: string;
  readonly cluster: string;
}

/**
 * The cluster that gcloud has written a kubeconfig's context for.
 *
 * @example
 * clusterOfContext("gke_shop-prod_europe-west1_main") // { project: "shop-prod", location: "europe-west1", cluster: "main" }
 */
export function clusterOfContext(context: string): GkeCluster | undefined {
  const [, project, location, cluster] = /^gke_([^_]+)_([^_]+)_([^_]+)$/.exec(context) ?? [];
  return project === undefined || location === undefined || cluster === undefined
    ? undefined
    : { project, location, cluster };
}

/** What gcloud answers, as JSON. */
export interface ProjectState {
  /** `container clusters describe` */
  readonly cluster: JsonObject;
  /** `services list --enabled` */
  readonly services: readonly JsonObject[];
  /** `compute firewall-rules list`, of the cluster's network */
  readonly rules: readonly JsonObject[];
}

/** Where istiod answers the API server. */
const WEBHOOK_PORT = 15017;

function texts(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** @example coversPort("15000-15020", 15017) // true */
function coversPort(range: string, port: number): boolean {
  const [from = "", to = from] = range.split("-");
  return Number(from) <= port && port <= Number(to);
}

function allowsPort(rule: JsonObject, port: number): boolean {
  const allowed = Array.isArray(rule.allowed) ? rule.allowed.filter(isObject) : [];
  return allowed.some(
    ({ IPProtocol, ports }) =>
      ["tcp", "all"].includes(String(IPProtocol)) &&
      (ports === undefined || texts(ports).some((range) => coversPort(range, port))),
  );
}

function firewall({ cluster: { project, cluster: name } }: Asked, state: ProjectState): Finding[] {
  const { cluster, rules } = state;
  const isPrivate = getPath(cluster, "privateClusterConfig.enablePrivateNodes") === true;
  const range = getPath(cluster, "privateClusterConfig.masterIpv4CidrBlock");
  if (!isPrivate || typeof range !== "string") {
    return [];
  }
  const open = rules.some(
    (rule) =>
      rule.direction !== "EGRESS" &&
      rule.disabled !== true &&
      texts(rule.sourceRanges).some((source) => source === range || source === "0.0.0.0/0") &&
      allowsPort(rule, WEBHOOK_PORT),
  );
  const network = String(cluster.network ?? "default");
  const fix =
    `gcloud compute firewall-rules create ${name}-istiod-webhook --project ${project} --network ${network} ` +
    `--direction INGRESS --source-ranges ${range} --allow tcp:${WEBHOOK_PORT}`;
  return open
    ? []
    : [
        found(
          "error",
          `GKE cluster ${name}`,
          `is private, and no firewall rule lets its control plane (${range}) reach port ${WEBHOOK_PORT} of the nodes: every pod with a proxy would time out`,
          fix,
        ),
      ];
}

/** What is asked about. */
export interface Asked {
  readonly cluster: GkeCluster;
  /** Such as `meshca.googleapis.com`, by the project that needs it. */
  readonly services: readonly string[];
}

function apis({ cluster: { project }, services }: Asked, state: ProjectState): Finding[] {
  const enabled = state.services.map((service) => String(getPath(service, "config.name")));
  return services
    .filter((service) => !enabled.includes(service))
    .map((service) =>
      found(
        "error",
        `Google Cloud project ${project}`,
        `the API ${service} is not enabled`,
        `gcloud services enable ${service} --project ${project}`,
      ),
    );
}

/** What a GKE cluster's project lacks: APIs, and on a private cluster the rule for istiod's webhooks. */
export function checkProjectState(asked: Asked, state: ProjectState): Finding[] {
  const findings = [...apis(asked, state), ...firewall(asked, state)];
  const { project } = asked.cluster;
  return findings.length > 0
    ? findings
    : [found("ok", `Google Cloud project ${project}`, "its APIs and firewall fit")];
}
