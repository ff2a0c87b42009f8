import type { ServiceFacts } from "../model/effects";
import type { GatewayInputs, GatewayPort } from "../model/gatewayInputs";
import { portKey } from "./ports";
import { service } from "./service";
import { serviceFacts } from "./serviceFacts";

/** A change of a Service that may cost the gateway its address, or clients a port. */
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
  /** The port that is closed. Absent for other changes. */
  readonly closed?: GatewayPort;
}

type Check = (before: ServiceFacts, after: ServiceFacts) => ServiceChange[];

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

const hasBalancer = ({ type }: ServiceFacts): boolean => type === "LoadBalancer";

function type(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  return hasBalancer(before) && !hasBalancer(after)
    ? [
        {
          path: "service.type",
          reason: `LoadBalancer becomes ${after.type}: the cloud takes the load balancer and its address away`,
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

function place(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  const name = (internal: boolean) => (internal ? "internal" : "external");
  const [from, to] = [before.internal, after.internal];
  return hasBalancer(before) && from !== to
    ? [
        {
          path: "service.internal",
          reason: `the load balancer is ${name(from)} and becomes ${name(to)}: the cloud makes another one, with another address`,
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

function address(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  const [from, to] = [before.loadBalancerIP, after.loadBalancerIP];
  if (!hasBalancer(before) || from === to) {
    return [];
  }
  const path = "service.loadBalancerIP";
  if (from !== undefined && to !== undefined) {
    const reason = `the requested address changes from ${from} to ${to}`;
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

function loadBalancerClass(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  const [from, to] = [before.loadBalancerClass, after.loadBalancerClass];
  return hasBalancer(before) && hasBalancer(after) && from !== to
    ? [
        {
          path: "service.loadBalancerClass",
          reason:
            "Kubernetes never changes the load balancer class of a Service: the Service would have to be replaced",
          severity: "error",
          fix: SECOND,
        },
      ]
    : [];
}

/** Only these types of Services have node ports. */
function hasNodePorts({ type: own }: ServiceFacts): boolean {
  return own !== "ClusterIP";
}

/** Returns the ports that both Services have, by number and protocol. */
function keptPorts(before: ServiceFacts, after: ServiceFacts) {
  const now = new Map(after.ports.map((port) => [portKey(port), port]));
  return before.ports.flatMap((old) => {
    const port = now.get(portKey(old));
    return port === undefined ? [] : [{ old, port }];
  });
}

function ports(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  const kept = after.ports.map(portKey);
  const nodePort = hasNodePorts(before) ? ", and so is its node port" : "";
  return before.ports
    .filter((port) => !kept.includes(portKey(port)))
    .map((closed) => ({
      path: "service.ports",
      reason: `port ${closed.port} (${closed.name}) is closed${nodePort}; the address stays`,
      severity: "warning",
      fix: "keep the port until nothing uses it",
      closed,
    }));
}

function nodePorts(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
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
      fix: "keep the node port (kubectl get service shows it), or move its clients at the same moment",
    }));
}

const CHECKS: readonly Check[] = [type, place, address, loadBalancerClass, ports, nodePorts];

/**
 * Returns the changes of a gateway's Service that would replace it, or cost it its address or ports
 * (istio#29502, istio#42017). Typed gateways and those of overlays go through this one rule.
 *
 * @param before what the Service was after the last update
 * @param after what it will be
 * @example
 * serviceChanges(facts, { ...facts, type: "ClusterIP" })[0].severity // "error"
 */
export function serviceChanges(before: ServiceFacts, after: ServiceFacts): ServiceChange[] {
  return CHECKS.flatMap((check) => check(before, after));
}

/** Returns what the Service of a typed gateway says of its address and ports. */
export function gatewayService(inputs: GatewayInputs): ServiceFacts {
  return serviceFacts(service(inputs));
}

/** Returns the input of a typed gateway that says whether its load balancer is internal. */
function typedPath(path: string, states: readonly GatewayInputs[]): string {
  const isEastWest = states.some(({ eastWest }) => eastWest?.access !== undefined);
  return path === "service.internal" && isEastWest ? "eastWest.access" : path;
}

/**
 * Returns the changes of a typed gateway's inputs that would replace its Service, or cost it its
 * address or ports. Changes of revisions, weights and the mode of traffic never do.
 *
 * @param before inputs of the last update
 * @param after inputs now
 * @example
 * checkServiceChange(gateway, { ...gateway, service: { type: "ClusterIP" } })[0].severity // "error"
 */
export function checkServiceChange(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const changes = serviceChanges(gatewayService(before), gatewayService(after));
  return [
    ...identity(before, after),
    ...changes.map((change) => ({ ...change, path: typedPath(change.path, [before, after]) })),
  ];
}

/**
 * Describes each port that gets another name, or for which no node port is requested any more.
 * Clients notice neither, because Kubernetes identifies a port by its number and protocol.
 *
 * @example
 * portWords(facts, { ...facts, ports: [{ name: "web", port: 80 }] })
 * // ["port 80 is renamed from http2 to web; its number and node port stay"]
 */
export function portWords(before: ServiceFacts, after: ServiceFacts): string[] {
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
