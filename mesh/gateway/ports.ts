import type { GatewayInputs, GatewayKind, GatewayPort } from "../model/gatewayInputs";

/**
 * The port on which the proxy reports that it is ready. It comes first, because load balancers
 * check it.
 */
const STATUS: GatewayPort = { name: "status-port", port: 15021 };

/**
 * The pods use 80 and 443 too, because they may bind low ports without being root
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
 * Returns the default ports of a kind of gateway.
 *
 * @example
 * defaultPorts("east-west").map(({ port }) => port) // [15021, 15443, 15012, 15017]
 */
export function defaultPorts(kind: GatewayKind): readonly GatewayPort[] {
  return kind === "east-west" ? EAST_WEST : WEB;
}

/** Returns the key that identifies a port of a Service, whatever its name. */
export function portKey({ port, protocol = "TCP" }: GatewayPort): string {
  return `${port}/${protocol}`;
}

/**
 * Returns all ports of a gateway's Service: the default ports of its kind and the extra ports. An
 * extra port replaces a default port of the same name. If it has the number of a default port, it
 * renames that port, and unset fields keep their values.
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
