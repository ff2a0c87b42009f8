/** Channels of Google's managed control plane. */
export type ManagedChannel = "rapid" | "regular" | "stable";

/**
 * A control plane that Google runs. Gateways and namespaces name its revision:
 * `asm-managed-rapid`, `asm-managed` (regular) or `asm-managed-stable`.
 */
export interface ManagedInputs {
  /** @default "regular" */
  readonly channel?: ManagedChannel;
  /**
   * Who requests it from Google.
   *
   * - `fleet`: the fleet's mesh feature with automatic management. The mesh only waits for the
   *   control plane.
   * - `resource`: the mesh, with a ControlPlaneRevision. The fleet's management is manual.
   * @default "fleet"
   */
  readonly provisioning?: "fleet" | "resource";
  /**
   * Whether Google restarts pods with outdated proxies. Only with `provisioning: resource`, because
   * a fleet with automatic management always does it.
   * @default false
   */
  readonly dataPlane?: boolean;
  /**
   * Whether Google's CNI plugin replaces init containers. Only with `provisioning: resource`.
   * @default true
   */
  readonly cni?: boolean;
  /** How long Google may take to provide the control plane, in seconds. @default 600 */
  readonly timeoutSeconds?: number;
}
