import {
  type FormerPlace,
  MeshPart,
  type PartData,
  type SharedMesh,
  sharedSource,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * The injector of Istio's default revision beside a tag `default`, which has taken its place: it stays,
 * and injects no pod. It comes after the tag. Among the objects of its control plane it would be
 * deactivated before the tag is there, and new pods would get no proxy until the control plane that
 * the tag points to has come up.
 */
export class YieldedInjector extends MeshPart {
  constructor(
    name: string,
    shared: SharedMesh,
    opts: pulumi.ComponentResourceOptions,
    private readonly former: FormerPlace,
  ) {
    super("servicemesh:index:YieldedInjector", name, sharedSource(Promise.resolve(shared)), opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "pilot", [this.former]);
  }
}
