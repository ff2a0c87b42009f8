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

/** What else the base makes. */
export interface BaseOptions {
  /** Namespaces to create beside those of the components. @default [] */
  readonly namespaces?: readonly string[];
  /** Leaves the default validator to a DefaultValidator. @default false */
  readonly withoutWebhooks?: boolean;
}

/**
 * What every revision of the control plane shares: the namespaces, the reader's service account and
 * the default validator. One for a cluster.
 *
 * Used alone, it does not know its cluster, and so not who else needs its objects: these go with the
 * stack. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const base = new Base("istio-base", { version: "1.29.1" }, { dependsOn: crds });
 * @see Istio's chart `base`
 */
export class Base extends MeshPart {
  private readonly options: BaseOptions;

  constructor(
    name: string,
    args: MeshArgs,
    opts?: pulumi.ComponentResourceOptions,
    options: BaseOptions = {},
  ) {
    super("servicemesh:index:Base", name, args as MeshSource, opts);
    this.options = options;
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
