import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exampleWithLibrary } from "./package";
import type { Finished } from "./run";
import type { TestStack } from "./stack";
import { temporaryFolder } from "./temporary";

/** A violation, as the engine reports it. */
export interface Reported {
  readonly policyName: string;
  readonly enforcementLevel: string;
  readonly message: string;
  readonly resourceUrn?: string;
}

export interface Judged extends Finished {
  readonly violations: readonly Reported[];
}

/** The packs that a test runs, where the package is installed. */
export interface Packs {
  /** The folder of the package's own pack. */
  readonly own: string;
  /** A folder below which another pack finds the package. */
  readonly beside: string;
}

/** Installs the package, as a registry would have it. */
export async function installedPacks(): Promise<Packs> {
  const { example, installed } = await exampleWithLibrary("library");
  return { own: join(installed, "policy", "pack"), beside: example };
}

/** Writes a policy pack of somebody else's, in TypeScript, and returns its folder. */
export function otherPack({ beside }: Packs, program: string): string {
  const folder = join(beside, "our-policies");
  mkdirSync(folder);
  writeFileSync(join(folder, "PulumiPolicy.yaml"), "runtime: nodejs\n");
  writeFileSync(join(folder, "package.json"), '{ "version": "1.2.3" }\n');
  writeFileSync(join(folder, "index.ts"), program);
  return folder;
}

interface EngineEvent {
  readonly policyEvent?: Reported;
}

/** Previews a stack with a policy pack. */
export async function previewWithPack(
  stack: TestStack,
  pack: string,
  config?: object,
): Promise<Judged> {
  const folder = temporaryFolder("policy");
  const [events, settings] = [join(folder, "events.json"), join(folder, "config.json")];
  writeFileSync(settings, JSON.stringify(config ?? {}));
  const flags = config === undefined ? [] : ["--policy-pack-config", settings];
  const args = ["preview", "--stack", stack.name, "--policy-pack", pack, "--event-log", events];
  const finished = await stack.pulumi([...args, ...flags]);
  const lines = existsSync(events) ? readFileSync(events, "utf8").split("\n") : [];
  const violations = lines
    .filter((line) => line !== "")
    .flatMap((line) => (JSON.parse(line) as EngineEvent).policyEvent ?? []);
  rmSync(folder, { recursive: true });
  return { ...finished, violations };
}
