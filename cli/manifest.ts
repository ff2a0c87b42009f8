import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { renderTools } from "../adapters/renderTools";
import { throwIfAny } from "../mesh/common/problem";
import { identityOf, type K8sObject } from "../mesh/k8s/objects";
import { generateManifests } from "../mesh/plan/generate";
import { planMesh } from "../mesh/plan/meshPlan";
import { jsonText, toYaml } from "./format";
import { type InputFlags, inputsOf, withInputFlags } from "./inputs";
import { diffCommand } from "./manifestDiff";
import { type DataFormat, dataText, withOutput } from "./output";
import { CHART_NEWS, printWarnings } from "./report";
import { masked } from "./secrets";

interface GenerateFlags extends InputFlags {
  readonly outDir?: string;
  readonly output: DataFormat;
  readonly strict?: boolean;
}

function fileName(object: K8sObject, index: number, format: DataFormat): string {
  const { kind, namespace, name } = identityOf(object);
  const place = namespace === "" ? "" : `${namespace}-`;
  const position = String(index).padStart(3, "0");
  return `${position}-${kind.toLowerCase()}-${place}${name.replace(/[/:]/g, "_")}.${format}`;
}

/** Several objects are documents in YAML, and a `List` in JSON, as kubectl has it. */
function textOf(objects: readonly K8sObject[], format: DataFormat): string {
  return format === "yaml"
    ? objects.map((object) => `---\n${toYaml(object)}`).join("")
    : jsonText({ apiVersion: "v1", kind: "List", items: objects });
}

function writeFolder(folder: string, objects: readonly K8sObject[], format: DataFormat): void {
  mkdirSync(folder, { recursive: true });
  for (const [index, object] of objects.entries()) {
    const text = masked(dataText(object, format));
    writeFileSync(join(folder, fileName(object, index, format)), text);
  }
  process.stderr.write(`${objects.length} files in ${folder}\n`);
}

async function generate(flags: GenerateFlags, overlays: readonly string[]): Promise<void> {
  const inputs = inputsOf(flags, overlays);
  const plan = planMesh(inputs, overlayLibrary());
  const { objects, warnings } = await generateManifests(
    plan,
    renderTools(inputs.charts, { news: CHART_NEWS }),
  );
  if (flags.strict === true) {
    throwIfAny(warnings);
  }
  printWarnings(warnings);
  if (flags.outDir === undefined) {
    process.stdout.write(textOf(objects, flags.output));
  } else {
    writeFolder(flags.outDir, objects, flags.output);
  }
}

const EXAMPLES = `
Exit code: 0 fine, 1 wrong input, or warnings with --strict, 2 trouble, such as a chart that was not available.

Examples:
  mesh manifest generate --option cni-gcp -f my-overlay.yaml --set values.pilot.traceSampling=100
  mesh manifest generate --stack dev --out-dir manifests/
  mesh manifest generate --profile minimal --revision 1-31-0 | kubectl diff -f -`;

function generateCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("generate")
    .description("print the manifests that an update would apply")
    .option("--out-dir <folder>", "write one file for each object instead of printing")
    .option("--strict", "warnings are errors, and nothing is printed or written")
    .addHelpText("after", EXAMPLES);
  const folderFlag = "--out-dir";
  withOutput(command, { formats: ["yaml", "json"], aliases: { text: "yaml" }, folderFlag });
  return withInputFlags(command, overlays).action((flags: GenerateFlags) =>
    generate(flags, overlays),
  );
}

const GROUP_EXAMPLES = `
Examples:
  mesh manifest generate --stack dev --out-dir manifests/
  mesh manifest diff --stack dev                         # what an update would change`;

/** Returns the command `mesh manifest`. */
export function manifestCommand(): Command {
  return new Command("manifest")
    .description("manifests of a mesh, and how two of them differ")
    .addHelpText("after", GROUP_EXAMPLES)
    .addCommand(generateCommand())
    .addCommand(diffCommand());
}
