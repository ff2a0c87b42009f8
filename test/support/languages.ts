import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { dump, load } from "js-yaml";
import { extraProgram } from "../../toolchain/setup";
import { compiledFile } from "./compiled";
import type { Step, TestStack } from "./stack";
import { temporaryFolder } from "./temporary";

/** The set of tools that runs programs in YAML and generates SDKs. */
export const LANGUAGES = ["languages"] as const;

/**
 * Puts the provider, as it is in the sources now, and the language host for YAML first on PATH, where
 * Pulumi looks for both.
 *
 * @returns what undoes it
 */
export function useLanguages(): () => void {
  const folder = temporaryFolder("languages");
  const plugin = join(folder, "pulumi-resource-servicemesh");
  const words = [process.execPath, compiledFile("provider/plugin.ts")].map((word) => `'${word}'`);
  writeFileSync(plugin, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
  chmodSync(plugin, 0o755);
  const { PATH } = process.env;
  const hosts = dirname(extraProgram("pulumi-language-yaml"));
  process.env.PATH = [folder, hosts, PATH].filter((part) => part).join(delimiter);
  return () => {
    process.env.PATH = PATH;
  };
}

/** A resource of a program that a test runs in several languages. */
export interface ProgramResource {
  readonly type: string;
  /** May hold `${resource.output}` and `{ "fn::secret": value }`, as in YAML. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Names of other resources of the program. */
  readonly options?: { readonly dependsOn?: readonly string[]; readonly provider?: string };
}

export type ProgramResources = Readonly<Record<string, ProgramResource>>;

type ProjectFile = Readonly<Record<string, unknown>>;

/** Replaces what a stack runs, and keeps its name and the project's. */
function replaceProgram(stack: TestStack, program: ProjectFile): void {
  const file = join(stack.folder, "Pulumi.yaml");
  const { name } = load(readFileSync(file, "utf8")) as { readonly name: string };
  writeFileSync(file, dump({ name, ...program }));
}

/** @example reference("mesh.revision") // "${mesh.revision}" */
export const reference = (name: string) => `\${${name}}`;

function yamlResource({ type, properties, options }: ProgramResource): ProjectFile {
  const { dependsOn, provider } = options ?? {};
  return {
    type,
    properties,
    options: {
      ...(dependsOn && { dependsOn: dependsOn.map(reference) }),
      ...(provider !== undefined && { provider: reference(provider) }),
    },
  };
}

/** Lets a stack run a program in YAML. */
export function runYaml(stack: TestStack, resources: ProgramResources): void {
  const own = Object.entries(resources).map(([name, each]) => [name, yamlResource(each)]);
  replaceProgram(stack, { runtime: "yaml", resources: Object.fromEntries(own) });
}

/** Lets a stack run the same program in TypeScript. */
export function runTypeScript(stack: TestStack, resources: ProgramResources): void {
  replaceProgram(stack, {
    runtime: { name: "nodejs", options: { typescript: false } },
    main: compiledFile("test/engine/programs/resources.ts"),
  });
  stack.configure({ "mesh:program": resources });
}

/**
 * What an update does, as text. Programs in YAML have a provider of the components, which a program
 * in TypeScript has not.
 */
export function stepTitles(changes: readonly Step[]): string[] {
  return changes
    .filter(({ type }) => type !== "pulumi:providers:servicemesh")
    .map(({ op, type, name }) => `${op} ${type} ${name}`)
    .sort();
}
