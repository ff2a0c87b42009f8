/**
 * The name of the webhook configuration that checks Istio's configuration without a revision. Source:
 * Istio's chart `base`.
 */
export const DEFAULT_VALIDATOR = "istiod-default-validator";
