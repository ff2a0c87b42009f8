import { isWebhook } from "../../mesh/k8s/objects";
import { type FormerPlace, MeshPart, type PartData, type SharedMesh } from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/**
 * The default validator, which calls the control plane of `values.defaultRevision`. It is created
 * after the control planes, so that it is deleted before the control plane that answers it.
 *
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `base`) (istiod-default-validator)
 */
export class DefaultValidator extends MeshPart {
  constructor(
    name: string,
    shared: SharedMesh,
    opts: pulumi.ComponentResourceOptions,
    private readonly former: readonly FormerPlace[],
  ) {
    super("servicemesh:index:DefaultValidator", name, { shared }, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const rendered = await shared.render("base");
    const webhooks = rendered.flatMap(({ objects }) => objects).filter(isWebhook);
    return this.registerAll(name, webhooks, shared.sensitive, { former: this.former });
  }
}
