import type { ClusterInputs } from "./clusterInputs";
import type { GatewayComponentInputs, GatewayInputs } from "./gatewayInputs";
import type { GkeInputs } from "./gkeInputs";
import type { ManagedInputs } from "./managedInputs";
import type { MeshInputs } from "./meshInputs";
import type { MeshNamespaceInputs } from "./meshNamespaceInputs";
import type { PeerAuthenticationInputs } from "./peerAuthenticationInputs";
import type { ServiceMeshInputs } from "./serviceMeshInputs";
import type { StackConfiguration } from "./stackConfiguration";
import type { RevisionTagInputs } from "./tagInputs";
import type { Target } from "./target";
import type { TelemetryInputs } from "./telemetryInputs";
import type { WavesInputs } from "./waveInputs";

/**
 * Every type of inputs that is checked before use, by its name in `mesh/data/inputs.schema.json`.
 * `npm run docs:generate` makes the schema from these types and their docstrings.
 */
export interface CheckedInputs {
  readonly StackConfiguration: StackConfiguration;
  readonly ServiceMeshInputs: ServiceMeshInputs;
  readonly MeshInputs: MeshInputs;
  readonly GatewayInputs: GatewayInputs;
  readonly GatewayComponentInputs: GatewayComponentInputs;
  readonly ManagedInputs: ManagedInputs;
  readonly MeshNamespaceInputs: MeshNamespaceInputs;
  readonly RevisionTagInputs: RevisionTagInputs;
  readonly PeerAuthenticationInputs: PeerAuthenticationInputs;
  readonly TelemetryInputs: TelemetryInputs;
  readonly GkeInputs: GkeInputs;
  readonly Target: Target;
  readonly ClusterInputs: ClusterInputs;
  readonly WavesInputs: WavesInputs;
}

export type CheckedName = keyof CheckedInputs;
