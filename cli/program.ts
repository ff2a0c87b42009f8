import { Command } from "commander";
import { DEFAULT_VERSION } from "../mesh/model/defaultVersion";
import { PREVIOUS_VERSION } from "../mesh/model/versions";
import { imagesCommand } from "./images";
import { manifestCommand } from "./manifest";
import { overlayCommand } from "./overlay";
import { precheckCommand } from "./precheck";
import { profileCommand } from "./profile";
import { statusCommand } from "./status";
import { validateCommand } from "./validate";

function packageVersion(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return (require(path) as { version: string }).version;
    } catch {
      // One of the two paths exists: from the sources, or from the build.
    }
  }
  return "unknown";
}

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

mesh COMMAND --help has more of each.`;

/** Returns the command `mesh` with all its subcommands. */
export function meshProgram(): Command {
  return new Command("mesh")
    .description("Istio and Cloud Service Mesh from overlays and typed inputs")
    .version(packageVersion())
    .showHelpAfterError("(mesh --help shows what there is)")
    .addCommand(manifestCommand())
    .addCommand(overlayCommand())
    .addCommand(profileCommand())
    .addCommand(imagesCommand())
    .addCommand(precheckCommand())
    .addCommand(validateCommand())
    .addCommand(statusCommand())
    .addHelpText("after", EXAMPLES);
}
