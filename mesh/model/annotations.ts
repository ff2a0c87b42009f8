/**
 * Annotations of an IstioOperator CR for what its fields cannot express. istioctl ignores them, so
 * it accepts an overlay that has them.
 */
const PREFIX = "pulumi-service-mesh";

/** `STRICT`, `PERMISSIVE` or `DISABLE`: a mesh-wide PeerAuthentication. */
export const MTLS_MODE = `${PREFIX}/mtls-mode`;

/** How often Google's managed Prometheus scrapes istiod and the proxies, such as `30s`. */
export const GOOGLE_PROMETHEUS = `${PREFIX}/google-prometheus`;

/**
 * Comma-separated spec paths that a later layer must set, because the overlay cannot know their
 * values.
 */
export const REQUIRES = `${PREFIX}/requires`;

/** All annotations of this package, for the check for misspelt ones. */
export const KNOWN_ANNOTATIONS: readonly string[] = [MTLS_MODE, GOOGLE_PROMETHEUS, REQUIRES];

export const ANNOTATION_PREFIX = `${PREFIX}/`;
