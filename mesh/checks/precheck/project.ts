import { isObject, type Json, type JsonObject } from "../../common/json";
import { getPath } from "../../k8s/path";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import type { ProjectNeeds } from "./projectNeeds";

const found = findingsOf("gcp");

/** The port on which istiod answers the API server. */
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

/** Something missing that the stack's own foundation creates in the update is only an `info`. */
function missing(hasFoundation: boolean, object: string, reason: string, fix: string): Finding {
  return hasFoundation
    ? found.info(
        object,
        `${reason}, until the stack's foundation sees to it`,
        `pulumi up; or ${fix}`,
      )
    : found.error(object, reason, fix);
}

/**
 * Whether a private cluster's control plane reaches istiod's webhooks.
 *
 * @param cluster as `gcloud container clusters describe` prints it
 * @param rules `gcloud compute firewall-rules list`, of the cluster's network
 */
export function checkFirewall(
  { cluster: { project, cluster: name }, hasFoundation }: ProjectNeeds,
  cluster: JsonObject,
  rules: readonly JsonObject[],
): Finding[] {
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
  const reason = `is private, and no firewall rule lets its control plane (${range}) reach port ${WEBHOOK_PORT} of the nodes: every pod with a proxy would time out`;
  const fix =
    `gcloud compute firewall-rules create ${name}-istiod-webhook --project ${project} --network ${network} ` +
    `--direction INGRESS --source-ranges ${range} --allow tcp:${WEBHOOK_PORT}`;
  return open ? [] : [missing(hasFoundation, `GKE cluster ${name}`, reason, fix)];
}

/**
 * APIs of one project that are not enabled.
 *
 * @param enabled `gcloud services list --enabled`
 */
export function checkProjectApis(
  { apis, hasFoundation, inputs }: ProjectNeeds,
  project: string,
  enabled: readonly JsonObject[],
): Finding[] {
  const names = enabled.map((service) => String(getPath(service, "config.name")));
  return apis
    .filter((api) => api.project === project && !names.includes(api.service))
    .map(({ service }) =>
      missing(
        hasFoundation && inputs.apis !== "leave",
        `Google Cloud project ${project}`,
        `the API ${service} is not enabled`,
        `gcloud services enable ${service} --project ${project}`,
      ),
    );
}

/** Returns the finding for something that gcloud may not read. */
export function projectNotChecked(object: string, what: string, reason: string): Finding {
  const fix = "gcloud auth login, as somebody who may view the project";
  return found.warning(object, `${what} not checked: ${reason}`, fix);
}
