import { renderTools } from "../../adapters/renderTools";
import type { RevisionTagInputs, TagInputs } from "../../mesh/model/tagInputs";
import { tagObjects } from "../../mesh/tag/tag";
import { requireFittingInputs } from "../objects/inputErrors";
import {
  type FormerPlace,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import { PULUMI_NEWS } from "../pulumi/chartNews";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";

/** The inputs of a tag, each of which may be an Output. */
export type RevisionTagArgs = ArgsOf<RevisionTagInputs>;

/** What a ServiceMesh adds to its tags. @internal */
export interface RevisionTagOptions {
  /**
   * Whether the mesh deactivates the default revision's injector in favour of a tag `default`.
   *
   * @default false
   */
  readonly injectorYields?: boolean;
  /** Components that may have contained the tag's objects before. @default [] */
  readonly former?: readonly FormerPlace[];
}

/** A revision tag of a mesh. Programs create {@link RevisionTag}. @internal */
export class RevisionTagPart extends MeshPart {
  /** The name of the tag, which namespaces and gateways use. */
  readonly tag: pulumi.Output<string>;
  /** The revision that the tag points to. Empty for Istio's default revision. */
  readonly revision: pulumi.Output<string>;
  protected override readonly outputNames = ["tag", "revision"];

  constructor(
    name: string,
    source: MeshSource,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly given: ArgsOf<TagInputs>,
    private readonly options: RevisionTagOptions,
  ) {
    super("servicemesh:index:RevisionTag", name, source, opts, given);
    this.tag = this.partOutput("tag");
    this.revision = this.partOutput("revision");
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const { value, sensitive } = await resolveArgs(this.given);
    const { mesh, inputs } = shared;
    const { injectorYields = false, former } = this.options;
    if (value === undefined || mesh === undefined) {
      void pulumi.log.warn("the tag's objects are known only after the update", this);
      return { objects: undefined };
    }
    const hidden = sensitive || shared.sensitive;
    if (!injectorYields) {
      requireFittingInputs("RevisionTagInputs", { ...inputs, ...value }, this, hidden);
    }
    const tools = renderTools(inputs?.charts, { sensitive: hidden, news: PULUMI_NEWS });
    const objects = await tagObjects({ ...value, mesh, injectorYields }, tools);
    const outputs = hiddenIf(sensitive, { tag: value.tag, revision: value.revision });
    return { ...this.registerAll(name, objects, hidden, { former }), outputs };
  }
}

/**
 * A revision tag: another name for a revision of the control plane, which namespaces and gateways
 * use. Moving it to another revision updates its objects in place and deletes nothing. The tag
 * `default` moves the default validator and its Service too.
 *
 * Its objects equal those of `istioctl tag generate`, except for the `caBundle`, which istiod
 * writes.
 *
 * @throws ResourceError when the tag is named like its revision, or the control plane or the base of
 * the same mesh makes the same objects (`values.revisionTags`, `values.defaultRevision`)
 * @example
 * new RevisionTag("stable", { tag: "stable", revision: "1-31-0", version: "1.31.0" }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/#stable-revision-labels
 */
export class RevisionTag extends RevisionTagPart {
  constructor(name: string, args: RevisionTagArgs, opts?: pulumi.ComponentResourceOptions) {
    // In the args of a mesh, `tag` is the tag of its images.
    const { tag, ...mesh } = args;
    super(name, { args: mesh }, opts, { tag, revision: args.revision }, {});
  }
}
