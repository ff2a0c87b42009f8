import type { JsonObject } from "../common/json";
import { managersOf } from "../k8s/managers";

/**
 * ConfigMaps that istiod writes into every namespace, for proxies to check certificates by, and leaves
 * there when it goes.
 *
 * @see Istio `pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go`
 */
export const ISTIOD_CONFIG_MAPS: readonly string[] = ["istio-ca-root-cert", "istio-ca-crl"];

/** The field manager that istiod writes with. */
const ISTIOD = "pilot-discovery";

/**
 * Whether istiod alone has written an object. One that somebody else has a hand in stays.
 *
 * @example isIstiods(configMap) // true
 */
export function isWrittenByIstiodAlone(object: JsonObject): boolean {
  const managers = managersOf(object);
  return managers.length > 0 && managers.every(({ manager }) => manager === ISTIOD);
}
