import { existsSync, readFileSync } from "node:fs";
import { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { shownPath } from "../adapters/pulumi/project";
import { renderTools } from "../adapters/renderTools";
import { throwIfAny } from "../mesh/common/problem";
import { explainedYaml } from "../mesh/explain/asYaml";
import {
  type ExplainedField,
  explainMesh,
  type Given,
  type PlaceFinder,
  selectFields,
} from "../mesh/explain/explain";
import { stackPlaces } from "../mesh/explain/stackPlaces";
import { lintMesh } from "../mesh/lint/lintTogether";
import type { MeshInputs } from "../mesh/model/meshInputs";
import { type MeshPlan, planMesh } from "../mesh/plan/meshPlan";
import type { ResolvedMesh } from "../mesh/spec/resolve";
import { columns, jsonText, shortened } from "./format";
import { type InputFlags, inputsOf, withInputFlags } from "./inputs";
import { type OutputFormat, withOutput } from "./output";
import { lintCommand } from "./overlayLint";
import { migrateCommand } from "./overlayMigrate";
import { CHART_NEWS, printWarnings } from "./report";
import { hasStack, readStack } from "./stack";

interface ExplainFlags extends InputFlags {
  readonly field?: string;
  readonly strict?: boolean;
  readonly output: OutputFormat;
}

interface Section {
  readonly revision: string;
  readonly version: string;
  readonly fields: readonly ExplainedField[];
}

const MAX_CELL = 60;

function shown(given: Given): string {
  return shortened(JSON.stringify(given.value), MAX_CELL);
}

function setBy({ layer, place }: Given): string {
  return place === undefined ? layer : `${layer} (${place})`;
}

/**
 * Returns one row for each field. A field that overrode others, or became several things, has more
 * rows.
 */
function tableRows(field: ExplainedField): string[][] {
  const overrode = [...field.overrode]
    .reverse()
    .map((given) => `${shown(given)} of ${setBy(given)}`);
  const height = Math.max(1, overrode.length, field.became.length);
  return Array.from({ length: height }, (_, index) => [
    ...(index === 0 ? [field.path, shown(field), setBy(field)] : ["", "", ""]),
    overrode[index] ?? (index === 0 ? "-" : ""),
    field.became[index] ?? "",
  ]);
}

function heading({ revision, version }: Section): string {
  return `# control plane ${revision === "" ? "default" : revision} (Istio ${version})\n`;
}

const PRINTERS: Readonly<Record<OutputFormat, (sections: readonly Section[]) => string>> = {
  text: (sections) =>
    sections
      .map((section) => {
        const head = ["FIELD", "VALUE", "SET BY", "OVERRODE", "BECAME"];
        const table = columns([head, ...section.fields.flatMap(tableRows)]);
        return sections.length > 1 ? `${heading(section)}${table}` : table;
      })
      .join("\n"),
  yaml: (sections) =>
    sections
      .map((section) => {
        const text = explainedYaml(section.fields);
        return sections.length > 1 ? `---\n${heading(section)}${text}` : text;
      })
      .join(""),
  json: (sections) =>
    jsonText(
      sections.flatMap(({ revision, fields }) => fields.map((field) => ({ revision, ...field }))),
    ),
};

/** Returns where typed inputs come from: the flags, the stack's file, or the project's. */
function placesOf(flags: ExplainFlags): PlaceFinder | undefined {
  if (!hasStack(flags)) {
    return undefined;
  }
  const { file, project } = readStack(flags).configuration;
  const typed: Record<string, string> =
    flags.revision === undefined ? {} : { revision: "--revision" };
  const files = [file, ...(project === undefined ? [] : [shownPath(project.file)])];
  const finders = files
    .filter((name) => existsSync(name))
    .map((name) => stackPlaces(name, readFileSync(name, "utf8"), typed));
  return (...field) => finders.map((find) => find(...field)).find((place) => place !== undefined);
}

/** What is wrong with the mesh, also in what its charts make of it if they are on this machine. */
async function problemsOf(plan: MeshPlan, { charts }: MeshInputs, flags: ExplainFlags) {
  const offline = flags.charts === undefined;
  const tools = renderTools(charts, { news: CHART_NEWS, offline });
  const { errors, warnings, notRendered } = await lintMesh(plan, tools);
  if (notRendered !== undefined) {
    process.stderr.write(
      `note: not rendered, so that patches which match nothing may be unseen: ${notRendered}\n`,
    );
  }
  return [...errors, ...warnings];
}

async function explain(flags: ExplainFlags, overlays: readonly string[]): Promise<void> {
  const inputs = inputsOf(flags, overlays);
  const plan = planMesh(inputs, overlayLibrary());
  const problems = await problemsOf(plan, inputs, flags);
  if (flags.strict === true) {
    throwIfAny(problems);
  }
  printWarnings(problems);
  const places = placesOf(flags);
  const sectionOf = (mesh: ResolvedMesh): Section => {
    const all = explainMesh(mesh, places);
    const fields = flags.field === undefined ? all : selectFields(all, flags.field);
    return { revision: mesh.revision, version: mesh.version, fields };
  };
  process.stdout.write(PRINTERS[flags.output](plan.revisions.map(sectionOf)));
}

const EXAMPLES = `
Exit code: 0 fine, 1 wrong input, or warnings with --strict, 2 a file cannot be read.

Examples:
  mesh overlay explain -f team.yaml --option cni-gcp
  mesh overlay explain --stack prod --field values.global.hub
  mesh overlay explain -f team.yaml --field meshConfig -o yaml     # as a file, layers as comments
  mesh overlay explain --stack prod -o json | jq '.[] | select(.layer | startswith("set "))'

BECAME says what the field turned into: a Helm value, a patch of a rendered object (k8s settings), a
path overlay, or nothing, and why.`;

const GROUP_EXAMPLES = `
Examples:
  mesh overlay explain -f team.yaml --field meshConfig   # which layer set it, and what that overrode
  mesh overlay lint overlays/*.yaml                      # what is wrong with overlays
  mesh overlay migrate old.yaml --write                  # bring one up to date`;

function explainCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("explain")
    .description(
      "for every field: its value, the layer that set it, what that overrode, what it became",
    )
    .option("--field <path>", "only this field, or those below it")
    .option("--strict", "warnings are errors, and nothing is printed")
    .addHelpText("after", EXAMPLES);
  withOutput(command, { aliases: { table: "text" } });
  return withInputFlags(command, overlays).action((flags: ExplainFlags) =>
    explain(flags, overlays),
  );
}

/** Returns the command `mesh overlay`. */
export function overlayCommand(): Command {
  return new Command("overlay")
    .description("overlays: where fields come from, what is wrong, and what Istio dropped")
    .addHelpText("after", GROUP_EXAMPLES)
    .addCommand(explainCommand())
    .addCommand(lintCommand())
    .addCommand(migrateCommand());
}
