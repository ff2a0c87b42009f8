import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { blocks, cell, codeCell, generatedPage, table } from "./markdown";

/** The annotation in which an overlay lists the paths that a later layer must set. */
const REQUIRES = "pulumi-service-mesh/requires";

/** What the page says about an overlay. */
interface Described {
  readonly name: string;
  /** The comment at the top of the file. */
  readonly meaning: string;
  readonly requires: string;
}

interface Annotated {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** Returns the comment at the top of a file, on one line. */
function headComment(text: string): string {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  return lines
    .slice(0, end)
    .map((line) => line.slice(1).trim())
    .join(" ");
}

/** @throws Error for an overlay without a comment at the top */
function describe(path: string): Described {
  const text = readFileSync(path, "utf8");
  const meaning = headComment(text);
  if (meaning === "") {
    throw new Error(`${path} has no comment at its head that says what it is for`);
  }
  const requires = (parse(text) as Annotated).metadata?.annotations?.[REQUIRES] ?? "";
  return { name: basename(path, ".yaml"), meaning, requires };
}

function describeFolder(folder: string): readonly Described[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => describe(join(folder, file)));
}

function optionTable(options: readonly Described[]): string {
  const rows = options.map(({ name, meaning, requires }) => [
    codeCell(name),
    cell(meaning),
    requires
      .split(",")
      .map((path) => codeCell(path.trim()))
      .join(", "),
  ]);
  return table(["option", "meaning", "you have to set"], rows);
}

function profileTable(profiles: readonly Described[]): string {
  const rows = profiles.map(({ name, meaning }) => [codeCell(name), cell(meaning)]);
  return table(["profile", "meaning"], rows);
}

/** Describes the built-in options and profiles by the comments at the top of their files. */
export function overlayReference(root: string): string {
  const folder = join(root, "overlays");
  return generatedPage(
    "the files in overlays/",
    "# Options and profiles",
    blocks(
      "## Options",
      "Options are the overlays that the package brings. Name them in `mesh:overlays`, or with `--option` " +
        "of the command, without `.yaml`. [Overlays](../overlays.md) says how they are merged.",
      optionTable(describeFolder(join(folder, "options"))),
    ),
    blocks(
      "## Profiles",
      "A profile is the lowest layer. Name it in `mesh:profile`, or with `--profile` of the command. " +
        "`mesh profile dump NAME` prints what it sets, `mesh profile diff A B` how two of them differ. " +
        "Some profiles differ by Istio version.",
      profileTable(describeFolder(join(folder, "profiles"))),
    ),
  );
}
