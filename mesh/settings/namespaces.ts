import type { Json } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { isOfUser, problemAt, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";

const NAMESPACE = "spec.namespace";
const ISTIO_NAMESPACE = "spec.values.global.istioNamespace";

/** The namespace that a profile names, which istioctl takes where the user sets none in the values. */
function profileNamespace({ fullLayers }: ResolvedMesh): Json {
  const named = fullLayers
    .filter((layer) => !isOfUser(layer))
    .map(({ document }) => getPath(document, ISTIO_NAMESPACE))
    .filter((value) => value !== undefined);
  return named.at(-1) ?? "istio-system";
}

/**
 * `spec.namespace` of an overlay, where it is what decides: istioctl takes the field and does not read
 * it. `values.global.istioNamespace` is read by both.
 *
 * @see https://github.com/istio/istio/blob/1.29.1/operator/pkg/component/component.go
 */
export function namespaceOfSpec(mesh: ResolvedMesh): Problem[] {
  const setting = userSetting(mesh, NAMESPACE);
  const values = userSetting(mesh, ISTIO_NAMESPACE);
  const others = profileNamespace(mesh);
  if (setting === undefined || setting.value !== mesh.namespace) {
    return [];
  }
  return values !== undefined || setting.value === others
    ? []
    : [
        problemAt(setting, {
          reason: `puts the control plane into this namespace; istioctl from 1.24 on ignores the field, and puts it into ${String(others)}`,
          fix: `set ${ISTIO_NAMESPACE} to the same, which istioctl reads too`,
          see: "https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/",
        }),
      ];
}

/** `metadata.namespace` of an overlay that is not the namespace of the mesh, and changes nothing. */
export function namespaceOfResource(mesh: ResolvedMesh): Problem[] {
  const setting = userSetting(mesh, "metadata.namespace");
  return setting === undefined || setting.value === mesh.namespace || setting.value === null
    ? []
    : [
        problemAt(setting, {
          reason: `has no effect: the control plane goes into ${mesh.namespace}`,
          fix: `set ${ISTIO_NAMESPACE} if another namespace is meant, or take it out`,
        }),
      ];
}
