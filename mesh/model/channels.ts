import type { ManagedChannel, ManagedInputs } from "./managedInputs";

/** Revisions by channel. @see https://cloud.google.com/service-mesh/docs/managed/select-a-release-channel */
const REVISIONS: Readonly<Record<ManagedChannel, string>> = {
  regular: "asm-managed",
  rapid: "asm-managed-rapid",
  stable: "asm-managed-stable",
};

/** Google's channels and their revisions. */
export const MANAGED_CHANNELS = (Object.keys(REVISIONS) as ManagedChannel[]).map((channel) => ({
  channel,
  revision: REVISIONS[channel],
}));

/** Revisions that Google runs, without an istiod in the cluster. */
export const MANAGED_REVISIONS: readonly string[] = Object.values(REVISIONS);

/** @example managedRevision({ channel: "rapid" }) // "asm-managed-rapid" */
export function managedRevision({ channel = "regular" }: ManagedInputs): string {
  return REVISIONS[channel];
}
