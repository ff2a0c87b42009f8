import { Command, Option } from "commander";
import { makeBundle, openBundle } from "../adapters/images/bundleFolder";
import { type Crane, craneAt } from "../adapters/images/crane";
import { findCrane } from "../adapters/images/craneProgram";
import {
  bundlePushTarget,
  bundleSource,
  bundleTarget,
  registrySource,
  registryTarget,
} from "../adapters/images/stores";
import {
  type MirrorTarget,
  type Outcome,
  type PlannedItem,
  planItems,
  type Store,
  type TransferOptions,
  transferImages,
} from "../adapters/images/transfer";
import { type Problem, throwIfAny } from "../mesh/common/problem";
import type { ImageUse } from "../mesh/images/list";
import { type MirrorItem, type MirrorPlan, planMirror, planTakeAway } from "../mesh/images/mirror";
import { missingPins } from "../mesh/images/pins";
import { mirrorScript, SCRIPT_TOOLS, type ScriptTool } from "../mesh/images/script";
import { mirrorOverlay, outside } from "../mesh/images/settings";
import type { ServiceMeshInputs } from "../mesh/model/serviceMeshInputs";
import {
  type ImageFlags,
  imageOptions,
  pinsIn,
  renderedImages,
  sourcesOf,
  warnOfUnknown,
  withImageFlags,
} from "./imagesInput";
import {
  digestOf,
  outcomeText,
  planFailures,
  planText,
  progress,
  sayFailures,
} from "./imagesReport";
import { inputsOf, withInputFlags } from "./inputs";
import { interruptible } from "./interrupt";
import { type OutputFormat, withJson, withOutput } from "./output";
import { flagsOf } from "./report";

interface MirrorFlags extends ImageFlags {
  readonly to?: string;
  readonly toBundle?: string;
  readonly fromBundle?: string;
  readonly yes?: boolean;
  readonly script?: ScriptTool | true;
  readonly overwrite?: boolean;
  readonly insecure?: boolean;
  readonly pins?: string;
  readonly output: OutputFormat;
}

/** Where images come from and go to, and what is printed after they are copied. */
interface Route {
  readonly items: readonly MirrorItem[];
  stores(
    crane: Crane,
    options: TransferOptions,
  ): { readonly from: Store; readonly to: MirrorTarget };
  /** Runs before anything is copied. */
  prepare?(): void;
  /** Returns the settings with which a mesh uses the images. A bundle has none. */
  overlay?(): Promise<string>;
}

function usage(reason: string, fix: string): Problem {
  return { source: flagsOf("images mirror"), path: "", reason, fix };
}

function checkFlags({ to, toBundle, fromBundle, script, yes }: MirrorFlags): void {
  const neither = to === undefined && toBundle === undefined;
  throwIfAny([
    ...(neither ? [usage("goes nowhere", "--to REGISTRY/PATH, or --to-bundle FOLDER")] : []),
    ...(to !== undefined && toBundle !== undefined
      ? [usage("cannot go to both --to and --to-bundle", "run it twice")]
      : []),
    ...(fromBundle !== undefined && to === undefined && !neither
      ? [usage("takes a bundle only to a registry", "--from-bundle FOLDER --to REGISTRY/PATH")]
      : []),
    ...(script !== undefined && (to === undefined || fromBundle !== undefined)
      ? [usage("--script goes from registry to registry", "--to REGISTRY/PATH")]
      : []),
    ...(script !== undefined && yes === true
      ? [usage("either prints a script or does it", "leave out --script or --yes")]
      : []),
  ]);
}

function checked({ items, problems }: MirrorPlan): readonly MirrorItem[] {
  throwIfAny(problems);
  return items;
}

/**
 * Renders the mesh again with the mirror's hub, and returns the images that still come from
 * elsewhere.
 */
async function stillElsewhere(
  inputs: ServiceMeshInputs,
  to: string,
  flags: MirrorFlags,
): Promise<ImageUse[]> {
  const set = [...(inputs.set ?? []), `hub=${to}`];
  return outside(to, (await renderedImages({ ...inputs, set }, await imageOptions(flags))).images);
}

async function fromInputs(flags: MirrorFlags, overlays: readonly string[]): Promise<Route> {
  const inputs = inputsOf(flags, overlays);
  const sources = sourcesOf(flags);
  const found = await renderedImages(inputs, await imageOptions(flags));
  warnOfUnknown(found);
  const images = found.images.map(({ image }) => image);
  const { to, toBundle } = flags;
  if (toBundle !== undefined) {
    return {
      items: checked(planTakeAway(images, sources)),
      prepare: () => makeBundle(toBundle),
      stores: (crane, options) => ({
        from: registrySource(crane, options),
        to: bundleTarget(crane, toBundle, options),
      }),
    };
  }
  const path = to ?? "";
  const items = checked(planMirror({ images, to: path, sources }));
  const targets = items.map(({ target }) => target);
  return {
    items,
    stores: (crane, options) => ({
      from: registrySource(crane, options),
      to: registryTarget(crane, options),
    }),
    overlay: async () => mirrorOverlay(path, targets, await stillElsewhere(inputs, path, flags)),
  };
}

function fromBundle(folder: string, flags: MirrorFlags): Route {
  const { to = "" } = flags;
  const entries = openBundle(folder);
  const items = checked(planMirror({ images: entries.map(({ image }) => image), to }));
  return {
    items,
    stores: (crane, options) => ({
      from: bundleSource(folder, entries),
      to: bundlePushTarget(crane, folder, entries, options),
    }),
    overlay: async () =>
      mirrorOverlay(
        to,
        items.map(({ target }) => target),
      ),
  };
}

function transferOptions(flags: MirrorFlags, items: readonly MirrorItem[]): TransferOptions {
  const { imagePlatform: platform, jobs, insecure, insecureSource, overwrite } = flags;
  const pins = flags.pins === undefined ? undefined : pinsIn(flags.pins);
  const images = items.map(({ image }) => image);
  throwIfAny(pins === undefined ? [] : missingPins(flags.pins ?? "", pins, images));
  return { platform, jobs, insecure, insecureSource, overwrite, pins };
}

function printScript(plan: readonly PlannedItem[], flags: MirrorFlags): void {
  const tool = flags.script === undefined || flags.script === true ? "docker" : flags.script;
  const items = plan
    .filter(({ step }) => step.kind === "copy" || step.kind === "failed")
    .map((item) => ({ ...item, digest: digestOf(item) || undefined }));
  process.stdout.write(mirrorScript(items, tool, { platform: flags.imagePlatform }));
}

async function dryRun(
  plan: readonly PlannedItem[],
  route: Route,
  flags: MirrorFlags,
): Promise<void> {
  sayFailures(planFailures(plan));
  if (flags.script !== undefined) {
    printScript(plan, flags);
    return;
  }
  process.stdout.write(planText(plan, flags.output));
  const count = plan.filter(({ step }) => step.kind === "copy").length;
  process.stderr.write(
    `${count} of ${plan.length} images to copy; nothing was done: --yes does it\n`,
  );
  await printOverlay(route, flags);
}

async function printOverlay(route: Route, { output }: MirrorFlags): Promise<void> {
  if (route.overlay !== undefined && output === "text") {
    process.stdout.write(`\n# Overlay of a mesh that uses the mirror:\n${await route.overlay()}`);
  }
}

async function doIt(outcomes: readonly Outcome[], route: Route, flags: MirrorFlags): Promise<void> {
  process.stdout.write(outcomeText(outcomes, flags.output));
  const failed = outcomes.filter(({ result }) => result === "failed");
  sayFailures(failed);
  if (failed.length === 0) {
    await printOverlay(route, flags);
  } else {
    process.stderr.write(`${failed.length} of ${outcomes.length} failed; run it again to go on\n`);
  }
}

async function mirror(flags: MirrorFlags, overlays: readonly string[]): Promise<void> {
  checkFlags(flags);
  const route =
    flags.fromBundle === undefined
      ? await fromInputs(flags, overlays)
      : fromBundle(flags.fromBundle, flags);
  const given = transferOptions(flags, route.items);
  await interruptible(async (signal) => {
    const options = { ...given, signal };
    const crane = craneAt(findCrane({ named: flags.crane }), signal);
    const { from, to } = route.stores(crane, options);
    if (flags.yes === true) {
      route.prepare?.();
    }
    const plan = await planItems(route.items, from, to, options);
    if (flags.yes !== true) {
      await dryRun(plan, route, flags);
      return;
    }
    const outcomes = await transferImages(plan, to, options, progress(plan.length));
    await doIt(outcomes, route, flags);
  });
}

const EXAMPLES = `
Exit code: 0 fine, 1 wrong input, or an image could not be copied, 2 trouble.

Examples:
  mesh images mirror --to registry.example.com/mesh                 # the plan: what would be copied
  mesh images mirror --to registry.example.com/mesh --yes           # does it; again goes on where it stopped
  mesh images mirror --to registry.example.com/mesh --script docker # pull, tag and push for a shell
  mesh images mirror --to-bundle images --yes                       # an OCI layout, to carry over
  mesh images mirror --from-bundle images --to registry.example.com/mesh --yes`;

/** Returns the command `mesh images mirror`. */
export function mirrorCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("mirror")
    .description("copy the images of a mesh to another registry, checked by digest")
    .option("--to <registry/path>", "where they go, as `hub` will name it")
    .option("--to-bundle <folder>", "put them into an OCI layout instead")
    .option("--from-bundle <folder>", "take them from such a layout, without the input flags")
    .option("-y, --yes", "do it (default: only print the plan)")
    .addOption(
      new Option("--script [tool]", "print a shell script that does it").choices(SCRIPT_TOOLS),
    )
    .option("--overwrite", "replace other content under the same tag")
    .option(
      "--pins <file>",
      "digests that sources must have, from mesh images list --digests --json",
    )
    .option("--insecure", "the target may use plain HTTP or an unknown certificate")
    .addHelpText("after", EXAMPLES);
  withJson(withOutput(command));
  return withImageFlags(withInputFlags(command, overlays)).action((flags: MirrorFlags) =>
    mirror(flags, overlays),
  );
}
