import { isAbsolute, join, relative } from "node:path";
import type { Command } from "commander";
import { overlayLibrary } from "../adapters/overlays";
import { readPlannedMeshes } from "../adapters/pulumi/plannedMeshes";
import { programFolder } from "../adapters/pulumi/project";
import { readRecordedMeshes } from "../adapters/pulumi/recordedMeshes";
import {
  readStackConfiguration,
  type StackConfiguration,
} from "../adapters/pulumi/stackConfiguration";
import { InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import type { StackName } from "../mesh/k8s/managers";
import type { StackTarget } from "../mesh/model/target";
import { inputsFrom, type PathFrom, targetFrom } from "../mesh/plan/inputPaths";
import type { UnknownValue } from "../mesh/plan/plannedMesh";
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
  /** Run the stack's program for its inputs. */
  readonly program?: boolean;
  readonly showSecrets?: boolean;
}

/** The flags of a command that was given a stack. */
export type WithStack<T extends StackFlags = StackFlags> = T & { readonly stack: string };

/** Returns whether the flags name a stack. @throws InvalidInput for flags that need one */
export function hasStack<T extends StackFlags>(flags: T): flags is WithStack<T> {
  const { stack, mesh, program } = flags;
  const others = [
    ...(mesh === undefined ? [] : ["--mesh"]),
    ...(program === true ? ["--program"] : []),
  ];
  const reason = "goes with --stack only";
  const fix = "add --stack NAME";
  throwIfAny(
    stack === undefined ? others.map((source) => ({ source, path: "", reason, fix })) : [],
  );
  return stack !== undefined;
}

/** A stack as a command sees it. */
export interface ReadStack extends StackConfig {
  readonly configuration: StackConfiguration;
  /** Whether the inputs are those that the last update recorded, as the program has its own. */
  readonly isRecorded: boolean;
  /** Why it is not known where the mesh goes. Absent if it is known. */
  readonly targetProblem?: Problem;
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
      "with --stack: this ServiceMesh of its program (default: the only one)",
    );
}

/**
 * Adds `--program`.
 *
 * @example withProgramFlag(withStackFlag(new Command("status"), "compare with this Pulumi stack"))
 */
export function withProgramFlag(command: Command): Command {
  return command.option(
    "--program",
    "with --stack: run its program, as a preview does, for the inputs that it has now",
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

function nameProblem({ stack, mesh, program }: WithStack, names: readonly string[]): Problem {
  if (names.length === 0) {
    return program === true
      ? { source: "--program", path: "", value: stack, reason: "its program has no ServiceMesh" }
      : {
          source: "--stack",
          path: "",
          value: stack,
          reason: "has no configuration mesh:… and no ServiceMesh in its state",
          fix: "pulumi up, pulumi config set mesh:version, or --program",
        };
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
function chosenMesh<T extends RecordedMesh>(flags: WithStack, all: readonly T[]): T {
  const { mesh } = flags;
  const fit = mesh === undefined ? all : all.filter(({ name }) => name === mesh);
  const [first, ...others] = fit;
  if (first === undefined || others.length > 0) {
    // A state has them in the order in which they were registered last, which may change.
    const names = all.map(({ name }) => name).sort();
    throw new InvalidInput([nameProblem(flags, names)]);
  }
  return first;
}

const UNKNOWN_FIX = "pulumi up, or leave out --program for what the last update recorded";

function afterText(after: readonly string[]): string {
  return after.length === 0 ? "" : `, after ${after.join(", ")}`;
}

function unknownProblem({ path, after }: UnknownValue): Problem {
  const reason = `is known only in an update${afterText(after)}`;
  return { source: "--program", path, reason, fix: UNKNOWN_FIX };
}

/** The stack as its program has it now. @throws InvalidInput for inputs without a value */
function programStack(flags: WithStack, configuration: StackConfiguration): ReadStack {
  const { folder } = configuration.project ?? noProject();
  const mesh = chosenMesh(flags, readPlannedMeshes(folder, flags.stack));
  throwIfAny(mesh.unknown.map(unknownProblem));
  const reason = "the cluster or the folder of the mesh is known only in an update";
  return {
    ...meshStack(mesh, configuration),
    isRecorded: false,
    ...(mesh.isTargetUnknown && {
      targetProblem: { source: "--program", path: "", reason, fix: UNKNOWN_FIX },
    }),
  };
}

function read(flags: WithStack): ReadStack {
  const configuration = readStackConfiguration(flags.stack, process.cwd());
  if (flags.program === true) {
    return programStack(flags, configuration);
  }
  // A program with inputs of its own may take its upgrade from the configuration.
  const isConfigured = Object.keys(configuration.config).some((key) => key !== UPGRADE_KEY);
  const { project } = configuration;
  return project === undefined || (isConfigured && flags.mesh === undefined)
    ? configuredStack(configuration)
    : meshStack(chosenMesh(flags, readRecordedMeshes(project.folder, flags.stack)), configuration);
}

/** The stack as the last update recorded it, or as a preview has it. */
function meshStack(
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
  const { stack, mesh, program, showSecrets } = flags;
  const key = JSON.stringify([process.cwd(), stack, mesh, program]);
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

/** @throws InvalidInput always */
function noProject(): never {
  const fix = "run mesh in the folder of Pulumi.yaml, with the name of one of its stacks";
  const problem = { source: "Pulumi.yaml", path: "", reason: "no such file", fix };
  throw new InvalidInput([{ ...problem, isUnread: true }]);
}

/** Returns where the mesh of a stack goes. @throws InvalidInput if only an update will know */
export function targetOf({ target, targetProblem }: ReadStack): StackTarget {
  throwIfAny(targetProblem === undefined ? [] : [targetProblem]);
  return target;
}

/** Returns the name of a stack with its project. @throws InvalidInput if there is no project */
export function stackName(flags: WithStack): StackName {
  const { project, stack } = readStack(flags).configuration;
  return { project: (project ?? noProject()).name, stack };
}
