import type { JsonObject } from "../../../mesh/common/json";
import { NEWEST } from "../../../toolchain/versions";

/** The ConfigMap that a revision's istiod injects by, as it is in a cluster. */
export function injectorConfig(
  revision: string,
  { time, values = {} }: { readonly time: string; readonly values?: JsonObject },
): JsonObject {
  const global = { hub: "docker.io/istio", tag: NEWEST, proxy: { image: "proxyv2" }, ...values };
  const metadata = {
    name: `istio-sidecar-injector-${revision}`,
    namespace: "istio-system",
    labels: { "istio.io/rev": revision },
    managedFields: [
      {
        manager: "helm",
        operation: "Update",
        apiVersion: "v1",
        time,
        fieldsV1: { "f:data": { "f:config": {}, "f:values": {} } },
      },
    ],
  };
  return {
    metadata,
    data: { config: "templates: {}\n", values: JSON.stringify({ global }) },
  };
}

/** The ConfigMap with a revision's mesh config, with settings of the proxies' image. */
export function meshConfigMap(revision: string, image: JsonObject): JsonObject {
  return {
    metadata: {
      name: `istio-${revision}`,
      namespace: "istio-system",
      labels: { "istio.io/rev": revision },
    },
    data: { mesh: JSON.stringify({ defaultConfig: { image } }) },
  };
}
