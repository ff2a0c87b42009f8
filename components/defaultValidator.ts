import { isWebhook } from "../mesh/render/objects";
import type { Base } from "./base";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "./meshPart";
import type * as pulumi from "./sdk";

/** The default validator's part as it was while Base had it. */
export interface FormerPlace {
  readonly base: Base;
  /** Name of the base. */
  readonly name: string;
}

/**
 * The default validator, which asks the control plane of `values.defaultRevision`. It comes after the
 * control planes, so that it goes before what answers it (pain 13).
 *
 * @see Istio's chart `base` (istiod-default-validator)
 */
export class DefaultValidator extends MeshPart {
  constructor(
    name: string,
    args: MeshArgs,
    opts: pulumi.ComponentResourceOptions,
    private readonly former: FormerPlace,
  ) {
    super("servicemesh:index:DefaultValidator", name, args as MeshSource, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const rendered = await shared.render("base");
    const webhooks = rendered.flatMap(({ objects }) => objects).filter(isWebhook);
    const { base, name: formerName } = this.former;
    return this.registerAll(name, webhooks, shared.sensitive, {
      former: { component: formerName, parent: base },
    });
  }
}
