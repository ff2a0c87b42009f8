import { isObject, type JsonObject } from "../common/json";

/** What stands for a secret that cannot be read, or must not be shown. */
export const SECRET = "[secret]";

/** The parts of a stack's name. */
export interface StackPath {
  readonly organization?: string;
  readonly project?: string;
  readonly stack: string;
}

/**
 * Splits the name of a stack as Pulumi's commands take it: `STACK`, `ORGANIZATION/STACK` or
 * `ORGANIZATION/PROJECT/STACK`.
 *
 * @example stackPath("acme/shop/prod") // { organization: "acme", project: "shop", stack: "prod" }
 * @see https://www.pulumi.com/docs/iac/concepts/stacks/
 */
export function stackPath(name: string): StackPath {
  const parts = name.split("/");
  const [organization, project] = parts;
  const stack = parts.at(-1) as string;
  if (parts.length === 1) {
    return { stack };
  }
  return parts.length === 2 ? { organization, stack } : { organization, project, stack };
}

/** A project's and a stack's settings as they stand in their files. */
export interface StackFiles {
  readonly projectName: string;
  readonly project: JsonObject;
  /** Absent if the stack has no file. */
  readonly stack?: JsonObject | undefined;
}

/** A value of the configuration, and which file has it. */
export interface FileValue {
  readonly value: unknown;
  readonly from: "project" | "stack";
}

/** What files say about a configuration. */
export interface FileConfig {
  /** By key with its namespace. */
  readonly values: Readonly<Record<string, FileValue>>;
  /** Why the files alone do not say everything. Empty if they do. */
  readonly unclear: readonly string[];
}

/** A key without a namespace has that of the project. `NAMESPACE:config:KEY` is an older form. */
function qualified(key: string, project: string): string {
  const [namespace, ...rest] = key.split(":");
  const name = rest[0] === "config" && rest.length > 1 ? rest.slice(1) : rest;
  return name.length === 0 ? `${project}:${key}` : `${namespace}:${name.join(":")}`;
}

/** Pulumi stores a secret as `{ secure: TEXT }`. */
function isSecret(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

function holdsSecret(value: unknown): boolean {
  return isSecret(value) || (isBranch(value) && Object.values(value).some(holdsSecret));
}

function isBranch(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Returns a value of a file with a placeholder for each secret. */
export function withoutSecrets(value: unknown): unknown {
  if (isSecret(value)) {
    return SECRET;
  }
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  return isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]))
    : value;
}

/** Returns all texts in a value, its keys left out. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  return isBranch(value) ? Object.values(value).flatMap(textsIn) : [];
}

/**
 * Returns the texts of a value that a file keeps encrypted.
 *
 * @param inFile the value in the file; `undefined` if it comes from elsewhere: all texts are secret then
 * @param decrypted the same value as Pulumi decrypts it
 * @example secretTexts({ a: { secure: "v1:…" }, b: "open" }, { a: "hidden", b: "open" }) // ["hidden"]
 */
export function secretTexts(inFile: unknown, decrypted: unknown): string[] {
  if (inFile === undefined || isSecret(inFile)) {
    return textsIn(decrypted);
  }
  if (!isBranch(inFile) || !isBranch(decrypted)) {
    return [];
  }
  return Object.entries(inFile).flatMap(([key, item]) =>
    holdsSecret(item) ? secretTexts(item, decrypted[key]) : [],
  );
}

function configIn(settings: JsonObject | undefined): [string, unknown][] {
  return isObject(settings?.config) ? Object.entries(settings.config) : [];
}

/** What a project's file may say of a key beside its `value`, without an effect on it. */
const REMARKS = ["value", "description"];

/**
 * Returns the value of a key in a project's file. A map there declares the key: with its `value`, or
 * with a type and a default, for which `undefined` is returned.
 */
function projectValue(declared: unknown): { readonly value: unknown } | undefined {
  if (!isObject(declared)) {
    return { value: declared };
  }
  const isPlain = Object.keys(declared).every((name) => REMARKS.includes(name));
  return isPlain && "value" in declared ? { value: declared.value } : undefined;
}

/**
 * Returns the keys of a namespace that a project's and a stack's file have. A stack's value takes
 * the place of the project's.
 *
 * @example
 * fileConfig({ projectName: "shop", project: { config: { "mesh:hub": "a" } }, stack: {} }, "mesh").values
 * // { "mesh:hub": { value: "a", from: "project" } }
 * @see https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
 */
export function fileConfig(files: StackFiles, namespace: string): FileConfig {
  const { projectName, project, stack } = files;
  const own = ([key, value]: [string, unknown]): [string, unknown][] => {
    const name = qualified(key, projectName);
    return name.startsWith(`${namespace}:`) ? [[name, value]] : [];
  };
  const declared = configIn(project).flatMap(own);
  const given = configIn(stack).flatMap(own);
  const ofProject = declared.flatMap(([key, value]) => {
    const read = projectValue(value);
    return read === undefined ? [] : [[key, { ...read, from: "project" }] as const];
  });
  const ofStack = given.map(([key, value]) => [key, { value, from: "stack" }] as const);
  const unclear = [
    ...(stack === undefined ? ["the stack has no file"] : []),
    ...(isBranch(stack?.environment) ? ["the stack takes values from environments"] : []),
    ...declared.flatMap(([key, value]) =>
      projectValue(value) === undefined ? [`${key} is declared with a type or a default`] : [],
    ),
    ...given.flatMap(([key, value]) => (holdsSecret(value) ? [`${key} is encrypted`] : [])),
  ];
  return { values: Object.fromEntries([...ofProject, ...ofStack]), unclear };
}

/** Returns a value of a file as Pulumi passes it to a program: a text, with lists and maps as JSON. */
export function configText(value: unknown): string {
  if (value === null || value === undefined) {
    return "";
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}
