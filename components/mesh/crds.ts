import { isCrd } from "../../mesh/k8s/objects";
import { timeoutSeconds } from "../../mesh/model/timeouts";
import { registerCrds } from "../objects/crd/crds";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import { ClusterSession } from "../pulumi/clusterSession";
import type * as pulumi from "../pulumi/sdk";
import type { TargetInput } from "../pulumi/target";

/** Where to apply the CRDs. */
export interface CrdsOptions {
  /**
   * The cluster to apply the CRDs to. With a target, Pulumi's state holds a digest of each CRD, so
   * that previews are much faster, and newer CRDs in the cluster are kept.
   *
   * @default the component's provider applies them as they are
   */
  readonly target?: TargetInput;
}

/**
 * Istio's CustomResourceDefinitions, which must exist before everything that uses them. They stay
 * in the cluster when the stack is destroyed, unless `crdsOnDestroy` says otherwise.
 *
 * @example
 * const crds = new Crds("istio-crds", { version: "1.29.1" });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `base`)
 */
export class Crds extends MeshPart {
  private readonly target: TargetInput | undefined;

  constructor(
    name: string,
    args: MeshArgs,
    opts?: pulumi.ComponentResourceOptions,
    options: CrdsOptions = {},
  ) {
    super("servicemesh:index:Crds", name, args as MeshSource, opts);
    this.target = options.target;
  }

  private session({ ownership }: SharedMesh): ClusterSession | undefined {
    return this.target && (ownership?.session ?? new ClusterSession(this.target));
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    if (this.target !== undefined && shared.ownership?.sharing.usesCrds) {
      return { objects: [] };
    }
    const rendered = await shared.render("base");
    const objects = rendered.flatMap((part) => part.objects).filter(isCrd);
    const made = await registerCrds(name, objects, {
      session: this.session(shared),
      timeoutSeconds: timeoutSeconds(shared.inputs, "crds"),
      onDestroy: shared.inputs?.crdsOnDestroy ?? "keep",
      gates: shared.ownership?.gates,
      parent: this,
      dependsOn: this.after(),
    });
    for (const resource of made) {
      this.count(resource, 0);
    }
    return { objects };
  }
}
