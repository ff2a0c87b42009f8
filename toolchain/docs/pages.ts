import { readFileSync } from "node:fs";
import { join } from "node:path";
import { meshProgram } from "../../cli/program";
import versions from "../../mesh/data/versions.json";
import { commandReference } from "./commandReference";
import { overlayReference } from "./overlayReference";
import { previewSentences } from "./previewSentences";
import { replaceRegion } from "./region";
import { istioTable, packageTable } from "./versionTables";

/** A page, or a part of one, that is generated from code. */
export interface Page {
  /** The path below the project's folder. */
  readonly path: string;
  readonly text: string;
}

const COMMAND_INTRODUCTION =
  "`npm run -s mesh -- …` in a clone of the project, `npx mesh …` where the package is installed. " +
  "[Which cluster a command asks](../troubleshooting.md#which-cluster-a-command-asks) says what " +
  "`--stack`, `--kubeconfig` and `--context` mean, and [coming from istioctl or asmcli]" +
  "(../from-istioctl.md) which command takes the place of which.\n\n" +
  "Invalid input ends with every problem at once, each with file, line and path; nothing is written then.";

function withRegions(root: string, path: string, regions: Readonly<Record<string, string>>): Page {
  const page = readFileSync(join(root, path), "utf8");
  const text = Object.entries(regions).reduce(
    (before, [name, body]) => replaceRegion(before, name, body),
    page,
  );
  return { path, text };
}

/**
 * Returns every page that is generated in whole or in part, with its current content.
 *
 * @param root the project's folder
 */
export function generatedPages(root: string): readonly Page[] {
  return [
    {
      path: "docs/reference/command.md",
      text: commandReference(meshProgram(), COMMAND_INTRODUCTION),
    },
    { path: "docs/reference/options.md", text: overlayReference(root) },
    withRegions(root, "docs/versions.md", {
      istio: istioTable(versions),
      packages: packageTable(root),
    }),
    withRegions(root, "docs/preview.md", { sentences: previewSentences() }),
  ];
}
