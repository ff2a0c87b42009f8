import { type ComponentFacts, MINORS } from "./minors";
import type { TimeoutName } from "./timeouts";

/**
 * How often a cluster has a component, and which version and inputs it has:
 *
 * - `shared`: once, with the newest version. All revisions use it, so it comes before them.
 * - `revision`: once for each control plane.
 * - `cluster`: once, with the mesh's own inputs. It comes after the control planes.
 */
export type ComponentScope = "shared" | "revision" | "cluster";

/** What this package adds to what istioctl says of a component. */
interface Definition {
  /** Key below `spec.components`. */
  readonly name: string;
  readonly scope: ComponentScope;
  /**
   * The part of the mesh to which its objects belong. The parts of a scope come in the order of
   * this table.
   */
  readonly part: string;
  /** The timeout of its workloads. @default no one waits for them */
  readonly timeout?: TimeoutName;
  /**
   * Names of its objects. Only set if it runs on every node, so that all stacks with a mesh in the
   * cluster share it.
   */
  readonly nodeAgent?: RegExp;
  /** Its name in messages. */
  readonly title: string;
  /** Name of the chart in Istio's Helm repository. */
  readonly chart: string;
}

/**
 * In the order of installation. What istioctl says of them, and which of them a version has, is in
 * `data/istio`.
 */
const DEFINITIONS = [
  {
    name: "base",
    scope: "shared",
    part: "base",
    title: "Istio core",
    chart: "base",
  },
  {
    name: "pilot",
    scope: "revision",
    part: "controlPlane",
    timeout: "controlPlane",
    title: "Istiod",
    chart: "istiod",
  },
  {
    name: "istiodRemote",
    scope: "revision",
    part: "controlPlane",
    timeout: "controlPlane",
    title: "Istiod remote",
    chart: "istiod-remote",
  },
  {
    name: "cni",
    scope: "cluster",
    part: "cni",
    timeout: "cni",
    nodeAgent: /^istio-cni(-|$)/,
    title: "CNI",
    chart: "cni",
  },
  {
    name: "ztunnel",
    scope: "cluster",
    part: "ztunnel",
    timeout: "ztunnel",
    nodeAgent: /^ztunnel(-|$)/,
    title: "Ztunnel",
    chart: "ztunnel",
  },
  {
    name: "ingressGateways",
    scope: "cluster",
    part: "gateways",
    timeout: "gateways",
    title: "Ingress gateways",
    chart: "istio-ingress",
  },
  {
    name: "egressGateways",
    scope: "cluster",
    part: "gateways",
    timeout: "gateways",
    title: "Egress gateways",
    chart: "istio-egress",
  },
] as const satisfies readonly Definition[];

/** Names of the components, in the order of installation. */
export type ComponentName = (typeof DEFINITIONS)[number]["name"];

/** How one component of an IstioOperator spec becomes a release of a chart. */
export interface ComponentDefinition extends Definition, ComponentFacts {
  readonly name: ComponentName;
}

type InScope<Scope extends ComponentScope> = Extract<
  (typeof DEFINITIONS)[number],
  { readonly scope: Scope }
>;

/** Parts that a cluster has once, after the control planes. */
export type ClusterPart = InScope<"cluster">["part"];

/** Components that run on every node. */
export type NodeAgent = Extract<
  (typeof DEFINITIONS)[number],
  { readonly nodeAgent: RegExp }
>["name"];

/** Returns the components of a scope, in the order of installation. */
export function componentsIn(scope: ComponentScope): ComponentName[] {
  return DEFINITIONS.filter((component) => component.scope === scope).map(({ name }) => name);
}

/** Returns the components of each part that a cluster has once, in the order of installation. */
export function clusterParts(): ReadonlyMap<ClusterPart, readonly ComponentName[]> {
  const parts = new Map<ClusterPart, ComponentName[]>();
  for (const component of DEFINITIONS) {
    if (component.scope === "cluster") {
      parts.set(component.part, [...(parts.get(component.part) ?? []), component.name]);
    }
  }
  return parts;
}

/** Returns the timeout of a component's workloads, or `undefined` if no one waits for them. */
export function timeoutOf(name: ComponentName): TimeoutName | undefined {
  const found: Definition | undefined = DEFINITIONS.find((component) => component.name === name);
  return found?.timeout;
}

function isNodeAgent(
  component: (typeof DEFINITIONS)[number],
): component is Extract<typeof component, { readonly nodeAgent: RegExp }> {
  return "nodeAgent" in component;
}

/** The components that run on every node. */
export const NODE_AGENTS = DEFINITIONS.filter(isNodeAgent);

/** Returns the components of an Istio version, in the order of installation. */
export function componentsOf(version: string): readonly ComponentDefinition[] {
  const { components } = MINORS.facts(version);
  return DEFINITIONS.flatMap((definition): ComponentDefinition[] => {
    const facts = components[definition.name];
    return facts === undefined ? [] : [{ ...definition, ...facts }];
  });
}

/** Returns whether the component is a list of gateways. */
export function isGatewayComponent(component: ComponentDefinition): boolean {
  return component.isList;
}
