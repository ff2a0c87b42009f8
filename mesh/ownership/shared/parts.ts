import { identityOf, type K8sObject, type ObjectIdentity } from "../../k8s/objects";
import { NODE_AGENTS, type NodeAgent } from "../../model/component";
import { MINORS } from "../../model/minors";

/**
 * The parts that a cluster has only once, however many stacks install a mesh into it.
 *
 * - `namespace`: any Namespace
 * - `reader`: the account with which other clusters read this one, and the policy of the stable
 *   channel
 * - `validator`: the default validator, which belongs to the control plane that answers it
 * - `policy`: the mesh-wide PeerAuthentication
 * - `monitoring`: what has Google's managed Prometheus scrape istiod and the proxies
 * - `cni`, `ztunnel`: the agents on every node
 */
export type SharedPart = "namespace" | "reader" | "validator" | "policy" | "monitoring" | NodeAgent;

const READER = "istio-reader-service-account";
const VALIDATOR = "istiod-default-validator";

/** A part, and whether an object belongs to it. */
type Belonging = readonly [SharedPart, (identity: ObjectIdentity) => boolean];

/** The first match wins. The names are those of Istio's charts. */
const PARTS: readonly Belonging[] = [
  ["namespace", ({ kind }) => kind === "Namespace"],
  ["reader", ({ kind, name }) => name === READER || kind.startsWith("ValidatingAdmissionPolicy")],
  [
    "validator",
    ({ kind, name }) => kind === "ValidatingWebhookConfiguration" && name === VALIDATOR,
  ],
  ["policy", ({ kind, name }) => kind === "PeerAuthentication" && name === "default"],
  ["monitoring", ({ kind }) => kind === "PodMonitoring" || kind === "ClusterPodMonitoring"],
  ...NODE_AGENTS.map(
    ({ name: agent, nodeAgent }): Belonging => [agent, ({ name }) => nodeAgent.test(name)],
  ),
];

/**
 * Returns the shared part that an object belongs to, or `undefined` if the object belongs to one
 * stack alone.
 */
export function sharedPart(object: K8sObject): SharedPart | undefined {
  const identity = identityOf(object);
  return PARTS.find(([, belongs]) => belongs(identity))?.[0];
}

/** Returns whether a part is an agent on every node. */
export function isNodeAgent(part: SharedPart): part is NodeAgent {
  return NODE_AGENTS.some(({ name }) => name === part);
}

/**
 * Returns the name of the DaemonSet that represents all objects of a part, or `undefined` if each
 * object represents itself.
 */
export function anchorName(part: SharedPart): string | undefined {
  return isNodeAgent(part) ? MINORS.newest.components[part]?.workload?.name : undefined;
}

/** Returns whether an object is the anchor of its part, on which stacks leave their marks. */
export function isAnchor(object: K8sObject, part: SharedPart): boolean {
  const name = anchorName(part);
  return name === undefined || (object.kind === "DaemonSet" && identityOf(object).name === name);
}
