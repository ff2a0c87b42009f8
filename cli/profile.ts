import { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import type { Json } from "../mesh/common/json";
import { diffFields } from "../mesh/diff/fields";
import { printFields } from "../mesh/diff/print";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { OLDEST_VERSION, PREVIOUS_VERSION } from "../mesh/model/versions";
import { planMesh } from "../mesh/plan/meshPlan";
import { toFlags } from "../mesh/spec/flags";
import { dumpPart, dumpProfile, listProfiles, profileDump } from "../mesh/spec/profiles";
import { columns, paintFor } from "./format";
import { checkVersionFlag, type InputFlags, inputsOf, withInputFlags } from "./inputs";
import { type DataFormat, dataText, OUTPUT_FORMATS, type OutputFormat, withOutput } from "./output";
import { comparing, printWarnings } from "./report";

interface VersionFlag {
  readonly istioVersion: string;
}

interface ListFlags extends VersionFlag {
  readonly output: OutputFormat | "name";
}

const VERSION_FLAG = [
  "--istio-version <version>",
  "Istio version; some profiles differ by version",
  DEFAULT_VERSION,
] as const;

function list({ istioVersion, output }: ListFlags): void {
  checkVersionFlag(istioVersion);
  const profiles = listProfiles(istioVersion, overlayLibrary());
  switch (output) {
    case "text": {
      const rows = profiles.map(({ name, origin, summary }) => [name, origin, summary]);
      process.stdout.write(columns([["NAME", "FROM", "WHAT IT IS"], ...rows]));
      return;
    }
    case "name":
      process.stdout.write(profiles.map(({ name }) => `${name}\n`).join(""));
      return;
    default:
      process.stdout.write(dataText(profiles, output));
  }
}

function listCommand(): Command {
  const command = new Command("list")
    .description("the profiles of an Istio version: Istio's own, and those for GKE")
    .option(...VERSION_FLAG)
    .addHelpText(
      "after",
      `\nExit code: 0 fine, 2 an unknown version.\n\nExamples:\n  mesh profile list\n  mesh profile list --istio-version ${OLDEST_VERSION} -o json`,
    );
  const formats = [...OUTPUT_FORMATS, "name"];
  return withOutput(command, { formats, aliases: { table: "text" } }).action(list);
}

type DumpFormat = DataFormat | "flags";

interface DumpFlags extends InputFlags {
  readonly configPath?: string;
  readonly output: DumpFormat;
}

function flagsText(value: Json): string {
  const spec = typeof value === "object" && value !== null && "spec" in value ? value.spec : value;
  return toFlags(spec ?? null)
    .map((flag) => `${flag}\n`)
    .join("");
}

function dump(name: string | undefined, flags: DumpFlags, overlays: readonly string[]): void {
  const inputs = inputsOf(name === undefined ? flags : { ...flags, profile: name }, overlays);
  const plan = planMesh(inputs, overlayLibrary());
  printWarnings(plan.warnings);
  const whole = dumpProfile(plan.primary);
  const part = flags.configPath === undefined ? whole : dumpPart(whole, flags.configPath);
  process.stdout.write(flags.output === "flags" ? flagsText(part) : dataText(part, flags.output));
}

const DUMP_EXAMPLES = `
Exit code: 0 fine, 1 wrong input, 2 a file cannot be read.

Examples:
  mesh profile dump ambient
  mesh profile dump --config-path components.pilot
  mesh profile dump demo --istio-version ${PREVIOUS_VERSION} -o flags
  mesh profile dump -f my-overlay.yaml --option cni-gcp     # what they make of the default profile`;

function dumpCommand(): Command {
  const overlays: string[] = [];
  const command = new Command("dump")
    .description("a profile on top of the default one, as overlays see it")
    .argument("[profile]", "its name (default: default)")
    .option("-p, --config-path <path>", "only what lies below this path of the spec")
    .addHelpText("after", DUMP_EXAMPLES);
  withOutput(command, { formats: ["yaml", "json", "flags"], aliases: { text: "yaml" } });
  return withInputFlags(command, overlays).action((name: string | undefined, flags: DumpFlags) =>
    dump(name, flags, overlays),
  );
}

const DIFF_HELP = `
Exit code: 0 equal, 1 different, 2 trouble.

Examples:
  mesh profile diff default ambient
  mesh profile diff default manifests/profiles/mine.yaml
  mesh profile diff remote remote --istio-version ${OLDEST_VERSION} --to-istio-version ${DEFAULT_VERSION}`;

interface DiffFlags extends VersionFlag {
  readonly toIstioVersion?: string;
  readonly output: OutputFormat;
}

function diff(a: string, b: string, { istioVersion, toIstioVersion, output }: DiffFlags): boolean {
  const [from, to] = [
    profileDump(a, istioVersion, overlayLibrary()),
    profileDump(b, toIstioVersion ?? istioVersion, overlayLibrary()),
  ];
  const { spec: before = null } = from;
  const { spec: after = null } = to;
  const fields = diffFields(before, after);
  if (output !== "text") {
    process.stdout.write(dataText(fields, output));
  } else {
    const lines = printFields(fields, paintFor(process.stdout));
    const text = lines.length === 0 ? ["Profiles are identical"] : [`${a} -> ${b}`, ...lines];
    process.stdout.write(`${text.join("\n")}\n`);
  }
  return fields.length > 0;
}

function diffCommand(): Command {
  const command = new Command("diff")
    .description("the fields in which two profiles differ")
    .argument("<profile>", "name, or an overlay's file")
    .argument("<profile>", "name, or an overlay's file")
    .option(...VERSION_FLAG)
    .option("--to-istio-version <version>", "another Istio version for the second one")
    .addHelpText("after", DIFF_HELP);
  return withOutput(command).action((a: string, b: string, flags: DiffFlags) =>
    comparing(() => diff(a, b, flags)),
  );
}

const GROUP_EXAMPLES = `
Examples:
  mesh profile list
  mesh profile dump ambient
  mesh profile diff default ambient`;

/** Returns the command `mesh profile`. */
export function profileCommand(): Command {
  return new Command("profile")
    .description("profiles that overlays go on top of")
    .addHelpText("after", GROUP_EXAMPLES)
    .addCommand(listCommand())
    .addCommand(dumpCommand())
    .addCommand(diffCommand());
}
