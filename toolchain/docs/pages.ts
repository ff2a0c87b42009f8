import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CONVENTIONS, EXIT_CODES } from "../../cli/conventions";
import { meshProgram } from "../../cli/program";
import { MINORS } from "../../mesh/model/minors";
import { SCHEMA_FILE } from "../inputs/schema";
import { NEWEST } from "../versions";
import { commandReference } from "./commandReference";
import { blocks, codeCell, table } from "./markdown";
import { overlayReference } from "./overlayReference";
import { policyTable } from "./policyTable";
import { previewSentences } from "./previewSentences";
import { askedConfig, declaredConfig } from "./projectConfig";
import { replaceRegion } from "./region";
import { type Schema, schemaReference } from "./schemaReference";
import { istioTable, packageTable } from "./versionTables";

/** A page or another file, or a part of one, that is generated from code. */
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

/** What all commands have in common. */
function conventions(): string {
  const flags = CONVENTIONS.map(({ flags: names, meaning, as }) => [codeCell(names), meaning, as]);
  const codes = Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]);
  return blocks(
    "## Conventions",
    "A flag means the same in every command that has it.",
    table(["flag", "meaning", "as in"], flags),
    table(["exit code", "meaning"], codes),
  );
}

const CONFIGURATION_INTRODUCTION =
  "Every key is in the namespace `mesh` of a stack's configuration: " +
  `\`npx pulumi config set mesh:version ${NEWEST}\`. A key that is not known, at any depth, is an error that names ` +
  "the key that you may have meant. In a program, the same names are the arguments of " +
  "[`ServiceMesh`](../library.md), except `target`, `renderDirectory`, `kubeconfig` and `context`, which are " +
  "one argument `target`. Secrets stay secret: set them with `npx pulumi config set --secret`.\n\n" +
  "Pages that explain groups of keys: [gateways](../gateways.md), [charts](../versions.md#charts), " +
  "[a mesh that is there already](../adopt.md), [several stacks](../several-stacks.md), " +
  "[precheck](../precheck.md#in-an-update), [overlays](../overlays.md), " +
  "[revisions and tags](../upgrade.md), [crdsOnDestroy](../removal.md), [Google Cloud](../google-cloud.md).";

function configurationReference(root: string): string {
  const schema = JSON.parse(readFileSync(join(root, SCHEMA_FILE), "utf8")) as Schema;
  return schemaReference(
    { ...schema, $ref: "#/definitions/StackConfiguration" },
    {
      title: "Configuration",
      source: "the types in mesh/model/",
      introduction: CONFIGURATION_INTRODUCTION,
    },
  );
}

function withRegions(root: string, path: string, regions: Readonly<Record<string, string>>): Page {
  const page = readFileSync(join(root, path), "utf8");
  const text = Object.entries(regions).reduce(
    (before, [name, body]) => replaceRegion(before, name, body, path),
    page,
  );
  return { path, text };
}

/** Project files whose configuration is generated: this project's, and that of `pulumi new`. */
const PROJECT_FILES = ["Pulumi.yaml", "templates/service-mesh-typescript/Pulumi.yaml"];

function projectFiles(root: string): readonly Page[] {
  const regions = { declared: declaredConfig(root), asked: askedConfig(root) };
  return PROJECT_FILES.map((path) => withRegions(root, path, regions));
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
      text: commandReference(meshProgram(), blocks(COMMAND_INTRODUCTION, conventions())),
    },
    {
      path: "docs/reference/configuration.md",
      text: configurationReference(root),
    },
    { path: "docs/reference/options.md", text: overlayReference(root) },
    withRegions(root, "docs/versions.md", {
      istio: istioTable(MINORS),
      packages: packageTable(root),
    }),
    withRegions(root, "docs/preview.md", { sentences: previewSentences() }),
    withRegions(root, "docs/policy.md", { policies: policyTable() }),
    ...projectFiles(root),
  ];
}
