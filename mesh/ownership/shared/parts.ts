import { identityOf, type K8sObject, type ObjectIdentity } from "../../k8s/objects";

/**
 * What a cluster has once, however many stacks install a mesh into it.
 *
 * - `namespace`: any Namespace
 * - `reader`: the account that other clusters read this one with, and the policy of the stable channel
 * - `validator`: the default validator; it belongs to the control plane that answers it
 * - `policy`: the mesh-wide PeerAuthentication
 * - `cni`, `ztunnel`: the agents on every node
 */
export type SharedPart = "namespace" | "reader" | "validator" | "policy" | "cni" | "ztunnel";

const READER = "istio-reader-service-account";
const VALIDATOR = "istiod-default-validator";

/** Each is asked in turn. The names are those of Istio's charts. */
const PARTS: readonly [SharedPart, (identity: ObjectIdentity) => boolean][] = [
  ["namespace", ({ kind }) => kind === "Namespace"],
  ["reader", ({ kind, name }) => name === READER || kind.startsWith("ValidatingAdmissionPolicy")],
  [
    "validator",
    ({ kind, name }) => kind === "ValidatingWebhookConfiguration" && name === VALIDATOR,
  ],
  ["policy", ({ kind, name }) => kind === "PeerAuthentication" && name === "default"],
  ["cni", ({ name }) => /^istio-cni(-|$)/.test(name)],
  ["ztunnel", ({ name }) => /^ztunnel(-|$)/.test(name)],
];

/** The shared part that an object belongs to; `undefined` for an object of one stack alone. */
export function sharedPart(object: K8sObject): SharedPart | undefined {
  const identity = identityOf(object);
  return PARTS.find(([, belongs]) => belongs(identity))?.[0];
}

/** The DaemonSet that stands for all objects of a node agent. */
const ANCHORS: Readonly<Partial<Record<SharedPart, string>>> = {
  cni: "istio-cni-node",
  ztunnel: "ztunnel",
};

/**
 * Name of the DaemonSet that stands for all objects of a part; `undefined` where each object stands
 * for itself.
 */
export function anchorName(part: SharedPart): string | undefined {
  return ANCHORS[part];
}

/** Whether an object stands for its part: stacks leave their marks on it. */
export function isAnchor(object: K8sObject, part: SharedPart): boolean {
  const name = anchorName(part);
  return name === undefined || (object.kind === "DaemonSet" && identityOf(object).name === name);
}
