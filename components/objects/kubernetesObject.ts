import { providerVersion } from "../../adapters/helm/pluginProcess";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf, isWebhook, type K8sObject } from "../../mesh/k8s/objects";
import { sharedPart } from "../../mesh/ownership/shared/parts";
import { withoutLiveFields } from "../../mesh/render/liveFields";
import * as pulumi from "../pulumi/sdk";
import { managedBy, type Ownership } from "./ownership";

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

/** The object with more annotations. */
export function annotated(object: K8sObject, more: Readonly<Record<string, string>>): K8sObject {
  const annotations = { ...(object.metadata.annotations as Record<string, string>), ...more };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** What a component's objects have in common. */
export interface ObjectOptions extends pulumi.CustomResourceOptions {
  /** Some input is a secret. @default false */
  readonly sensitive?: boolean;
  /** Makes the object the stack's own in a cluster. @default left to the provider */
  readonly ownership?: Ownership;
}

/**
 * The looks at the cluster come before every other hook: those may wait, or change something. What a
 * cluster has once is deleted by a hook, as far as nobody else needs it, and not by Pulumi.
 */
function ownedOptions(
  object: K8sObject,
  ownership: Ownership,
  { hooks, retainOnDelete }: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  const { gates, hook, scaling, sharing, failed, bundles, injectors } = ownership;
  const isShared = sharedPart(object) !== undefined;
  const change = isWebhook(object) ? [bundles.change, injectors.hook] : [];
  const removal = isWebhook(object) ? [bundles.removal] : [];
  const leave = isShared ? [sharing.leave] : [];
  return {
    hooks: {
      ...hooks,
      beforeCreate: [...gates, hook, ...change, ...(hooks?.beforeCreate ?? [])],
      beforeUpdate: [
        ...gates,
        ...change,
        ...(hooks?.beforeUpdate ?? []),
        ...(object.kind === "Deployment" ? [scaling.hook] : []),
      ],
      beforeDelete: [...removal, ...(hooks?.beforeDelete ?? []), ...leave],
      onError: [failed, ...(hooks?.onError ?? [])],
    },
    retainOnDelete: isShared || retainOnDelete,
    // Old and new have one name: deleted after the new one is made, the old one would take it along.
    ...(isWebhook(object) && { deleteBeforeReplace: true }),
  };
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
  opts: ObjectOptions,
): pulumi.CustomResource {
  const { sensitive, ownership, ...options } = opts;
  const plain = withoutLiveFields(object);
  const props = ownership === undefined ? plain : annotated(plain, managedBy(ownership.manager));
  const inputs = sensitive ? hidden(props) : props;
  // A field that is not given a value becomes an output.
  const shown = object.kind === "Service" ? { ...inputs, status: undefined } : inputs;
  const name = resourceName(component, object);
  const resource = new KubernetesResource(typeToken(object), name, shown, {
    version: providerVersion(),
    ...options,
    ...(ownership && ownedOptions(object, ownership, options)),
  });
  ownership?.sharing.declare(object, name);
  if (opts.parent !== undefined) {
    ownership?.expect(name, resource, opts.parent);
  }
  return resource;
}
