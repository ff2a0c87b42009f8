import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * The node proxy of ambient mode. One for a cluster; it comes after the CNI plugin.
 *
 * Used alone, it does not know its cluster, and so not who else needs its objects: these go with the
 * stack. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const ztunnel = new Ztunnel("ztunnel", { version: "1.29.1", profile: "ambient" }, { dependsOn: cni });
 * @see Istio's chart `ztunnel`
 */
export class Ztunnel extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Ztunnel", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "ztunnel");
  }
}
