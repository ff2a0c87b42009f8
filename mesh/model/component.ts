import semver from "semver";

/** Names of the parts of a mesh, in the order in which they are installed. */
export type ComponentName =
  | "base"
  | "pilot"
  | "istiodRemote"
  | "cni"
  | "ztunnel"
  | "ingressGateways"
  | "egressGateways";

/** How one component of an IstioOperator spec becomes a chart's release. */
export interface ComponentDefinition {
  /** Key below `spec.components`. */
  readonly name: ComponentName;
  /** For people. */
  readonly title: string;
  /** Rendered when the spec says nothing of it. */
  readonly default: boolean;
  /** `spec.components.NAME` is a list. */
  readonly isList: boolean;
  /** Folder below `charts` in Istio's release. */
  readonly chartFolder: string;
  /** Name of the chart in Istio's Helm repository. */
  readonly chart: string;
  /** Root of the component's values below `spec.values`. */
  readonly valuesRoot: string;
  /** The chart takes its own values without that root. */
  readonly flattenValues: boolean;
  /** A value that enables the component whatever `enabled` says. */
  readonly enablingValue?: string;
  /** Workload that the `k8s` settings change. */
  readonly workload?: {
    readonly kind: "Deployment" | "DaemonSet";
    readonly name: string;
    readonly container: string;
  };
  /** Istio versions that have it. @default all */
  readonly versions?: string;
}

/** Source: Istio `operator/pkg/component` (AllComponents). */
const COMPONENTS: readonly ComponentDefinition[] = [
  {
    name: "base",
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
];

/** The components that an Istio version has, in install order. */
export function componentsOf(version: string): readonly ComponentDefinition[] {
  return COMPONENTS.filter(
    ({ versions }) =>
      versions === undefined || semver.satisfies(version, versions, { includePrerelease: true }),
  );
}

/** Whether the component is a list of gateways. */
export function isGatewayComponent(component: ComponentDefinition): boolean {
  return component.isList;
}
