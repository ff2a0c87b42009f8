/** Neither root nor 1337, the proxy's user, whose traffic bypasses the proxy. */
const USER = 65532;

/**
 * Security context of a trial's container: what Pod Security's level `restricted` asks for.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export const UNPRIVILEGED = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  seccompProfile: { type: "RuntimeDefault" },
};
