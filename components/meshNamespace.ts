import { INJECTION_LABEL } from "../mesh/injection/labels";
import { labelledNamespace } from "../mesh/namespace/object";
import type { NamespaceInputs } from "../mesh/namespace/types";
import { getPath } from "../mesh/translate";
import { type Cluster, succeeded } from "./cluster";
import { type GuardTarget, targetCluster } from "./guards";
import { type ArgsOf, resolveArgs } from "./inputs";
import { registerObject, registerPatch } from "./kubernetesObject";
import { inputError, warnUnknown } from "./meshPart";
import { restartWorkloads } from "./restart";
import * as pulumi from "./sdk";

/** Inputs of a namespace, each of which may be an Output. */
export type MeshNamespaceArgs = ArgsOf<NamespaceInputs>;

/** What a namespace of the mesh needs beside its inputs. */
export interface MeshNamespaceOptions {
  /**
   * The cluster whose workloads are restarted, and where `istio-injection` is taken away.
   * @default the labels are set, and nothing else
   */
  readonly target?: GuardTarget;
}

/** With both labels, `istio-injection` would win over the revision (istio#40134). */
async function takeInjectionLabel(cluster: Cluster, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const answer = await cluster.call("GET", path);
  if (
    answer.status === 404 ||
    getPath(answer.body, `metadata.labels.${INJECTION_LABEL}`) === undefined
  ) {
    return;
  }
  const patch = { metadata: { labels: { [INJECTION_LABEL]: null } } };
  succeeded(`Namespace ${name}`, await cluster.call("PATCH", path, patch, "merge"));
}

/**
 * A namespace of the mesh (row D3): labelled for a revision or tag, without `istio-injection`, and on
 * request with its workloads restarted in bounded batches when the label moves.
 *
 * An existing namespace keeps everything else; when the resource goes, only the label does.
 *
 * @throws ResourceError when a workload does not become ready again; a rerun goes on
 * @example
 * new MeshNamespace("shop", { name: "shop", revision: "stable", restart: { batchSize: 5 } });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/#data-plane
 */
export class MeshNamespace extends pulumi.ComponentResource {
  private readonly target: GuardTarget;

  constructor(
    name: string,
    args: MeshNamespaceArgs,
    opts?: pulumi.ComponentResourceOptions,
    options: MeshNamespaceOptions = {},
  ) {
    super("servicemesh:index:MeshNamespace", name, args as pulumi.Inputs, opts);
    this.target = options.target;
  }

  protected override async initialize(
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<void> {
    const { value, sensitive } = await resolveArgs(args as MeshNamespaceArgs);
    if (value === undefined) {
      warnUnknown(this);
    } else {
      try {
        this.create(name, value, { dependsOn: opts.dependsOn, sensitive });
      } catch (error) {
        throw inputError(error, this, sensitive);
      }
    }
    this.registerOutputs({});
  }

  private create(
    name: string,
    inputs: NamespaceInputs,
    given: Pick<pulumi.ResourceOptions, "dependsOn"> & { readonly sensitive: boolean },
  ): void {
    const { target } = this;
    const register =
      inputs.create === true || target === undefined ? registerObject : registerPatch;
    const namespace = register(name, labelledNamespace(inputs), { parent: this, ...given });
    if (target !== undefined) {
      const move = moveHook(`${name}:move`, inputs, target, this);
      const hooks = { beforeCreate: [move], beforeUpdate: [move] };
      const { name: of, revision } = inputs;
      const opts = { parent: this, hooks, dependsOn: [namespace] };
      new NamespaceMove(`${name}-move`, { namespace: of, revision }, opts);
    }
  }
}

/**
 * What follows from a move of the label. In the state it has the revision that the workloads were
 * restarted for, so that a restart which was cut short goes on with the next update.
 */
class NamespaceMove extends pulumi.ComponentResource {
  constructor(
    name: string,
    facts: { readonly namespace: string; readonly revision: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("servicemesh:index:NamespaceMove", name, facts, opts);
    this.registerOutputs({});
  }
}

function moveHook(
  name: string,
  inputs: NamespaceInputs,
  target: GuardTarget,
  resource: pulumi.Resource,
): pulumi.ResourceHook {
  return new pulumi.ResourceHook(name, async () => {
    const cluster = await targetCluster(target);
    if (cluster === undefined) {
      return;
    }
    await takeInjectionLabel(cluster, inputs.name);
    if (inputs.restart !== undefined) {
      const tell = (text: string) => void pulumi.log.info(text, resource);
      await restartWorkloads(cluster, inputs, inputs.restart, tell);
    }
  });
}
