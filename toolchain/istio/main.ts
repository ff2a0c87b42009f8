import { join } from "node:path";
import { Command } from "commander";
import { compareMinors, minorOf } from "../../mesh/model/minors";
import type { SetupContext } from "../context";
import { messageOf } from "../errors";
import { setupPlaces } from "../places";
import { realSystem } from "../system";
import { NEWEST } from "../versions";
import { writeMinor } from "./add";
import { chartFacts } from "./chartFacts";
import { MINORS_FOLDER, minorsIn } from "./folders";
import { gatewayApiMinimum } from "./gatewayApi";
import { goFacts, pinModule, pinnedModule, sourcesOf, withCharts } from "./modules";
import { pinnedReleases, pinRelease } from "./pins";
import { upgradeNotes } from "./upgradeNotes";

function contextOf(): SetupContext {
  const signal = new AbortController().signal;
  const places = setupPlaces({}, process.env);
  return { places, system: realSystem(), signal, say: console.error };
}

/** The pinned release of the minor before, whose release notes are known. */
function releaseBefore(folder: string, version: string): string | undefined {
  const before = minorsIn(folder).filter((minor) => compareMinors(minor, minorOf(version)) < 0);
  return pinnedReleases().find((release) => minorOf(release) === before.at(-1));
}

async function notesOf(context: SetupContext, folder: string, version: string, sources: string) {
  const before = releaseBefore(folder, version);
  const pinned = before === undefined ? undefined : pinnedModule(context, before);
  if (pinned === undefined) {
    console.error("no upgrade notes: the minor before has no pinned module to compare with");
    return [];
  }
  return upgradeNotes(sources, await sourcesOf(context, pinned), minorOf(version));
}

async function add(version: string, options: { readonly module?: string }): Promise<void> {
  const context = contextOf();
  if (options.module !== undefined) {
    await pinModule(context, version, options.module);
  }
  const module = pinnedModule(context, version);
  if (module === undefined) {
    throw new Error(
      `toolchain/go/charts/${version} is not there; name the Go module that has the release or the ` +
        "commit closest to it, as in --module v0.0.0-20260827124520-eed52ebb66ad",
    );
  }
  const folder = join(context.places.project, MINORS_FOLDER);
  const sources = await sourcesOf(context, module);
  const open = writeMinor(folder, {
    version,
    module,
    go: await goFacts(context, version),
    charts: await withCharts(context, version, chartFacts),
    gatewayApiMinimum: gatewayApiMinimum(sources, minorOf(version)),
    upgradeNotes: await notesOf(context, folder, version, sources),
  });
  pinRelease(version);
  console.log(`Istio ${version} is in ${join(MINORS_FOLDER, minorOf(version))}.`);
  if (open !== undefined) {
    console.log(`Fill in what only a person can know: ${open}`);
  }
  console.log("Then: npm run format && npm run docs:generate && npm run conformance");
}

const program = new Command("istio").description("the data of Istio's minors");
program
  .command("add")
  .description("reads a release out of its Go module, and writes the data of its minor")
  .argument("<version>", `such as ${NEWEST}`)
  .option(
    "--module <version>",
    "pins the release: its version as a Go module, or that of the closest commit",
  )
  .action(add);

program.parseAsync().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
