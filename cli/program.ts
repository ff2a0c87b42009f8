import { Command, type CommanderError, Option } from "commander";
import { onOutsideCall } from "../adapters/outsideCalls";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { PREVIOUS_VERSION } from "../mesh/model/versions";
import { withCompletion } from "./completion";
import { imagesCommand } from "./images";
import { manifestCommand } from "./manifest";
import { overlayCommand } from "./overlay";
import { packageVersion } from "./packageVersion";
import { precheckCommand } from "./precheck";
import { profileCommand } from "./profile";
import { EXIT_TROUBLE } from "./report";
import { statusCommand } from "./status";
import { upgradeCommand } from "./upgrade";
import { validateCommand } from "./validate";
import { versionCommand } from "./version";

const EXAMPLES = `
Examples:
  mesh manifest generate --option cni-gcp -f my-overlay.yaml   # what an update would apply
  mesh manifest diff --istio-version ${PREVIOUS_VERSION} --to-istio-version ${DEFAULT_VERSION}
  mesh overlay explain -f my-overlay.yaml --field meshConfig   # which layer set it, and why
  mesh overlay lint *.yaml                                     # what is wrong with overlays
  mesh overlay migrate old.yaml --write                        # bring one up to date
  mesh profile diff default ambient
  mesh images mirror --stack prod --to registry.example.com/istio
  mesh precheck --stack prod                                   # would this update end well?
  mesh validate --with-testing-workloads                       # does the mesh do what it should?
  mesh status --stack prod                                     # what runs, and what is under way
  mesh upgrade plan --stack prod --to ${DEFAULT_VERSION}                # the stages of an upgrade, in words

mesh COMMAND --help has more of each.`;

/** All commands below a command, and itself. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** A group that is called by itself shows its help, as kubectl does, and nothing has failed. */
const SHOWN = ["commander.help", "commander.helpDisplayed", "commander.version"];

function endWith({ code }: CommanderError): never {
  process.exit(SHOWN.includes(code) ? 0 : EXIT_TROUBLE);
}

const COLORS = ["auto", "always", "never"] as const;
type Color = (typeof COLORS)[number];

/** Colours are decided where a text is printed, by these variables. @see https://no-color.org */
function applyColor(color: Color | undefined): void {
  if (color === "always") {
    process.env.FORCE_COLOR = "1";
    delete process.env.NO_COLOR;
  } else if (color === "never") {
    process.env.NO_COLOR = "1";
  }
}

/** Writes what the command asks of others. Bodies and headers are left out: they hold secrets. */
function tellOutsideCalls(): void {
  onOutsideCall(({ what, outcome, milliseconds }) => {
    process.stderr.write(`${what}: ${outcome} in ${milliseconds} ms\n`);
  });
}

/** Gives each command what all have: how it ends, `--color` and `--verbose`. */
function withConventions(program: Command): Command {
  for (const command of everyCommand(program)) {
    command.exitOverride(endWith).showHelpAfterError("(--help shows what there is)");
    if (command.commands.length === 0) {
      command.addOption(
        new Option("--color <when>", "colours in texts; auto: on a terminal without NO_COLOR")
          .choices(COLORS)
          .default("auto"),
      );
      command.option("-v, --verbose", "tell each request, and each program that is run");
    }
  }
  return program.hook("preAction", (_, command) => {
    const { color, verbose } = command.opts<{ color?: Color; verbose?: boolean }>();
    applyColor(color);
    if (verbose === true) {
      tellOutsideCalls();
    }
  });
}

/** Returns the command `mesh` with all its subcommands. */
export function meshProgram(): Command {
  const program = new Command("mesh")
    .description("Istio and Cloud Service Mesh from overlays and typed inputs")
    .version(packageVersion())
    .addCommand(manifestCommand())
    .addCommand(overlayCommand())
    .addCommand(profileCommand())
    .addCommand(imagesCommand())
    .addCommand(precheckCommand())
    .addCommand(validateCommand())
    .addCommand(statusCommand())
    .addCommand(upgradeCommand())
    .addCommand(versionCommand())
    .addHelpText("after", EXAMPLES);
  return withConventions(withCompletion(program));
}
