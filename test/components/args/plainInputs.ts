import type { Output } from "@pulumi/pulumi";
import type {
  ArgsOf,
  GatewayArgs,
  GatewayInputs,
  ManagedControlPlaneArgs,
  ManagedInputs,
  MeshArgs,
  MeshInputs,
  PeerAuthenticationInputs,
  ServiceMeshArgs,
  ServiceMeshInputs,
  TelemetryInputs,
} from "../../../components";
import type { GkeFoundationArgs, GkeInputs } from "../../../components/gke";

/** `true` where args take plain inputs, as they are and with an Output for each field. */
type Takes<Args, Inputs> = [Inputs | { [K in keyof Inputs]: Output<Inputs[K]> }] extends [Args]
  ? true
  : never;

/** Checked by tsc: a program may type its own values with the package's interfaces. */
export const TAKEN: readonly [
  Takes<ServiceMeshArgs, ServiceMeshInputs>,
  Takes<MeshArgs, MeshInputs>,
  Takes<GatewayArgs, GatewayInputs>,
  Takes<ManagedControlPlaneArgs, ManagedInputs>,
  Takes<ArgsOf<PeerAuthenticationInputs>, PeerAuthenticationInputs>,
  Takes<ArgsOf<TelemetryInputs>, TelemetryInputs>,
  Takes<GkeFoundationArgs, GkeInputs>,
] = [true, true, true, true, true, true, true];
