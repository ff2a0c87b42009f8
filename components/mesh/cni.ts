import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * Istio's CNI plugin on every node. A cluster has one plugin, without a revision. It comes after
 * the control plane (istio#57438).
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const cni = new Cni("istio-cni", { version: "1.29.1", cni: { environment: "gke" } }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `cni`)
 */
export class Cni extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Cni", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "cni");
  }
}
