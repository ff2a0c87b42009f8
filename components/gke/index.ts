/**
 * Google Cloud around a mesh. An entry of its own, `pulumi-service-mesh/gke`, since it loads
 * `@pulumi/gcp`.
 */
export type { GkeMeshInputs, GkePlatform } from "../../mesh/gke/platform";
export type {
  AddressInputs,
  DnsInputs,
  DnsRevision,
  ExistingCluster,
  FirewallInputs,
  FirewallTargets,
  FleetInputs,
  GkeCaInputs,
  GkeInputs,
  GkeTelemetryInputs,
  NewCluster,
  NodePoolInputs,
  PrivateNodes,
  RegistryInputs,
  ReleaseChannel,
  Report,
  WorkloadIdentity,
} from "../../mesh/model/gkeInputs";
export { GkeFoundation, type GkeFoundationArgs, type GkeMeshArgs } from "./foundation";
