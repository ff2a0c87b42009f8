import { Command, Option } from "commander";
import { craneAt } from "../adapters/images/crane";
import { findCrane } from "../adapters/images/craneProgram";
import { mapConcurrently } from "../adapters/images/transfer";
import { registryFailureText } from "../mesh/images/failure";
import type { ImageUse } from "../mesh/images/list";
import { sourceOf } from "../mesh/images/mirror";
import type { ImageProbe } from "../mesh/images/step";
import { columns, jsonText } from "./format";
import {
  type ImageFlags,
  imageOptions,
  renderedImages,
  sourcesOf,
  warnOfUnknown,
  withImageFlags,
} from "./imagesInput";
import { mirrorCommand } from "./imagesMirror";
import { verifyCommand } from "./imagesVerify";
import { inputsOf, withInputFlags } from "./inputs";
import { interruptible } from "./interrupt";
import { EXIT_FAILED } from "./report";

type Format = "table" | "json" | "names";

interface ListFlags extends ImageFlags {
  readonly output: Format;
  readonly json?: boolean;
  readonly digests?: boolean;
}

/** An image and the registry's answer, if the registry was asked. */
interface Row extends ImageUse {
  readonly probe?: ImageProbe;
}

const SHOWN_USERS = 2;

/**
 * Lists the first users of an image and the number of the others.
 *
 * @example shownUsers(["a", "b", "c"]) // "a, b, +1"
 */
function shownUsers(users: readonly string[]): string {
  const more = users.length - SHOWN_USERS;
  return [...users.slice(0, SHOWN_USERS), ...(more > 0 ? [`+${more}`] : [])].join(", ");
}

function probeText(probe: ImageProbe): string {
  return "digest" in probe ? probe.digest : "no answer";
}

function table(rows: readonly Row[]): string {
  const asked = rows.some(({ probe }) => probe !== undefined);
  return columns([
    ["IMAGE", ...(asked ? ["DIGEST"] : []), "USED BY"],
    ...rows.map(({ image, users, probe }) => [
      image,
      ...(probe === undefined ? [] : [probeText(probe)]),
      shownUsers(users),
    ]),
  ]);
}

function jsonRow({ image, users, probe }: Row) {
  if (probe === undefined) {
    return { image, users };
  }
  return "digest" in probe
    ? { image, digest: probe.digest, users }
    : { image, users, noAnswer: registryFailureText(probe.failure) };
}

function names(rows: readonly Row[]): string {
  return rows
    .map(({ image, probe }) =>
      probe !== undefined && "digest" in probe ? `${image}@${probe.digest}` : image,
    )
    .map((line) => `${line}\n`)
    .join("");
}

const PRINTERS: Readonly<Record<Format, (rows: readonly Row[]) => string>> = {
  table,
  names,
  json: (rows) => jsonText(rows.map(jsonRow)),
};

function withDigests(images: readonly ImageUse[], flags: ListFlags): Promise<Row[]> {
  const sources = sourcesOf(flags);
  const { imagePlatform: platform, insecureSource: insecure, jobs = 4 } = flags;
  return interruptible((signal) => {
    const crane = craneAt(findCrane({ named: flags.crane }), signal);
    return mapConcurrently(images, jobs, async (use) => ({
      ...use,
      probe: await crane.digest(sourceOf(use.image, sources), { platform, insecure }),
    }));
  });
}

/** Reports the images without a digest and why. The other images are printed anyway. */
function sayWithoutAnswer(rows: readonly Row[]): void {
  for (const { image, probe } of rows) {
    if (probe !== undefined && "failure" in probe) {
      process.stderr.write(`${image}: ${registryFailureText(probe.failure)}\n`);
      process.exitCode = EXIT_FAILED;
    }
  }
}

async function list(flags: ListFlags, overlays: readonly string[]): Promise<void> {
  const found = await renderedImages(inputsOf(flags, overlays), await imageOptions(flags));
  warnOfUnknown(found);
  const rows = flags.digests === true ? await withDigests(found.images, flags) : found.images;
  process.stdout.write(PRINTERS[flags.json === true ? "json" : flags.output](rows));
  sayWithoutAnswer(rows);
}

const EXAMPLES = `
Exit code: 0 fine, 1 wrong input, or a registry gave no digest.

Examples:
  mesh images list --stack prod
  mesh images list --option distroless-proxy --variant debug --output names
  mesh images list --stack prod --cluster                      # also what the cluster's workloads ask for
  mesh images list --digests --json > images.json              # pins for mesh images mirror --pins`;

function listCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("list")
    .description("every image that the mesh pulls, with who uses it")
    .addOption(
      new Option("-o, --output <format>", "how it is printed")
        .choices(["table", "json", "names"])
        .default("table"),
    )
    .option("--json", "the same as --output json")
    .option("--digests", "ask the registries for digests; exit code 1 where one gives none")
    .addHelpText("after", EXAMPLES);
  return withImageFlags(withInputFlags(command, overlays)).action((flags: ListFlags) =>
    list(flags, overlays),
  );
}

/** Returns the command `mesh images`. */
export function imagesCommand(): Command {
  return new Command("images")
    .description("the images of a mesh, a mirror of them in another registry, and their signatures")
    .addCommand(listCommand())
    .addCommand(mirrorCommand())
    .addCommand(verifyCommand());
}
