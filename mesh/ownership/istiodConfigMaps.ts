import type { JsonObject } from "../common/json";
import { managersOf } from "../k8s/managers";

/**
 * ConfigMaps that istiod writes into every namespace, with which proxies verify certificates.
 * istiod leaves them there when it is removed.
 *
 * @see Istio `pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go`
 */
export const ISTIOD_CONFIG_MAPS: readonly string[] = ["istio-ca-root-cert", "istio-ca-crl"];

/** The field manager of istiod. */
const ISTIOD = "pilot-discovery";

/**
 * Returns whether istiod alone has written an object. An object that someone else has changed is
 * kept.
 *
 * @example isWrittenByIstiodAlone(configMap) // true
 */
export function isWrittenByIstiodAlone(object: JsonObject): boolean {
  const managers = managersOf(object);
  return managers.length > 0 && managers.every(({ manager }) => manager === ISTIOD);
}
