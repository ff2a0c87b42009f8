import { isCrd, isWebhook } from "../../mesh/k8s/objects";
import { namespaceObjects } from "../../mesh/spec/meshObjects";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";

/** What a ServiceMesh adds to its base. @internal */
export interface BaseOptions {
  /** Namespaces to create in addition to those of the components. @default [] */
  readonly namespaces?: readonly string[];
  /** Leaves the default validator to a `DefaultValidator` component. @default false */
  readonly withoutWebhooks?: boolean;
}

/** The base of a mesh. Programs create {@link Base}. @internal */
export class BasePart extends MeshPart {
  constructor(
    name: string,
    source: MeshSource,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly options: BaseOptions,
  ) {
    super("servicemesh:index:Base", name, source, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const { mesh, sensitive } = shared;
    const { namespaces: more = [], withoutWebhooks = false } = this.options;
    const namespaces = mesh === undefined ? [] : namespaceObjects([mesh], more);
    const rendered = await shared.render("base");
    const objects = rendered
      .flatMap((part) => part.objects)
      .filter((object) => !isCrd(object) && !(withoutWebhooks && isWebhook(object)));
    return this.registerAll(name, [...namespaces, ...objects], sensitive);
  }
}

/**
 * The objects that all revisions of the control plane share: the namespaces, the reader's service
 * account and the default validator. A cluster has one base.
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const base = new Base("istio-base", { version: "1.31.0" }, { dependsOn: crds });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `base`)
 */
export class Base extends BasePart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts, {});
  }
}
