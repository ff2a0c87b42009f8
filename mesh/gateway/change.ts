import { planGateway } from "./plan";
import { servicePorts } from "./ports";
import { isInternal } from "./service";
import type { GatewayInputs } from "./types";

/** A change of inputs that the gateway's address may not survive. */
export interface ServiceChange {
  /** Input that changes. */
  readonly path: string;
  readonly reason: string;
  /** `error`: the Service is replaced, or its address is lost for certain. `warning`: it may be. */
  readonly severity: "error" | "warning";
  /** How to get there without. */
  readonly fix: string;
}

type Check = (before: GatewayInputs, after: GatewayInputs) => ServiceChange[];

const SECOND = "make a second gateway, move its clients (DNS) over, then take the first one away";

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

function place(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const name = (internal: boolean) => (internal ? "internal" : "external");
  const [from, to] = [isInternal(before), isInternal(after)];
  return hasBalancer(before) && from !== to
    ? [
        {
          path: "service.internal",
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

function ports(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  const kept = servicePorts(after).map(({ port }) => port);
  return servicePorts(before)
    .filter(({ port }) => !kept.includes(port))
    .map(({ port, name }) => ({
      path: "service.ports",
      reason: `port ${port} (${name}) is closed; the address stays`,
      severity: "warning",
      fix: "keep the port until nothing uses it",
    }));
}

const CHECKS: readonly Check[] = [identity, type, place, address, loadBalancerClass, ports];

/**
 * Which changes of a gateway's inputs would replace its Service, or cost it its address (istio#29502,
 * istio#42017). Revisions, weights and the mode of traffic never do.
 *
 * @param before inputs of the last update
 * @param after inputs now
 * @example
 * checkServiceChange(gateway, { ...gateway, service: { type: "ClusterIP" } })[0].severity // "error"
 */
export function checkServiceChange(before: GatewayInputs, after: GatewayInputs): ServiceChange[] {
  return CHECKS.flatMap((check) => check(before, after));
}
