/**
 * The Google Cloud resources around a mesh. They have their own entry point,
 * `pulumi-service-mesh/gke`, because they load `@pulumi/gcp`.
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
