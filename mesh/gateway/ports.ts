import type { GatewayInputs, GatewayKind, GatewayPort } from "../model/gatewayInputs";

/** Where the proxy says that it is ready; load balancers check it, so it is the first port. */
const STATUS: GatewayPort = { name: "status-port", port: 15021 };

/**
 * 80 and 443 are the pods' own ports too: the pods may bind low ports without being root
 * (`net.ipv4.ip_unprivileged_port_start`). Source: Istio's chart `gateway`, Google's samples.
 */
const WEB: readonly GatewayPort[] = [
  STATUS,
  { name: "http2", port: 80 },
  { name: "https", port: 443 },
];

/** Source: Istio `samples/multicluster/gen-eastwest-gateway.sh`. */
const EAST_WEST: readonly GatewayPort[] = [
  STATUS,
  { name: "tls", port: 15443 },
  { name: "tls-istiod", port: 15012 },
  { name: "tls-webhook", port: 15017 },
];

/**
 * Ports that a kind of gateway has by itself.
 *
 * @example
 * defaultPorts("east-west").map(({ port }) => port) // [15021, 15443, 15012, 15017]
 */
export function defaultPorts(kind: GatewayKind): readonly GatewayPort[] {
  return kind === "east-west" ? EAST_WEST : WEB;
}

/** What tells one port of a Service from the others, whatever its name is. */
export function portKey({ port, protocol = "TCP" }: GatewayPort): string {
  return `${port}/${protocol}`;
}

/**
 * All ports of a gateway's Service: the kind's own and the extra ones. An extra port replaces one of the
 * kind's own that has its name; one that has its number gets its name, and keeps what it does not say.
 *
 * @example
 * servicePorts({ ...gateway, service: { ports: [{ name: "web", port: 80 }] } })[1] // { name: "web", port: 80 }
 */
export function servicePorts(inputs: GatewayInputs): readonly GatewayPort[] {
  const extra = inputs.service?.ports ?? [];
  const base = inputs.service?.basePorts ?? defaultPorts(inputs.kind ?? "ingress");
  const replaced = (own: GatewayPort): GatewayPort => {
    const sameNumber = extra.find((port) => portKey(port) === portKey(own));
    const sameName = extra.find(({ name }) => name === own.name);
    return sameName ?? (sameNumber === undefined ? own : { ...own, ...sameNumber });
  };
  const added = extra.filter(
    (port) => !base.some((own) => own.name === port.name || portKey(own) === portKey(port)),
  );
  return [...base.map(replaced), ...added];
}
