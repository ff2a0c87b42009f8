import { renderTools } from "../../adapters/renderTools";
import type { RevisionTagInputs, TagInputs } from "../../mesh/model/tagInputs";
import { tagObjects } from "../../mesh/tag/tag";
import {
  type FormerPlace,
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  requireFittingInputs,
  type SharedMesh,
  type SharedSource,
} from "../objects/meshPart";
import { PULUMI_NEWS } from "../pulumi/chartNews";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";

/** The inputs of a tag, each of which may be an Output. */
export type RevisionTagArgs = ArgsOf<RevisionTagInputs>;

/** Returns the args of a tag in a ServiceMesh, whose mesh is that of its revision. @internal */
export function sharedTag(tag: ArgsOf<TagInputs>, shared: Promise<SharedMesh>): RevisionTagArgs {
  return Object.defineProperty({ ...tag }, "shared", {
    value: shared,
  }) as unknown as RevisionTagArgs;
}

type TagArgs = ArgsOf<TagInputs> & MeshSource;

/** Returns the mesh's part of the args, where `tag` is the tag of the images. */
function meshSource(args: TagArgs): MeshSource {
  if ("shared" in args) {
    return args as SharedSource;
  }
  const { tag: _, ...mesh } = args;
  return mesh as MeshArgs;
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
 * new RevisionTag("stable", { tag: "stable", revision: "1-29-1", version: "1.29.1" }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/#stable-revision-labels
 */
export class RevisionTag extends MeshPart {
  /** The name of the tag, which namespaces and gateways use. */
  readonly tag: pulumi.Output<string>;
  /** The revision that the tag points to. Empty for Istio's default revision. */
  readonly revision: pulumi.Output<string>;
  protected override readonly outputNames = ["tag", "revision"];
  /** The base class's constructor sets this, so it must not have an initial value. */
  private declare given: ArgsOf<TagInputs>;
  /**
   * Whether the ServiceMesh deactivates the default revision's injector in favour of a tag
   * `default`.
   */
  private declare injectorYields: boolean;

  /** @param former components that may have contained its objects before @internal */
  constructor(
    name: string,
    args: RevisionTagArgs,
    opts?: pulumi.ComponentResourceOptions,
    private readonly former: readonly FormerPlace[] = [],
  ) {
    super("servicemesh:index:RevisionTag", name, args as unknown as MeshSource, opts);
    this.tag = this.partOutput("tag");
    this.revision = this.partOutput("revision");
  }

  protected override initialize(
    source: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): ReturnType<MeshPart["initialize"]> {
    const args = source as TagArgs;
    this.given = { tag: args.tag, revision: args.revision };
    this.injectorYields = "shared" in args;
    return super.initialize(meshSource(args) as pulumi.Inputs, opts, name);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const { value, sensitive } = await resolveArgs(this.given);
    const { mesh, inputs } = shared;
    if (value === undefined || mesh === undefined) {
      void pulumi.log.warn("the tag's objects are known only after the update", this);
      return { objects: undefined };
    }
    const hidden = sensitive || shared.sensitive;
    if (!this.injectorYields) {
      requireFittingInputs("RevisionTagInputs", { ...inputs, ...value }, this, hidden);
    }
    const tools = renderTools(inputs?.charts, { sensitive: hidden, news: PULUMI_NEWS });
    const { injectorYields } = this;
    const objects = await tagObjects({ ...value, mesh, injectorYields }, tools);
    const outputs = hiddenIf(sensitive, { tag: value.tag, revision: value.revision });
    return { ...this.registerAll(name, objects, hidden, { former: this.former }), outputs };
  }
}
