import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * Istio's CNI plugin on every node. One for a cluster, without a revision; it comes after the
 * control plane (istio#57438).
 *
 * Used alone, it does not know its cluster, and so not who else needs its objects: these go with the
 * stack. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const cni = new Cni("istio-cni", { version: "1.29.1", cni: { environment: "gke" } }, { dependsOn: istiod });
 * @see Istio's chart `cni`
 */
export class Cni extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Cni", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "cni");
  }
}
