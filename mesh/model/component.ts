import semver from "semver";
import type { TimeoutName } from "./timeouts";

/**
 * How often a cluster has a component, and which version and inputs it has:
 *
 * - `shared`: once, with the newest version. All revisions use it, so it comes before them.
 * - `revision`: once for each control plane.
 * - `cluster`: once, with the mesh's own inputs. It comes after the control planes.
 */
export type ComponentScope = "shared" | "revision" | "cluster";

/** How one component of an IstioOperator spec becomes a release of a chart. */
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
  /** Whether it is rendered if the spec does not mention it. */
  readonly default: boolean;
  /** Whether `spec.components.NAME` is a list. */
  readonly isList: boolean;
  /** Folder below `charts` in Istio's release. */
  readonly chartFolder: string;
  /** Name of the chart in Istio's Helm repository. */
  readonly chart: string;
  /** Root of the component's values below `spec.values`. */
  readonly valuesRoot: string;
  /** Whether the chart reads its own values without that root. */
  readonly flattenValues: boolean;
  /** A value that enables the component regardless of `enabled`. */
  readonly enablingValue?: string;
  /** The workload that the `k8s` settings change. */
  readonly workload?: {
    readonly kind: "Deployment" | "DaemonSet";
    readonly name: string;
    readonly container: string;
  };
  /** The Istio versions that have it. @default all */
  readonly versions?: string;
}

/** In the order of installation. Source: Istio `operator/pkg/component` (AllComponents). */
const DEFINITIONS = [
  {
    name: "base",
    scope: "shared",
    part: "base",
    title: "Istio core",
    default: true,
    isList: false,
    chartFolder: "base",
    chart: "base",
    valuesRoot: "global",
    flattenValues: false,
  },
  {
    name: "pilot",
    scope: "revision",
    part: "controlPlane",
    timeout: "controlPlane",
    title: "Istiod",
    default: true,
    isList: false,
    chartFolder: "istio-control/istio-discovery",
    chart: "istiod",
    valuesRoot: "pilot",
    flattenValues: false,
    workload: { kind: "Deployment", name: "istiod", container: "discovery" },
  },
  {
    name: "istiodRemote",
    scope: "revision",
    part: "controlPlane",
    timeout: "controlPlane",
    title: "Istiod remote",
    default: false,
    isList: false,
    chartFolder: "istiod-remote",
    chart: "istiod-remote",
    valuesRoot: "global",
    flattenValues: false,
    versions: "<1.24.0-0",
  },
  {
    name: "cni",
    scope: "cluster",
    part: "cni",
    timeout: "cni",
    nodeAgent: /^istio-cni(-|$)/,
    title: "CNI",
    default: false,
    isList: false,
    chartFolder: "istio-cni",
    chart: "cni",
    valuesRoot: "cni",
    flattenValues: false,
    workload: { kind: "DaemonSet", name: "istio-cni-node", container: "install-cni" },
  },
  {
    name: "ztunnel",
    scope: "cluster",
    part: "ztunnel",
    timeout: "ztunnel",
    nodeAgent: /^ztunnel(-|$)/,
    title: "Ztunnel",
    default: false,
    isList: false,
    chartFolder: "ztunnel",
    chart: "ztunnel",
    valuesRoot: "ztunnel",
    flattenValues: true,
    workload: { kind: "DaemonSet", name: "ztunnel", container: "istio-proxy" },
  },
  {
    name: "ingressGateways",
    scope: "cluster",
    part: "gateways",
    timeout: "gateways",
    title: "Ingress gateways",
    default: true,
    isList: true,
    chartFolder: "gateways/istio-ingress",
    chart: "istio-ingress",
    valuesRoot: "gateways.istio-ingressgateway",
    flattenValues: false,
    enablingValue: "gateways.istio-ingressgateway.enabled",
    workload: { kind: "Deployment", name: "istio-ingressgateway", container: "istio-proxy" },
  },
  {
    name: "egressGateways",
    scope: "cluster",
    part: "gateways",
    timeout: "gateways",
    title: "Egress gateways",
    default: false,
    isList: true,
    chartFolder: "gateways/istio-egress",
    chart: "istio-egress",
    valuesRoot: "gateways.istio-egressgateway",
    flattenValues: false,
    enablingValue: "gateways.istio-egressgateway.enabled",
    workload: { kind: "Deployment", name: "istio-egressgateway", container: "istio-proxy" },
  },
] as const satisfies readonly Definition[];

/** Names of the components, in the order of installation. */
export type ComponentName = (typeof DEFINITIONS)[number]["name"];

export interface ComponentDefinition extends Definition {
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

const COMPONENTS: readonly ComponentDefinition[] = DEFINITIONS;

/** Returns the components of a scope, in the order of installation. */
export function componentsIn(scope: ComponentScope): ComponentName[] {
  return COMPONENTS.filter((component) => component.scope === scope).map(({ name }) => name);
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

/** Returns a component by its name. */
export function componentNamed(name: ComponentName): ComponentDefinition {
  const found = COMPONENTS.find((component) => component.name === name);
  if (found === undefined) {
    throw new Error(`there is no component ${name}`);
  }
  return found;
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
  return COMPONENTS.filter(
    ({ versions }) =>
      versions === undefined || semver.satisfies(version, versions, { includePrerelease: true }),
  );
}

/** Returns whether the component is a list of gateways. */
export function isGatewayComponent(component: ComponentDefinition): boolean {
  return component.isList;
}
