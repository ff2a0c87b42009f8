export type {
  AccessLogInputs,
  CaInputs,
  ChartSource,
  CniInputs,
  MeshInputs,
  MtlsInputs,
  ProxyInputs,
  TelemetryChoice,
  TracingInputs,
} from "../mesh/inputs/types";
export type { MeshSummary } from "../mesh/summary";
export { Base } from "./base";
export { Cni } from "./cni";
export { stackArgs } from "./config";
export { ControlPlane } from "./controlPlane";
export { Crds, type CrdsOptions } from "./crds";
export type { ArgsOf, InputArgs } from "./inputs";
export type { MeshArgs } from "./meshPart";
export { OverlayGateways } from "./overlayGateways";
export { PeerAuthentication, type PeerAuthenticationInputs } from "./peerAuthentication";
export { ServiceMesh, type ServiceMeshArgs } from "./serviceMesh";
export type { Target } from "./target";
export { Telemetry, type TelemetryInputs } from "./telemetry";
export { Ztunnel } from "./ztunnel";
