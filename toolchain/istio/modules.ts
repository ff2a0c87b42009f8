import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import type { SetupContext } from "../context";
import { go, moduleFolder, stageModule } from "../go";
import { stampFolder } from "../stamp";

const ISTIO = "istio.io/istio";

/** The programs that set-up builds of a release. */
const PROGRAMS = ["istioctl/cmd/istioctl", "pilot/cmd/pilot-agent", "pilot/cmd/pilot-discovery"];

/** The folders under toolchain/go that pin a release: one for its programs, one for its charts. */
const programsModule = (version: string) => `istio-${version}`;
const chartsModule = (version: string) => join("charts", version);

/** The version as a Go module that a release is pinned at. */
export function pinnedModule(context: SetupContext, version: string): string | undefined {
  const file = join(context.places.goModules, chartsModule(version), "go.mod");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /istio\.io\/istio (v\S+)/.exec(text)?.[1];
}

/**
 * Pins a release: writes go.mod and go.sum for its programs and for its charts. Istio's own
 * `replace` lines and modules that the proxy lacks are not taken over; where Go complains, they are
 * added by hand.
 */
export async function pinModule(
  context: SetupContext,
  version: string,
  module: string,
): Promise<void> {
  const own = async (name: string, commands: readonly (readonly string[])[]) => {
    const folder = join(context.places.goModules, name);
    mkdirSync(folder, { recursive: true });
    const path = `github.com/pulumi-service-mesh/toolchain/${name}`;
    for (const args of [["mod", "init", path], ...commands]) {
      await go(context, folder, args);
    }
  };
  await own(chartsModule(version), [["get", `${ISTIO}@${module}`]]);
  const tools = PROGRAMS.map((program) => `${ISTIO}/${program}@${module}`);
  await own(programsModule(version), [["get", "-tool", ...tools]]);
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "service-mesh-istio-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns what the Go code of a release says of it (see `toolchain/go/facts`). */
export function goFacts(context: SetupContext, version: string): Promise<JsonObject> {
  return inTemporaryFolder(async (folder) => {
    const staged = stageModule(context, programsModule(version), ["facts"]);
    const out = join(folder, "facts.json");
    try {
      await go(context, staged, ["run", ".", out]);
    } finally {
      rmSync(staged, { recursive: true, force: true });
    }
    return JSON.parse(readFileSync(out, "utf8")) as JsonObject;
  });
}

/** Writes the charts of a release to a temporary folder, and removes it after the work. */
export function withCharts<T>(
  context: SetupContext,
  version: string,
  work: (manifests: string) => T,
): Promise<T> {
  return inTemporaryFolder(async (folder) => {
    const staged = stageModule(context, chartsModule(version), ["charts"]);
    try {
      await go(context, staged, ["run", ".", folder]);
    } finally {
      rmSync(staged, { recursive: true, force: true });
    }
    stampFolder(folder, version);
    return work(folder);
  });
}

/** Returns the folder of a release's sources. */
export function sourcesOf(context: SetupContext, module: string): Promise<string> {
  return inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, "go.mod"), "module sources\n");
    return moduleFolder(context, folder, `${ISTIO}@${module}`);
  });
}
