export type { AdoptMode } from "../mesh/adopt/types";
export type { GatewayInputs, GatewayRevisionInputs } from "../mesh/gateway/types";
export type { TimeoutInputs } from "../mesh/inputs/timeouts";
export type {
  AccessLogInputs,
  CaInputs,
  ChartSource,
  CniInputs,
  MeshInputs,
  MtlsInputs,
  ProxyInputs,
  ReleaseNames,
  TelemetryChoice,
  TracingInputs,
} from "../mesh/inputs/types";
export type { ManagedChannel, ManagedInputs } from "../mesh/managed/types";
export type { NamespaceInputs, RestartInputs } from "../mesh/namespace/types";
export type { RevisionInputs } from "../mesh/plan/controlPlanes";
export type { ServiceMeshInputs } from "../mesh/plan/meshPlan";
export type { SharedMode } from "../mesh/shared/claim";
export type { MeshSummary } from "../mesh/summary";
export { Base } from "./base";
export { Cni } from "./cni";
export { stackArgs } from "./config";
export { ControlPlane } from "./controlPlane";
export { Crds, type CrdsOptions } from "./crds";
export { Gateway, type GatewayArgs, type GatewayOptions, type GatewayWeight } from "./gateway";
export type { GatewayServiceOutput, MeshGateway } from "./gatewayAddress";
export type { ArgsOf, InputArgs } from "./inputs";
export { ManagedControlPlane, type ManagedControlPlaneArgs } from "./managedControlPlane";
export { MeshNamespace, type MeshNamespaceArgs } from "./meshNamespace";
export type { MeshArgs } from "./meshPart";
export { OverlayGateways, type OverlayGatewaysOptions } from "./overlayGateways";
export { PeerAuthentication, type PeerAuthenticationInputs } from "./peerAuthentication";
export { RevisionTag, type RevisionTagArgs } from "./revisionTag";
export { ServiceMesh, type ServiceMeshArgs } from "./serviceMesh";
export type { MeshControlPlane, MeshNamespaceOutput } from "./serviceMesh/outputs";
export { stackMesh } from "./stackMesh";
export type { Target, TargetInput } from "./target";
export { Telemetry, type TelemetryInputs } from "./telemetry";
export { Ztunnel } from "./ztunnel";
