import { isAbsolute, join, relative } from "node:path";
import type { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { programFolder } from "../adapters/pulumi/project";
import { readRecordedMeshes } from "../adapters/pulumi/recordedMeshes";
import {
  readStackConfiguration,
  type StackConfiguration,
} from "../adapters/pulumi/stackConfiguration";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { StackName } from "../mesh/k8s/managers";
import { inputsFrom, type PathFrom, targetFrom } from "../mesh/plan/inputPaths";
import type { RecordedMesh } from "../mesh/plan/recordedMesh";
import {
  readStackConfig,
  type StackConfig,
  stackFile,
  stackProblems,
} from "../mesh/plan/stackConfig";
import { SECRET } from "../mesh/plan/stackFiles";
import { hideSecrets } from "./secrets";

/** The key of the upgrade, also of programs that write the other inputs themselves. */
export const UPGRADE_KEY = "mesh:upgrade";

/** The flags that name a stack. */
export interface StackFlags {
  /** As Pulumi's commands take it: `prod`, `acme/prod` or `acme/shop/prod`. */
  readonly stack?: string;
  /** The name of a `ServiceMesh` in the stack's state. */
  readonly mesh?: string;
  readonly showSecrets?: boolean;
}

/** The flags of a command that was given a stack. */
export type WithStack<T extends StackFlags = StackFlags> = T & { readonly stack: string };

/** Returns whether the flags name a stack. @throws InvalidInput for `--mesh` without one */
export function hasStack<T extends StackFlags>(flags: T): flags is WithStack<T> {
  if (flags.stack === undefined && flags.mesh !== undefined) {
    const reason = "goes with --stack only";
    throw new InvalidInput([{ source: "--mesh", path: "", reason, fix: "add --stack NAME" }]);
  }
  return flags.stack !== undefined;
}

/** A stack as a command sees it. */
export interface ReadStack extends StackConfig {
  readonly configuration: StackConfiguration;
  /** Whether the inputs are those that the last update recorded, as the program has its own. */
  readonly isRecorded: boolean;
  /** Texts that must not be printed. */
  readonly secrets: readonly string[];
}

/**
 * Adds `--stack` and `--mesh`.
 *
 * @param use what the command does with the stack
 * @example withStackFlag(new Command("validate"), "look at the cluster of this Pulumi stack")
 */
export function withStackFlag(command: Command, use: string): Command {
  return command
    .option("--stack <name>", `${use}: NAME, ORG/NAME or ORG/PROJECT/NAME`)
    .option(
      "--mesh <name>",
      "with --stack: this ServiceMesh of its program, as the last update recorded it",
    );
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

/** Paths in a configuration start at the folder where the program runs. */
function pathFrom({ project }: StackConfiguration): PathFrom {
  const folder = project === undefined ? process.cwd() : programFolder(project);
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

function nameProblem(stack: string, mesh: string | undefined, names: readonly string[]): Problem {
  if (names.length === 0) {
    const fix = "pulumi up, or pulumi config set mesh:version";
    const reason = "has no configuration mesh:… and no ServiceMesh in its state";
    return { source: "--stack", path: "", value: stack, reason, fix };
  }
  const allowed = names.join(", ");
  return mesh === undefined
    ? { source: "--mesh", path: "", reason: `${stack} has several`, allowed, fix: "name one" }
    : {
        source: "--mesh",
        path: "",
        value: mesh,
        reason: `${stack} has none of this name`,
        allowed,
      };
}

/** The only `ServiceMesh` of a stack, or the one that the user names. */
function recordedMesh(
  { stack, mesh }: WithStack,
  { project }: StackConfiguration,
): RecordedMesh | undefined {
  if (project === undefined) {
    return undefined;
  }
  const all = readRecordedMeshes(project.folder, stack);
  const fit = mesh === undefined ? all : all.filter(({ name }) => name === mesh);
  const [first, ...others] = fit;
  if (first === undefined || others.length > 0) {
    // A state has them in the order in which they were registered last, which may change.
    const names = all.map(({ name }) => name).sort();
    throw new InvalidInput([nameProblem(stack, mesh, names)]);
  }
  return first;
}

function read(flags: WithStack): ReadStack {
  const configuration = readStackConfiguration(flags.stack, process.cwd());
  // A program with inputs of its own may take its upgrade from the configuration.
  const isConfigured = Object.keys(configuration.config).some((key) => key !== UPGRADE_KEY);
  const recorded =
    isConfigured && flags.mesh === undefined ? undefined : recordedMesh(flags, configuration);
  return recorded === undefined
    ? configuredStack(configuration)
    : recordedStack(recorded, configuration);
}

function recordedStack(
  { inputs, target, secrets }: RecordedMesh,
  configuration: StackConfiguration,
): ReadStack {
  const from = pathFrom(configuration);
  return {
    inputs: inputsFrom(inputs, from),
    target: targetFrom(target, from),
    problems: [],
    configuration,
    isRecorded: true,
    secrets,
  };
}

function configuredStack(configuration: StackConfiguration): ReadStack {
  const config = readStackConfig(configuration.config, configuration.stack);
  const from = pathFrom(configuration);
  return {
    ...config,
    inputs: inputsFrom(config.inputs, from),
    target: targetFrom(config.target, from),
    problems: config.problems.map((problem) => withSource(problem, configuration)),
    configuration,
    isRecorded: false,
    secrets: configuration.secrets,
  };
}

/** Stacks by name: one run asks several times. */
const known = new Map<string, ReadStack>();

/**
 * Reads a stack: its configuration from wherever Pulumi takes it, with secrets decrypted. If it has
 * none, or a `ServiceMesh` is named, what the last update recorded is read. From then on, a
 * placeholder stands for each secret in what the command prints, unless `--show-secrets` is given.
 *
 * @throws InvalidInput if there is no such stack, or its configuration cannot be read
 */
export function readStack(flags: WithStack): ReadStack {
  const { stack, mesh, showSecrets } = flags;
  const key = JSON.stringify([process.cwd(), stack, mesh]);
  const result = known.get(key) ?? read(flags);
  if (!known.has(key)) {
    known.set(key, result);
    tell(result.configuration);
    if (showSecrets !== true) {
      hideSecrets(result.secrets);
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
