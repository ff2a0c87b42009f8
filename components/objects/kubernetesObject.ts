import { providerVersion } from "../../adapters/helm/pluginProcess";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf, isWebhook, type K8sObject } from "../../mesh/k8s/objects";
import { sharedPart } from "../../mesh/ownership/shared/parts";
import { withoutLiveFields } from "../../mesh/render/liveFields";
import * as pulumi from "../pulumi/sdk";
import { managedBy, type Ownership } from "./ownership";

/**
 * Returns Pulumi's type token of a Kubernetes object.
 *
 * @example
 * typeToken({ apiVersion: "v1", kind: "Service" }) // "kubernetes:core/v1:Service"
 */
export function typeToken({ apiVersion, kind }: Pick<K8sObject, "apiVersion" | "kind">): string {
  const groupVersion = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
  return `kubernetes:${groupVersion}:${kind}`;
}

/**
 * Returns the name of an object's resource in its component. It only depends on the object's own
 * name, so it is the same in every run.
 *
 * @example
 * resourceName("mesh-cni", daemonSet) // "mesh-cni:kube-system/istio-cni-node"
 */
export function resourceName(component: string, object: K8sObject): string {
  const { namespace, name } = identityOf(object);
  return namespace === "" ? `${component}:${name}` : `${component}:${namespace}/${name}`;
}

/** An object of any kind, with the properties of the manifest. */
class KubernetesResource extends pulumi.CustomResource {}

/** The fields that identify an object. Resource names contain them anyway. */
const IDENTITY = ["apiVersion", "kind", "name", "namespace"];

function hiddenFields(fields: JsonObject): pulumi.Inputs {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      IDENTITY.includes(key) ? value : pulumi.secret(value),
    ]),
  );
}

/** Marks every field as secret, except for the object's identity. */
function hidden(object: K8sObject): pulumi.Inputs {
  return { ...hiddenFields(object), metadata: hiddenFields(object.metadata) };
}

/** Returns the object with additional annotations. */
export function annotated(object: K8sObject, more: Readonly<Record<string, string>>): K8sObject {
  const annotations = { ...(object.metadata.annotations as Record<string, string>), ...more };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** What the objects of a component have in common. */
export interface ObjectOptions extends pulumi.CustomResourceOptions {
  /** Whether some input is a secret. @default false */
  readonly sensitive?: boolean;
  /** Takes ownership of the object in a cluster. @default left to the provider */
  readonly ownership?: Ownership;
}

/**
 * The hooks that look at the cluster come before every other hook, because others may wait or
 * change something. Shared parts are deleted by a hook if no one else needs them, and never by
 * Pulumi.
 */
function ownedOptions(
  object: K8sObject,
  ownership: Ownership,
  { hooks, retainOnDelete }: pulumi.CustomResourceOptions,
): pulumi.CustomResourceOptions {
  const { gates, hook, scaling, sharing, failed, bundles, injectors } = ownership;
  const isShared = ownership.removesByHook && sharedPart(object) !== undefined;
  const change = isWebhook(object) ? [bundles.change, injectors.hook] : [];
  const removal = ownership.removesByHook && isWebhook(object) ? [bundles.removal] : [];
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
    // The old and the new object have the same name, so deleting the old one after creating the
    // new one would delete both.
    ...(isWebhook(object) && { deleteBeforeReplace: true }),
  };
}

/**
 * Registers one object as a resource of Pulumi's Kubernetes provider, without the fields that
 * istiod later writes into its own webhooks.
 *
 * It does not use the SDK's typed classes, because loading them all takes longer than a whole
 * preview.
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
  // A field without a value becomes an output.
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
