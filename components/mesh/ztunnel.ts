import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * The node proxy of ambient mode. A cluster has one, and it comes after the CNI plugin.
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const ztunnel = new Ztunnel("ztunnel", { version: "1.29.1", profile: "ambient" }, { dependsOn: cni });
 * @see https://istio.io/latest/docs/ambient/install/helm/ (chart `ztunnel`)
 */
export class Ztunnel extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Ztunnel", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "ztunnel");
  }
}
