import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { load } from "js-yaml";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { InvalidInput } from "../../mesh/common/problem";

/** A Pulumi project. */
export interface PulumiProject {
  readonly folder: string;
  /** Path of `Pulumi.yaml`. */
  readonly file: string;
  readonly name: string;
  readonly settings: JsonObject;
}

/** The names of a project's file. Source: Pulumi `sdk/go/common/workspace` (DetectProjectPathFrom). */
const PROJECT_FILES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];

/** Returns the path of a file as a user in the current folder would name it. */
export function shownPath(file: string): string {
  return relative(process.cwd(), file);
}

/**
 * Reads settings of a project or a stack. YAML includes JSON.
 *
 * @throws InvalidInput if the file is not valid YAML
 */
export function readSettings(file: string): JsonObject {
  try {
    const settings: unknown = load(readFileSync(file, "utf8"));
    return isObject(settings) ? settings : {};
  } catch (error) {
    const reason = `is not valid YAML: ${(error as Error).message.split("\n")[0]}`;
    throw new InvalidInput([{ source: shownPath(file), path: "", reason }]);
  }
}

/**
 * Returns the project of a folder: the nearest `Pulumi.yaml` in it or above it, as Pulumi finds it.
 *
 * @throws InvalidInput if the file is not valid YAML
 */
export function findProject(folder: string): PulumiProject | undefined {
  const place = resolve(folder);
  const file = PROJECT_FILES.map((name) => join(place, name)).find((path) => existsSync(path));
  if (file !== undefined) {
    const settings = readSettings(file);
    return { folder: place, file, name: String(settings.name), settings };
  }
  const above = dirname(place);
  return above === place ? undefined : findProject(above);
}

/**
 * Returns the folder that a project's program runs in, at which relative paths of its inputs start:
 * `main`, or the folder of the file that it names.
 *
 * Source: Pulumi `sdk/go/common/resource/plugin` (getPwdMain).
 */
export function programFolder({ folder, settings }: PulumiProject): string {
  const main = typeof settings.main === "string" ? resolve(folder, settings.main) : folder;
  return statSync(main, { throwIfNoEntry: false })?.isFile() ? dirname(main) : main;
}

/**
 * Returns the path of a stack's file, which need not exist.
 *
 * Source: Pulumi `sdk/go/common/workspace` (DetectProjectStackPath).
 *
 * @param stack the name without organization and project
 */
export function stackFileOf({ folder, file, settings }: PulumiProject, stack: string): string {
  const directory = settings.stackConfigDir ?? settings.config;
  const place = typeof directory === "string" ? directory : "";
  return join(folder, place, `Pulumi.${stack}${extname(file)}`);
}
