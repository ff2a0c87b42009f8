import { renderTools } from "../../adapters/renderTools";
import type { RevisionTagInputs, TagInputs } from "../../mesh/model/tagInputs";
import { tagObjects } from "../../mesh/tag/tag";
import {
  type FormerPlace,
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
  type SharedSource,
} from "../objects/meshPart";
import { PULUMI_NEWS } from "../pulumi/chartNews";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";

/** Inputs of a tag, each of which may be an Output. */
export type RevisionTagArgs = ArgsOf<RevisionTagInputs>;

/** Args of a tag below a ServiceMesh: the mesh is the one that the revision belongs to. @internal */
export function sharedTag(tag: ArgsOf<TagInputs>, shared: Promise<SharedMesh>): RevisionTagArgs {
  return Object.defineProperty({ ...tag }, "shared", {
    value: shared,
  }) as unknown as RevisionTagArgs;
}

type TagArgs = ArgsOf<TagInputs> & MeshSource;

/** The mesh's share of the args: `tag` there is the tag of the images. */
function meshSource(args: TagArgs): MeshSource {
  if ("shared" in args) {
    return args as SharedSource;
  }
  const { tag: _, ...mesh } = args;
  return mesh as MeshArgs;
}

/**
 * A revision tag: another name for a revision of the control plane, for namespaces and
 * gateways to use. To point it to the next revision is one update of each of its objects; nothing
 * is deleted on the way. The tag `default` moves the default validator and its Service along.
 *
 * Its objects equal those of `istioctl tag generate`, but for the `caBundle`, which istiod writes.
 *
 * @throws ResourceError when the tag is named like its revision, or the control plane or the base of
 * the same mesh makes the same objects (`values.revisionTags`, `values.defaultRevision`)
 * @example
 * new RevisionTag("stable", { tag: "stable", revision: "1-29-1", version: "1.29.1" }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/#stable-revision-labels
 */
export class RevisionTag extends MeshPart {
  /** Name of the tag, for namespaces and gateways to use. */
  readonly tag: pulumi.Output<string>;
  /** Revision that the tag points to; empty for Istio's default revision. */
  readonly revision: pulumi.Output<string>;
  protected override readonly outputNames = ["tag", "revision"];
  /** Set while the base class is constructed, so no initial value may overwrite it. */
  private declare given: ArgsOf<TagInputs>;
  /** The ServiceMesh above has the default revision's injector give way to a tag `default`. */
  private declare injectorYields: boolean;

  /** @param former components that may have had its objects before @internal */
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
    const tools = renderTools(inputs?.charts, { sensitive: hidden, news: PULUMI_NEWS });
    const { injectorYields } = this;
    const objects = await tagObjects({ ...value, mesh, injectorYields }, tools);
    const outputs = hiddenIf(sensitive, { tag: value.tag, revision: value.revision });
    return { ...this.registerAll(name, objects, hidden, { former: this.former }), outputs };
  }
}
