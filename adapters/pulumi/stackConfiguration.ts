import { existsSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../mesh/common/json";
import { InvalidInput, type Problem, throwIfAny } from "../../mesh/common/problem";
import { stackFile } from "../../mesh/plan/stackConfig";
import {
  configText,
  type FileConfig,
  type FileValue,
  fileConfig,
  SECRET,
  secretTexts,
  stackPath,
  withoutSecrets,
} from "../../mesh/plan/stackFiles";
import { askPulumi } from "./command";
import { findProject, type PulumiProject, readSettings, shownPath, stackFileOf } from "./project";

const NAMESPACE = "mesh";

/** A stack's configuration of the mesh. */
export interface StackConfiguration {
  /** The name without organization and project. */
  readonly stack: string;
  /** Absent if neither the folder nor one above it is a project. */
  readonly project?: PulumiProject;
  /** The stack's file, as messages name it. It need not exist. */
  readonly file: string;
  /** The configuration as Pulumi passes it to a program: texts, with lists and maps as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** The file of each key, as messages name it. */
  readonly files: Readonly<Record<string, string>>;
  /** Texts that must not be printed. */
  readonly secrets: readonly string[];
  /** Keys with a placeholder, because Pulumi could not be asked. */
  readonly encrypted: readonly string[];
  /** Why Pulumi could not be asked, if only it could have told everything. */
  readonly note?: string;
}

/** Where a stack's configuration stands. */
interface Place {
  readonly name: string;
  readonly stack: string;
  readonly project: PulumiProject | undefined;
  /** Path of the stack's file. */
  readonly path: string;
}

function otherProject(name: string, given: string, { file, name: own }: PulumiProject): Problem {
  return {
    source: "--stack",
    path: "",
    value: name,
    reason: `names a stack of the project ${given}, but this is ${own}`,
    allowed: `the stacks of ${own}, which ${shownPath(file)} names`,
    fix: `run mesh in the folder of ${given}`,
  };
}

function placeOf(name: string, folder: string): Place {
  const { project: given, stack } = stackPath(name);
  const project = findProject(folder);
  if (project === undefined) {
    return { name, stack, project, path: join(folder, stackFile(stack)) };
  }
  const isOther = given !== undefined && given !== project.name;
  throwIfAny(isOther ? [otherProject(name, given, project)] : []);
  return { name, stack, project, path: stackFileOf(project, stack) };
}

/** One key of `pulumi config --json`. */
interface AnsweredValue {
  readonly value?: string;
  readonly objectValue?: unknown;
  readonly secret: boolean;
}

type Answered = Readonly<Record<string, AnsweredValue>>;

function secretsIn(answered: Answered, values: FileConfig["values"]): string[] {
  return Object.entries(answered).flatMap(([key, { value, objectValue, secret }]) =>
    secret ? secretTexts(values[key]?.value, objectValue ?? value) : [],
  );
}

function ownKeys(answered: Answered): Answered {
  const own = Object.entries(answered).filter(([key]) => key.startsWith(`${NAMESPACE}:`));
  return Object.fromEntries(own);
}

function fromPulumi(
  answered: Answered,
  values: FileConfig["values"],
): Pick<StackConfiguration, "config" | "secrets" | "encrypted"> {
  const config = Object.entries(answered).map(([key, { value = "" }]) => [key, value]);
  return {
    config: Object.fromEntries(config),
    secrets: secretsIn(answered, values),
    encrypted: [],
  };
}

function fromFiles(
  values: FileConfig["values"],
): Pick<StackConfiguration, "config" | "secrets" | "encrypted"> {
  const readable = Object.entries(values).map(
    ([key, { value }]) => [key, configText(withoutSecrets(value))] as const,
  );
  const encrypted = readable.filter(([key, text]) => text !== configText(values[key]?.value));
  return {
    config: Object.fromEntries(readable),
    secrets: [],
    encrypted: encrypted.map(([key]) => key),
  };
}

function settingsOf({ path }: Place): JsonObject | undefined {
  return existsSync(path) ? readSettings(path) : undefined;
}

function noStack({ name, project, path }: Place, reason: string): never {
  const fix =
    project === undefined
      ? "run mesh in the folder of Pulumi.yaml, with the name of one of its stacks"
      : `name a stack of the project ${project.name}: pulumi stack ls; log in with pulumi login`;
  const problem = {
    source: shownPath(path),
    path: "",
    reason: `no such file${reason}`,
    fix,
    isUnread: true,
  };
  throw new InvalidInput([{ ...problem, ...(project !== undefined && { value: name }) }]);
}

function noteOf(reason: string, unclear: readonly string[]): string {
  return (
    `only the files were read, because pulumi config failed (${reason}), and they do not say everything: ` +
    `${unclear.join(", ")}; ${SECRET} stands for what is encrypted`
  );
}

/**
 * Reads a stack's configuration of the mesh (`mesh:…`) as Pulumi resolves it: keys of the stack, of
 * the project and of environments, with secrets decrypted.
 *
 * The files of the project are read first, which takes milliseconds. `pulumi config` is run only
 * if they do not say everything: if a key is encrypted or declared with a type, if the stack takes
 * values from environments, or if it has no file. If it fails, what the files say is returned, with
 * the reason as a note.
 *
 * @param name as Pulumi's commands take it: `prod`, `acme/prod` or `acme/shop/prod`
 * @param folder a folder of the project
 * @throws InvalidInput if there is no such stack, or it belongs to another project
 * @example readStackConfiguration("prod", process.cwd()).config["mesh:version"] // "1.31.0"
 */
export function readStackConfiguration(
  name: string,
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): StackConfiguration {
  const place = placeOf(name, folder);
  const { project, stack, path } = place;
  const settings = settingsOf(place);
  if (settings === undefined && project === undefined) {
    noStack(place, "");
  }
  const { values, unclear } = fileConfig(
    { projectName: project?.name ?? "", project: project?.settings ?? {}, stack: settings },
    NAMESPACE,
  );
  const fileOf = ({ from }: FileValue) =>
    shownPath(from === "stack" ? path : (project?.file ?? ""));
  const common = {
    stack,
    ...(project !== undefined && { project }),
    file: shownPath(path),
    files: Object.fromEntries(Object.entries(values).map(([key, one]) => [key, fileOf(one)])),
  };
  if (project === undefined || unclear.length === 0) {
    return { ...common, ...fromFiles(values) };
  }
  const args = ["config", "--json", "--show-secrets", "--stack", name];
  const answer = askPulumi(project.folder, args, env);
  if ("stdout" in answer) {
    return { ...common, ...fromPulumi(ownKeys(JSON.parse(answer.stdout)), values) };
  }
  if (settings === undefined) {
    noStack(place, `, and pulumi config failed: ${answer.reason}`);
  }
  return { ...common, ...fromFiles(values), note: noteOf(answer.reason, unclear) };
}
