import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { ExternalHost, GatewayInputs } from "../model/gatewayInputs";
import { metadata } from "./metadata";
import { gatewayResource, networking } from "./routing";

/** The gateway's port for plain HTTP inside the mesh. Hosts share it and are told apart by name. */
export const EGRESS_HTTP_PORT = 80;

/**
 * The gateway's port for traffic that the application encrypts. Hosts share it and are told apart
 * by SNI.
 */
export const EGRESS_TLS_PORT = 443;

/**
 * A subset of the gateway's Service, which separates this traffic from other uses of the Service.
 */
const SUBSET = "external";

function isHttp({ protocol }: ExternalHost): boolean {
  return protocol === "HTTP";
}

function hostsOf(all: readonly ExternalHost[]): string[] {
  return [...new Set(all.map(({ host }) => host))];
}

/**
 * Returns the name of a host's objects: the gateway's name, then the host with hyphens instead of
 * dots.
 *
 * @example
 * externalName("egress", "www.example.com") // "egress-www-example-com"
 */
export function externalName(gateway: string, host: string): string {
  return `${gateway}-${host.replaceAll(".", "-")}`;
}

function serviceEntry(
  inputs: GatewayInputs,
  host: string,
  all: readonly ExternalHost[],
): K8sObject {
  const ports = all.map(({ port, protocol }) => ({
    name: `${protocol.toLowerCase()}-${port}`,
    number: port,
    protocol,
  }));
  return networking("ServiceEntry", metadata(inputs, externalName(inputs.name, host)), {
    hosts: [host],
    location: "MESH_EXTERNAL",
    ports,
    resolution: "DNS",
  });
}

function servers(all: readonly ExternalHost[]): JsonObject[] {
  const http = hostsOf(all.filter(isHttp));
  const tls = hostsOf(all.filter((entry) => !isHttp(entry)));
  const plain = {
    hosts: http,
    port: { name: "http", number: EGRESS_HTTP_PORT, protocol: "HTTP" },
  };
  const encrypted = {
    hosts: tls,
    port: { name: "tls", number: EGRESS_TLS_PORT, protocol: "TLS" },
    tls: { mode: "PASSTHROUGH" },
  };
  return [...(http.length > 0 ? [plain] : []), ...(tls.length > 0 ? [encrypted] : [])];
}

function ownHost({ name, namespace }: GatewayInputs): string {
  return `${name}.${namespace}.svc.cluster.local`;
}

function destinationRule(inputs: GatewayInputs): K8sObject {
  return networking("DestinationRule", metadata(inputs, inputs.name), {
    host: ownHost(inputs),
    subsets: [{ name: SUBSET }],
  });
}

/** Returns the two routes: from the workload to the gateway, and from the gateway to the host. */
function routes(inputs: GatewayInputs, external: ExternalHost): JsonObject[] {
  const { host, port } = external;
  const entry = isHttp(external) ? EGRESS_HTTP_PORT : EGRESS_TLS_PORT;
  const names: JsonObject = isHttp(external) ? {} : { sniHosts: [host] };
  const toGateway = { host: ownHost(inputs), port: { number: entry }, subset: SUBSET };
  return [
    {
      match: [{ gateways: ["mesh"], port, ...names }],
      route: [{ destination: toGateway }],
    },
    {
      match: [{ gateways: [inputs.name], port: entry, ...names }],
      route: [{ destination: { host, port: { number: port } } }],
    },
  ];
}

function virtualService(
  inputs: GatewayInputs,
  host: string,
  all: readonly ExternalHost[],
): K8sObject {
  const http = all.filter(isHttp).flatMap((entry) => routes(inputs, entry));
  const tls = all.filter((entry) => !isHttp(entry)).flatMap((entry) => routes(inputs, entry));
  return networking("VirtualService", metadata(inputs, externalName(inputs.name, host)), {
    gateways: [inputs.name, "mesh"],
    hosts: [host],
    ...(http.length > 0 && { http }),
    ...(tls.length > 0 && { tls }),
  });
}

/**
 * Returns the objects that send traffic for the named external hosts through the egress gateway.
 * The VirtualServices come last: until they exist, workloads call the hosts directly.
 *
 * @see https://istio.io/latest/docs/tasks/traffic-management/egress/egress-gateway/
 */
export function egressObjects(inputs: GatewayInputs): K8sObject[] {
  const all = inputs.hosts?.externalHosts ?? [];
  if (all.length === 0) {
    return [];
  }
  const byHost = hostsOf(all).map((host) => ({
    host,
    entries: all.filter((entry) => entry.host === host),
  }));
  return [
    ...byHost.map(({ host, entries }) => serviceEntry(inputs, host, entries)),
    gatewayResource(inputs, inputs.name, servers(all)),
    destinationRule(inputs),
    ...byHost.map(({ host, entries }) => virtualService(inputs, host, entries)),
  ];
}
