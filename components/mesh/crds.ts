import { isCrd } from "../../mesh/k8s/objects";
import type { Target } from "../../mesh/model/target";
import { timeoutSeconds } from "../../mesh/model/timeouts";
import { registerCrds } from "../objects/crd/crds";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import { resolveTarget } from "../objects/target";
import { ClusterSession } from "../pulumi/clusterSession";
import type { InputArgs } from "../pulumi/inputs";
import type * as pulumi from "../pulumi/sdk";

/** The inputs of the CRDs, each of which may be an Output. */
export type CrdsArgs = MeshArgs & {
  /**
   * The cluster to apply the CRDs to. With a target, Pulumi's state holds a digest of each CRD, so
   * that previews are much faster, and newer CRDs in the cluster are kept.
   *
   * @default the component's provider applies them as they are
   */
  readonly target?: InputArgs<Target | undefined>;
};

/** The CRDs of a mesh. Programs create {@link Crds}. @internal */
export class CrdsPart extends MeshPart {
  constructor(
    name: string,
    source: MeshSource,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly target: InputArgs<Target | undefined>,
  ) {
    super("servicemesh:index:Crds", name, source, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const { value } = await resolveTarget(this.target, this);
    // A target that a preview does not know yet is a target too.
    const isTracked = value === undefined || value.target !== undefined;
    if (isTracked && shared.ownership?.sharing.usesCrds) {
      return { objects: [] };
    }
    const rendered = await shared.render("base");
    const objects = rendered.flatMap((part) => part.objects).filter(isCrd);
    const made = await registerCrds(name, objects, {
      session: isTracked
        ? (shared.ownership?.session ?? new ClusterSession(this.target))
        : undefined,
      timeoutSeconds: timeoutSeconds(shared.inputs, "crds"),
      onDestroy: shared.inputs?.crdsOnDestroy ?? "keep",
      gates: shared.ownership?.gates,
      parent: this,
      dependsOn: this.after(),
    });
    for (const resource of made) {
      this.count(resource, 0);
    }
    return { objects };
  }
}

/**
 * Istio's CustomResourceDefinitions, which must exist before everything that uses them. They stay
 * in the cluster when the stack is destroyed, unless `crdsOnDestroy` says otherwise.
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const crds = new Crds("istio-crds", { version: "1.31.0", target: { kind: "cluster" } });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `base`)
 */
export class Crds extends CrdsPart {
  constructor(name: string, args: CrdsArgs, opts?: pulumi.ComponentResourceOptions) {
    const { target, ...mesh } = args;
    super(name, { args: mesh }, opts, target);
  }
}
