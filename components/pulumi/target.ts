import { providerVersion } from "../../adapters/helm/pluginProcess";
import type { Target } from "../../mesh/model/target";
import type { InputArgs } from "./inputs";
import * as pulumi from "./sdk";

/** A {@link Target}, or an Output of one or of any of its fields. */
export type TargetInput = InputArgs<Target>;

class KubernetesProvider extends pulumi.ProviderResource {
  constructor(name: string, args: Record<string, unknown>, opts: pulumi.ResourceOptions) {
    super("kubernetes", name, args, { version: providerVersion(), ...opts });
  }
}

/**
 * A kubeconfig without a cluster, because rendering must not depend on the cluster that kubectl
 * would use. It is an object, because the provider refuses a text together with
 * `renderYamlToDirectory`.
 */
const NO_CLUSTER = { apiVersion: "v1", kind: "Config" };

function providerArgs(target: Target | undefined): Record<string, unknown> {
  if (target?.kind === "render") {
    return { renderYamlToDirectory: target.directory, kubeconfig: NO_CLUSTER };
  }
  return { kubeconfig: target?.kubeconfig, context: target?.context };
}

/**
 * Returns Pulumi's Kubernetes provider for a target.
 *
 * @param name the name of the resource
 * @param target the target; without one, the cluster that kubectl would use
 */
export function targetProvider(
  name: string,
  target: InputArgs<Target | undefined>,
  opts: pulumi.ResourceOptions = {},
): pulumi.ProviderResource {
  const known = pulumi.output(target).apply(providerArgs);
  const args = {
    renderYamlToDirectory: known.renderYamlToDirectory,
    kubeconfig: known.kubeconfig,
    context: known.context,
    // Otherwise an edit deletes istiod's configuration and creates it again.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
  };
  return new KubernetesProvider(name, args, opts);
}
