import type { JsonObject } from "../common/json";
import type { K8sObject } from "../k8s/objects";
import type { GatewayInputs, GatewayTls, TlsVersion } from "../model/gatewayInputs";
import { metadata } from "./metadata";
import { heaviest, sharedSelector } from "./plan";

/** The names of the TLS versions in Istio's API. Source: `ServerTLSSettings.TLSProtocol`. */
const TLS_VERSIONS: Readonly<Record<TlsVersion, string>> = {
  "1.0": "TLSV1_0",
  "1.1": "TLSV1_1",
  "1.2": "TLSV1_2",
  "1.3": "TLSV1_3",
};

/** Returns an object of Istio's networking API. */
export function networking(kind: string, objectMetadata: JsonObject, spec: JsonObject): K8sObject {
  return { apiVersion: "networking.istio.io/v1", kind, metadata: objectMetadata, spec };
}

/** Returns a Gateway resource that the pods of every revision serve. */
export function gatewayResource(
  inputs: GatewayInputs,
  name: string,
  servers: readonly JsonObject[],
): K8sObject {
  const selector = sharedSelector(inputs);
  return networking("Gateway", metadata(inputs, name), { selector, servers: [...servers] });
}

function tlsServer(tls: GatewayTls, minTlsVersion: TlsVersion): JsonObject {
  const { credentialName, hosts, mode = "SIMPLE", port = 443 } = tls;
  return {
    hosts: [...hosts],
    port: { name: `https-${port}-${credentialName}`, number: port, protocol: "HTTPS" },
    tls: { credentialName, minProtocolVersion: TLS_VERSIONS[minTlsVersion], mode },
  };
}

/** Returns the Gateway resources that terminate TLS. They are named after the gateway. */
export function tlsObjects(inputs: GatewayInputs): K8sObject[] {
  const { tls = [], minTlsVersion = "1.2" } = inputs;
  const servers = tls.map((entry) => tlsServer(entry, minTlsVersion));
  return servers.length === 0 ? [] : [gatewayResource(inputs, inputs.name, servers)];
}

/** Source: Istio `samples/multicluster/expose-services.yaml`. */
function exposedServices(inputs: GatewayInputs): K8sObject {
  return gatewayResource(inputs, `${inputs.name}-services`, [
    {
      hosts: ["*.local"],
      port: { name: "tls", number: 15443, protocol: "TLS" },
      tls: { mode: "AUTO_PASSTHROUGH" },
    },
  ]);
}

/**
 * The gateway's ports for istiod, and istiod's own ports. Source: Istio
 * `samples/multicluster/expose-istiod.yaml`.
 */
const ISTIOD_PORTS = [
  { name: "tls-istiod", port: 15012, target: 15012 },
  { name: "tls-istiodwebhook", port: 15017, target: 443 },
] as const;

function istiodHost(inputs: GatewayInputs): string {
  const { istiodNamespace = "istio-system", istiodRevision } = inputs.eastWest ?? {};
  const revision = istiodRevision ?? inputs.revisions[heaviest(inputs)]?.revision ?? "default";
  const name = revision === "default" ? "istiod" : `istiod-${revision}`;
  return `${name}.${istiodNamespace}.svc.cluster.local`;
}

function exposedIstiod(inputs: GatewayInputs): K8sObject[] {
  const name = `${inputs.name}-istiod`;
  const host = istiodHost(inputs);
  const servers = ISTIOD_PORTS.map((own) => ({
    hosts: ["*"],
    port: { name: own.name, number: own.port, protocol: "TLS" },
    tls: { mode: "PASSTHROUGH" },
  }));
  const routes = ISTIOD_PORTS.map(({ port, target }) => ({
    match: [{ port, sniHosts: ["*"] }],
    route: [{ destination: { host, port: { number: target } } }],
  }));
  return [
    gatewayResource(inputs, name, servers),
    networking("VirtualService", metadata(inputs, name), {
      gateways: [name],
      hosts: ["*"],
      tls: routes,
    }),
  ];
}

/** Returns what an east-west gateway exposes to other clusters. */
export function eastWestObjects(inputs: GatewayInputs): K8sObject[] {
  if (inputs.kind !== "east-west") {
    return [];
  }
  const { exposeServices = true, exposeIstiod = false } = inputs.eastWest ?? {};
  return [
    ...(exposeServices ? [exposedServices(inputs)] : []),
    ...(exposeIstiod ? exposedIstiod(inputs) : []),
  ];
}
