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
   * Who asks Google for it.
   *
   * - `fleet`: the fleet's mesh feature with automatic management; the mesh only waits for it
   * - `resource`: the mesh, by a ControlPlaneRevision; the fleet's management is manual
   * @default "fleet"
   */
  readonly provisioning?: "fleet" | "resource";
  /**
   * Google restarts pods whose proxies are out of date. With `provisioning: resource` only; a fleet
   * with automatic management does so by itself.
   * @default false
   */
  readonly dataPlane?: boolean;
  /** Google's CNI plugin in place of init containers. With `provisioning: resource` only. @default true */
  readonly cni?: boolean;
  /** How long Google may take, in seconds. @default 600 */
  readonly timeoutSeconds?: number;
}
