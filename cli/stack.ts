import { isAbsolute, join, relative } from "node:path";
import type { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import {
  readStackConfiguration,
  type StackConfiguration,
} from "../adapters/pulumi/stackConfiguration";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { StackName } from "../mesh/k8s/managers";
import { inputsFrom, type PathFrom, targetFrom } from "../mesh/plan/inputPaths";
import {
  readStackConfig,
  type StackConfig,
  stackFile,
  stackProblems,
} from "../mesh/plan/stackConfig";
import { SECRET } from "../mesh/plan/stackFiles";
import { hideSecrets } from "./secrets";

/** The flags that name a stack. */
export interface StackFlags {
  /** As Pulumi's commands take it: `prod`, `acme/prod` or `acme/shop/prod`. */
  readonly stack?: string;
  readonly showSecrets?: boolean;
}

/** The flags of a command that was given a stack. */
export type WithStack<T extends StackFlags = StackFlags> = T & { readonly stack: string };

/** Returns whether the flags name a stack. */
export function hasStack<T extends StackFlags>(flags: T): flags is WithStack<T> {
  return flags.stack !== undefined;
}

/** A stack as a command sees it. */
export interface ReadStack extends StackConfig {
  readonly configuration: StackConfiguration;
}

/**
 * Adds `--stack`.
 *
 * @param use what the command does with the stack
 * @example withStackFlag(new Command("validate"), "look at the cluster of this Pulumi stack")
 */
export function withStackFlag(command: Command, use: string): Command {
  return command.option("--stack <name>", `${use}: NAME, ORG/NAME or ORG/PROJECT/NAME`);
}

/** Returns whether a value of a stack is a secret that could not be decrypted. */
export function isEncrypted(value: string | undefined): boolean {
  return value === SECRET;
}

function tell({ file, note, encrypted }: StackConfiguration): void {
  const lines = [
    ...(note === undefined ? [] : [`${file}: ${note}`]),
    ...encrypted.map((key) => `${file}: ${key}: is encrypted; ${SECRET} stands for it here`),
  ];
  for (const line of lines) {
    process.stderr.write(`warning: ${line}\n`);
  }
}

/** Paths in a configuration start at the folder of `Pulumi.yaml`, where the program runs. */
function pathFrom({ project }: StackConfiguration): PathFrom {
  const folder = project?.folder ?? process.cwd();
  return (path) =>
    isAbsolute(path) || folder === process.cwd()
      ? path
      : relative(process.cwd(), join(folder, path));
}

/** Names the file that a value stands in, which may be the project's. */
function withSource(problem: Problem, { stack, file, files }: StackConfiguration): Problem {
  const key = /^mesh:[^.[]+/.exec(problem.path)?.[0] ?? "";
  return problem.source === stackFile(stack) ? { ...problem, source: files[key] ?? file } : problem;
}

function read(name: string): ReadStack {
  const configuration = readStackConfiguration(name, process.cwd());
  const config = readStackConfig(configuration.config, configuration.stack);
  const from = pathFrom(configuration);
  return {
    ...config,
    inputs: inputsFrom(config.inputs, from),
    target: targetFrom(config.target, from),
    problems: config.problems.map((problem) => withSource(problem, configuration)),
    configuration,
  };
}

/** Stacks by name: one run asks several times. */
const known = new Map<string, ReadStack>();

/**
 * Reads a stack: its configuration from wherever Pulumi takes it, with secrets decrypted. Nothing
 * that the command prints from then on shows them, unless `--show-secrets` is given.
 *
 * @throws InvalidInput if there is no such stack, or its configuration cannot be read
 */
export function readStack({ stack, showSecrets }: WithStack): ReadStack {
  const key = join(process.cwd(), stack);
  const result = known.get(key) ?? read(stack);
  if (!known.has(key)) {
    known.set(key, result);
    tell(result.configuration);
    if (showSecrets !== true) {
      hideSecrets(result.configuration.secrets);
    }
  }
  throwIfAny(stackProblems(result, overlayLibrary()));
  return result;
}

/** Returns the name of a stack with its project. @throws InvalidInput if there is no project */
export function stackName(flags: WithStack): StackName {
  const { project, stack } = readStack(flags).configuration;
  if (project === undefined) {
    const fix = "run mesh in the folder of Pulumi.yaml, with the name of one of its stacks";
    const problem = { source: "Pulumi.yaml", path: "", reason: "no such file", fix };
    throw new InvalidInput([{ ...problem, isUnread: true }]);
  }
  return { project: project.name, stack };
}
