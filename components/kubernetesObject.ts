import type { JsonObject } from "../mesh/json";
import type { K8sObject } from "../mesh/patch/types";
import { withoutLiveFields } from "../mesh/render/liveFields";
import { identityOf } from "../mesh/render/objects";
import { providerVersion } from "./helm/pluginProcess";
import * as pulumi from "./sdk";

/**
 * Pulumi's type token of a Kubernetes object.
 *
 * @example
 * typeToken({ apiVersion: "v1", kind: "Service" }) // "kubernetes:core/v1:Service"
 */
export function typeToken({ apiVersion, kind }: Pick<K8sObject, "apiVersion" | "kind">): string {
  const groupVersion = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
  return `kubernetes:${groupVersion}:${kind}`;
}

/**
 * Name of an object's resource inside its component. It follows from the object's own name only,
 * so that it stays put from run to run.
 *
 * @example
 * resourceName("mesh-cni", daemonSet) // "mesh-cni:kube-system/istio-cni-node"
 */
export function resourceName(component: string, object: K8sObject): string {
  const { namespace, name } = identityOf(object);
  return namespace === "" ? `${component}:${name}` : `${component}:${namespace}/${name}`;
}

/** An object of any kind. Its properties are those of the manifest. */
class KubernetesResource extends pulumi.CustomResource {}

/** What tells an object from others; it stands in resource names anyway. */
const IDENTITY = ["apiVersion", "kind", "name", "namespace"];

function hiddenFields(fields: JsonObject): pulumi.Inputs {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      IDENTITY.includes(key) ? value : pulumi.secret(value),
    ]),
  );
}

/** Every field a secret, but for the object's identity. */
function hidden(object: K8sObject): pulumi.Inputs {
  return { ...hiddenFields(object), metadata: hiddenFields(object.metadata) };
}

/**
 * Registers one object as a resource of Pulumi's Kubernetes provider. What istiod later writes into
 * its own webhooks is left out.
 *
 * The SDK's typed classes are not used: to load them all takes longer than a whole preview.
 */
export function registerObject(
  component: string,
  object: K8sObject,
  opts: pulumi.CustomResourceOptions & { readonly sensitive?: boolean },
): pulumi.CustomResource {
  const { sensitive, ...options } = opts;
  const props = withoutLiveFields(object);
  const shown = sensitive ? hidden(props) : props;
  return new KubernetesResource(typeToken(object), resourceName(component, object), shown, {
    version: providerVersion(),
    ...options,
  });
}
