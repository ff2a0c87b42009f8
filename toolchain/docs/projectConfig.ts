import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { DEFAULT_VERSION } from "../../mesh/model/defaultVersion";
import { EXAMPLE_REVISION } from "../../mesh/model/revision";
import { SCHEMA_FILE } from "../inputs/schema";

/** The part of a key's JSON schema that a project's file can tell. */
interface KeySchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

interface InputsSchema {
  readonly definitions: Readonly<
    Record<string, KeySchema & { readonly properties?: Readonly<Record<string, KeySchema>> }>
  >;
}

/**
 * Keys that a project declares with their defaults. Pulumi takes no type and no default for a key
 * outside of the project's own namespace, and demands a value. So these are the keys for which the
 * default, written down, means the same as none: an overlay cannot set them.
 */
const DECLARED = ["target", "adopt", "precheck", "crdsOnDestroy"] as const;

/** Keys that `pulumi new` asks for, with the answer that `--yes` takes. */
const ASKED: Readonly<Record<string, string | undefined>> = {
  version: DEFAULT_VERSION,
  revision: EXAMPLE_REVISION,
  profile: undefined,
  target: undefined,
};

function readKeys(root: string): (key: string) => KeySchema {
  const { definitions } = JSON.parse(readFileSync(join(root, SCHEMA_FILE), "utf8")) as InputsSchema;
  return (key) => {
    const own = definitions.StackConfiguration?.properties?.[key];
    if (own === undefined) {
      throw new Error(`the schema of the configuration has no key ${key}`);
    }
    const name = own.$ref?.replace("#/definitions/", "");
    return name === undefined ? own : { ...definitions[name], ...own };
  };
}

/** The first paragraph of a description, and the words that the key takes. */
function shortText({ description = "", enum: words = [] }: KeySchema): string {
  const [first = ""] = description.split("\n\n");
  const unnamed = words.some((word) => !first.includes(`\`${word}\``));
  return unnamed ? `${first} One of: ${words.join(", ")}.` : first;
}

function yaml(keys: readonly (readonly [string, object])[]): string {
  const all = Object.fromEntries(keys.map(([key, value]) => [`mesh:${key}`, value]));
  return dump(all, { lineWidth: 92 }).trimEnd();
}

/**
 * Returns the keys that a project's `Pulumi.yaml` declares for all of its stacks, as the lines below
 * `config:`.
 *
 * @param root the project's folder
 */
export function declaredConfig(root: string): string {
  const keyOf = readKeys(root);
  return yaml(
    DECLARED.map((key) => {
      const schema = keyOf(key);
      return [key, { value: schema.default, description: shortText(schema) }];
    }),
  );
}

/**
 * Returns the keys that `pulumi new` asks for, as the lines below `config:` of `template:`.
 *
 * @param root the project's folder
 */
export function askedConfig(root: string): string {
  const keyOf = readKeys(root);
  return yaml(
    Object.entries(ASKED).map(([key, answer]) => {
      const schema = keyOf(key);
      return [key, { description: shortText(schema), default: answer ?? String(schema.default) }];
    }),
  );
}
