/**
 * Annotations of an IstioOperator CR that carry what its fields cannot say. istioctl ignores them,
 * so an overlay with them stays valid there.
 */
const PREFIX = "pulumi-service-mesh";

/** `STRICT`, `PERMISSIVE` or `DISABLE`: a mesh-wide PeerAuthentication. */
export const MTLS_MODE = `${PREFIX}/mtls-mode`;

/** Comma-separated spec paths that a later layer has to set: what an overlay cannot know itself. */
export const REQUIRES = `${PREFIX}/requires`;

/** Every annotation of ours, for the check against typing errors. */
export const KNOWN_ANNOTATIONS: readonly string[] = [MTLS_MODE, REQUIRES];

export const ANNOTATION_PREFIX = `${PREFIX}/`;
