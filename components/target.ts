import * as pulumi from "@pulumi/pulumi";
import type { StackTarget } from "../mesh/stackConfig";
import { providerVersion } from "./helm/pluginProcess";

/**
 * Where a mesh goes.
 *
 * - `render`: manifests are written to `directory` (CRDs to `0-crd`, the rest to `1-manifest`); no
 *   cluster is needed
 * - `cluster`: `kubeconfig` is a path or the content of one @default what kubectl would use;
 *   `context` is one of its contexts @default its current one
 */
export type Target = StackTarget;

class KubernetesProvider extends pulumi.ProviderResource {
  constructor(name: string, args: Record<string, unknown>, opts: pulumi.ResourceOptions) {
    super("kubernetes", name, args, { version: providerVersion(), ...opts });
  }
}

/**
 * Pulumi's Kubernetes provider for a target.
 *
 * @param name of the resource
 */
export function targetProvider(
  name: string,
  target: pulumi.Input<Target>,
  opts: pulumi.ResourceOptions = {},
): pulumi.ProviderResource {
  const known = pulumi.output(target);
  const args = {
    renderYamlToDirectory: known.apply((t) => (t.kind === "render" ? t.directory : undefined)),
    kubeconfig: known.apply((t) => (t.kind === "cluster" ? t.kubeconfig : undefined)),
    context: known.apply((t) => (t.kind === "cluster" ? t.context : undefined)),
  };
  return new KubernetesProvider(name, args, opts);
}
