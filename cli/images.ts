import { Command } from "commander";
import { craneAt } from "../adapters/images/crane";
import { findCrane } from "../adapters/images/craneProgram";
import { mapConcurrently } from "../adapters/images/transfer";
import { registryFailureText } from "../mesh/images/failure";
import type { ImageUse } from "../mesh/images/list";
import { sourceOf } from "../mesh/images/mirror";
import type { ImageProbe } from "../mesh/images/step";
import { columns } from "./format";
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
import { dataText, OUTPUT_FORMATS, type OutputFormat, withJson, withOutput } from "./output";
import { EXIT_FAILED } from "./report";

type Format = OutputFormat | "name";

interface ListFlags extends ImageFlags {
  readonly output: Format;
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

function textIn(format: Format, rows: readonly Row[]): string {
  switch (format) {
    case "text":
      return table(rows);
    case "name":
      return names(rows);
    default:
      return dataText(rows.map(jsonRow), format);
  }
}

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
  process.stdout.write(textIn(flags.output, rows));
  sayWithoutAnswer(rows);
}

const EXAMPLES = `
Exit code: 0 fine, 1 wrong input, or a registry gave no digest, 2 trouble.

Examples:
  mesh images list --stack prod
  mesh images list --option distroless-proxy --variant debug --output name
  mesh images list --stack prod --cluster                      # also what the cluster's workloads ask for
  mesh images list --digests --json > images.json              # pins for mesh images mirror --pins`;

function listCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("list")
    .description("every image that the mesh pulls, with who uses it")
    .option("--digests", "ask the registries for digests; exit code 1 where one gives none")
    .addHelpText("after", EXAMPLES);
  const formats = [...OUTPUT_FORMATS, "name"];
  withJson(withOutput(command, { formats, aliases: { table: "text", names: "name" } }));
  return withImageFlags(withInputFlags(command, overlays)).action((flags: ListFlags) =>
    list(flags, overlays),
  );
}

const GROUP_EXAMPLES = `
Examples:
  mesh images list --stack prod                               # every image, with who pulls it
  mesh images mirror --stack prod --to registry.example.com/mesh
  mesh images verify --stack prod                             # who has signed each image`;

/** Returns the command `mesh images`. */
export function imagesCommand(): Command {
  return new Command("images")
    .description("the images of a mesh, a mirror of them in another registry, and their signatures")
    .addHelpText("after", GROUP_EXAMPLES)
    .addCommand(listCommand())
    .addCommand(mirrorCommand())
    .addCommand(verifyCommand());
}
