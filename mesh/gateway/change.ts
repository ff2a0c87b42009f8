import type { GatewayInputs } from "../model/gatewayInputs";
import { planGateway } from "./plan";
import { portKey, servicePorts } from "./ports";
import { isInternal } from "./service";

/** A change of inputs that may cost the gateway its address. */
export interface ServiceChange {
  /** The input that changes. */
  readonly path: string;
  readonly reason: string;
  /**
   * `error`: the Service is replaced, or its address is certainly lost. `warning`: the address may
   * be lost.
   */
  readonly severity: "error" | "warning";
  /** How to reach the goal without that. */
  readonly fix: string;
}

type Check = (before: GatewayInputs, after: GatewayInputs) => ServiceChange[];

const SECOND = "make a second gateway, move its clients (DNS) over, then remove the first one";

function identity(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  return (["name", "namespace"] as const)
    .filter((path) => before[path] !== after[path])
    .map((path) => ({
      path,
      reason: `${before[path]} becomes ${after[path]}: the Service is replaced, and its address is lost`,
      severity: "error",
      fix: SECOND,
    }));
}

function hasBalancer(inputs: GatewayInputs): boolean {
  return planGateway(inputs).serviceType === "LoadBalancer";
}

function type(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const { serviceType } = planGateway(after);
  return hasBalancer(before) && !hasBalancer(after)
    ? [
        {
          path: "service.type",
          reason: `LoadBalancer becomes ${serviceType}: the cloud takes the load balancer and its address away`,
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

/** Returns the input that says whether the load balancer is internal. */
function placeField(...states: readonly GatewayInputs[]): string {
  return states.some(({ eastWest }) => eastWest?.access !== undefined)
    ? "eastWest.access"
    : "service.internal";
}

function place(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const name = (internal: boolean) => (internal ? "internal" : "external");
  const [from, to] = [isInternal(before), isInternal(after)];
  return hasBalancer(before) && from !== to
    ? [
        {
          path: placeField(before, after),
          reason: `the load balancer is ${name(from)} and becomes ${name(to)}: another load balancer with another address`,
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

function address(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const [from, to] = [before.service?.loadBalancerIP, after.service?.loadBalancerIP];
  if (!hasBalancer(before) || from === to) {
    return [];
  }
  const path = "service.loadBalancerIP";
  if (from !== undefined && to !== undefined) {
    const reason = `${from} becomes ${to}`;
    return [{ path, reason, severity: "error", fix: SECOND }];
  }
  return [
    {
      path,
      reason:
        to === undefined
          ? `${from} is no longer asked for: the cloud may pick another address`
          : `${to} is asked for: the address changes unless it is the present one`,
      severity: "warning",
      fix: to === undefined ? "keep it" : "reserve the present address, and name that",
    },
  ];
}

function loadBalancerClass(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const [from, to] = [before.service?.loadBalancerClass, after.service?.loadBalancerClass];
  return hasBalancer(before) && hasBalancer(after) && from !== to
    ? [
        {
          path: "service.loadBalancerClass",
          reason: "Kubernetes does not change the class of a Service: it would have to be replaced",
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

/** Only these types of Services have node ports. */
function hasNodePorts(inputs: GatewayInputs): boolean {
  return planGateway(inputs).serviceType !== "ClusterIP";
}

/** Returns the ports that both inputs have, by number and protocol. */
function keptPorts(before: GatewayInputs, after: GatewayInputs) {
  const now = new Map(servicePorts(after).map((port) => [portKey(port), port]));
  return servicePorts(before).flatMap((old) => {
    const port = now.get(portKey(old));
    return port === undefined ? [] : [{ old, port }];
  });
}

function ports(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const kept = servicePorts(after).map(portKey);
  const nodePort = hasNodePorts(before) ? ", and so is its node port" : "";
  return servicePorts(before)
    .filter((port) => !kept.includes(portKey(port)))
    .map(({ port, name }) => ({
      path: "service.ports",
      reason: `port ${port} (${name}) is closed${nodePort}; the address stays`,
      severity: "warning",
      fix: "keep the port until nothing uses it",
    }));
}

function nodePorts(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  if (!hasNodePorts(before) || !hasNodePorts(after)) {
    return [];
  }
  return keptPorts(before, after)
    .filter(({ old, port }) => port.nodePort !== undefined && old.nodePort !== port.nodePort)
    .map(({ old, port }) => ({
      path: "service.ports",
      reason:
        `port ${port.port} (${port.name}) gets node port ${port.nodePort} in place of ` +
        `${old.nodePort ?? "the one that the cluster picked"}: clients of the old one no longer reach the gateway`,
      severity: "warning",
      fix: "keep the node port (kubectl get service shows it), or move its clients in the same moment",
    }));
}

const CHECKS: readonly Check[] = [
  identity,
  type,
  place,
  address,
  loadBalancerClass,
  ports,
  nodePorts,
];

/**
 * Returns the changes of a gateway's inputs that would replace its Service or cost it its address
 * (istio#29502, istio#42017). Changes of revisions, weights and the mode of traffic never do.
 *
 * @param before inputs of the last update
 * @param after inputs now
 * @example
 * checkServiceChange(gateway, { ...gateway, service: { type: "ClusterIP" } })[0].severity // "error"
 */
export function checkServiceChange(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  return CHECKS.flatMap((check) => check(before, after));
}

/**
 * Describes each port that gets another name, or for which no node port is requested any more.
 * Clients notice neither, because Kubernetes identifies a port by its number and protocol.
 *
 * @example
 * portWords(gateway, { ...gateway, service: { ports: [{ name: "web", port: 80 }] } })
 * // ["port 80 is renamed from http2 to web; its number and node port stay"]
 */
export function portWords(before: GatewayInputs, after: GatewayInputs): string[] {
  const nodePort = hasNodePorts(before) && hasNodePorts(after) ? " and node port" : "";
  return keptPorts(before, after).flatMap(({ old, port }) => {
    const renamed = `port ${port.port} is renamed from ${old.name} to ${port.name}`;
    const stays = port.nodePort === old.nodePort || port.nodePort === undefined ? nodePort : "";
    const freed = `port ${port.port} (${port.name}) keeps node port ${old.nodePort}, though it is no longer asked for`;
    return [
      ...(old.name === port.name
        ? []
        : [`${renamed}; its number${stays} stay${stays === "" ? "s" : ""}`]),
      ...(old.nodePort !== undefined && port.nodePort === undefined ? [freed] : []),
    ];
  });
}
