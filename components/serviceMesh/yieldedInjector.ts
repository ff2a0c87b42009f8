import { type FormerPlace, MeshPart, type PartData, type SharedMesh } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * The injector of Istio's default revision after a tag `default` has replaced it: it stays, but
 * injects no pod. It comes after the tag. As part of its control plane, it would be deactivated
 * before the tag exists, and new pods would get no proxy until the tag's control plane is ready.
 */
export class YieldedInjector extends MeshPart {
  constructor(
    name: string,
    shared: SharedMesh,
    opts: pulumi.ComponentResourceOptions,
    private readonly former: FormerPlace,
  ) {
    super("servicemesh:index:YieldedInjector", name, { shared }, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "pilot", { former: [this.former] });
  }
}
