export type { AdoptMode, SharedMode } from "../mesh/model/adoptMode";
export type {
  CommandGate,
  GateInputs,
  GatePolicy,
  MeshGate,
  PauseGate,
  PrometheusGate,
  PrometheusInputs,
  WebhookGate,
} from "../mesh/model/gateInputs";
export type { GatewayInputs, GatewayRevisionInputs } from "../mesh/model/gatewayInputs";
export type { ManagedChannel, ManagedInputs } from "../mesh/model/managedInputs";
export type {
  AccessLogInputs,
  CaInputs,
  ChartSource,
  ChartVerification,
  CniInputs,
  CosignSigner,
  MeshInputs,
  MtlsInputs,
  ProxyInputs,
  ReleaseNames,
  TelemetryChoice,
  TracingInputs,
} from "../mesh/model/meshInputs";
export type { NamespaceInputs, RestartInputs } from "../mesh/model/namespaceInputs";
export type { PeerAuthenticationInputs } from "../mesh/model/peerAuthenticationInputs";
export type { RevisionInputs, ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
export type { Target } from "../mesh/model/target";
export type { TelemetryInputs } from "../mesh/model/telemetryInputs";
export type { TimeoutInputs } from "../mesh/model/timeouts";
export type { UpgradeInputs, UpgradePolicy } from "../mesh/model/upgradeInputs";
export type { MeshSummary } from "../mesh/plan/summary";
export { stackArgs, stackUpgrade } from "./config";
export { Base } from "./mesh/base";
export { Cni, Ztunnel } from "./mesh/clusterParts";
export { ControlPlane } from "./mesh/controlPlane";
export { Crds, type CrdsArgs } from "./mesh/crds";
export { Gateway, type GatewayArgs, type GatewayWeight } from "./mesh/gateway";
export type { GatewayServiceOutput, MeshGateway } from "./mesh/gatewayAddress";
export { ManagedControlPlane, type ManagedControlPlaneArgs } from "./mesh/managedControlPlane";
export { MeshNamespace, type MeshNamespaceArgs } from "./mesh/meshNamespace";
export { OverlayGateways, type OverlayGatewaysArgs } from "./mesh/overlayGateways";
export { PeerAuthentication } from "./mesh/peerAuthentication";
export { RevisionTag, type RevisionTagArgs } from "./mesh/revisionTag";
export { Telemetry } from "./mesh/telemetry";
export type { MeshArgs } from "./objects/meshPart";
export type { ArgsOf, InputArgs } from "./pulumi/inputs";
export type { TargetInput } from "./pulumi/target";
export type { MeshControlPlane, MeshNamespaceOutput } from "./serviceMesh/outputs";
export { ServiceMesh, type ServiceMeshArgs } from "./serviceMesh/serviceMesh";
export { stackMesh } from "./stackMesh";
