import { join } from "node:path";
import type { Command, Wrap } from "../cluster/processes";
import { execute } from "./execute";

/** The node's own address. */
export const NODE_ADDRESS = "10.77.0.1";

/** The addresses of pods. */
export const POD_RANGE = "10.244.0.0/16";

/** Where `ip netns` keeps its namespaces. */
const NAMESPACES = "/run/netns";

export function namespaceFile(namespace: string): string {
  return join(NAMESPACES, namespace);
}

/**
 * Runs commands in a network namespace. `ip netns exec` would also mount a new `/sys`, without the
 * cgroups.
 */
export function inNamespace(namespace: string): Wrap {
  return (command: Command) => ["nsenter", `--net=${namespaceFile(namespace)}`, ...command];
}

/**
 * Makes a network namespace with the node's address on one end of a pair whose other end leads
 * nowhere: no packet leaves it.
 */
export function createNamespace(namespace: string): void {
  execute("ip", "netns", "add", namespace);
  const ip = (...args: string[]) => execute("ip", "-netns", namespace, ...args);
  ip("link", "set", "lo", "up");
  ip("link", "add", "node0", "type", "veth", "peer", "name", "nowhere");
  ip("address", "add", `${NODE_ADDRESS}/24`, "dev", "node0");
  ip("link", "set", "node0", "up");
  ip("link", "set", "nowhere", "up");
  ip("route", "add", "default", "dev", "node0");
  for (const [name, value] of Object.entries(SETTINGS)) {
    setInNamespace(namespace, name, value);
  }
}

/** Pods are routed, and what one sends to a Service on their bridge passes the Services' rules. */
const SETTINGS = {
  "net/ipv4/ip_forward": "1",
  "net/bridge/bridge-nf-call-iptables": "1",
};

function setInNamespace(namespace: string, name: string, value: string): void {
  const script = `echo ${value} > /proc/sys/${name}`;
  const [program, ...args] = inNamespace(namespace)(["sh", "-c", script]);
  execute(program, ...args);
}
