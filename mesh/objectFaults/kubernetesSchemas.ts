import type { JsonObject } from "../common/json";
import { mergePatch } from "../common/mergePatch";
import { compareMinors } from "../model/minors";
import { lazyValidators, type Validator } from "./validators";

/** The schemas of one minor of Kubernetes. */
interface Schemas {
  /** The name of a definition by `apiVersion kind`. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly definitions: Readonly<Record<string, JsonObject>>;
}

/** What `npm run kubernetes` writes. */
interface SchemaData {
  readonly newest: string;
  readonly schemas: JsonObject;
  /** By minor, what differs from the minor after it, as merge patches. */
  readonly older: Readonly<Record<string, JsonObject>>;
}

/** The schemas of a minor of Kubernetes, compiled as they are used. */
export interface KubernetesSchemas {
  /** Such as `1.36`. */
  readonly minor: string;
  /** Returns the schema of a definition, such as `core.v1.PodSpec`. */
  schema(name: string): JsonObject;
  /** Returns `undefined` for a kind whose schema is not known. */
  of(apiVersion: string, kind: string): Validator | undefined;
}

/** Loaded when the first object is checked. */
function data(): SchemaData {
  return require("../data/kubernetes/schemas.json");
}

/** Returns the known minors of Kubernetes, the newest first. */
export function kubernetesMinors(): string[] {
  const { newest, older } = data();
  return [newest, ...Object.keys(older).sort(compareMinors).reverse()];
}

/** @example minorIn("v1.34.2-gke.100") // "1.34" */
function minorIn(version: string): string | undefined {
  return /^v?(\d+\.\d+)/.exec(version)?.[1];
}

/** Returns the minor itself if it is known, or else the known one that is next to it. */
function knownMinor(version: string | undefined): string {
  const minors = kubernetesMinors();
  const minor = minorIn(version ?? "");
  const found =
    minor === undefined ? minors[0] : minors.find((known) => compareMinors(known, minor) <= 0);
  return found ?? minors.at(-1) ?? "";
}

/**
 * Returns what to tell the user if objects are checked against another minor than that of their
 * cluster, because its schemas are not known.
 *
 * @example
 * unknownMinorNote("v1.99.0")
 * // "the cluster runs Kubernetes v1.99.0: objects are checked against 1.37, the newest minor that …"
 */
export function unknownMinorNote(version: string): string | undefined {
  const minor = minorIn(version);
  const known = knownMinor(version);
  if (minor === undefined || minor === known) {
    return undefined;
  }
  const [which, rest] = isNewerKubernetes(version)
    ? ["newest", "fields that are new since then are not checked"]
    : ["oldest", "fields that the cluster does not have yet are not found"];
  return `the cluster runs Kubernetes ${version}: objects are checked against ${known}, the ${which} minor that this version of the package knows; ${rest}`;
}

/** Returns whether a version is newer than every minor whose schemas are known. */
export function isNewerKubernetes(version: string): boolean {
  const minor = minorIn(version);
  return minor !== undefined && compareMinors(minor, data().newest) > 0;
}

function schemasOf(minor: string): Schemas {
  const { schemas, older } = data();
  const minors = kubernetesMinors();
  const patches = minors.slice(1, minors.indexOf(minor) + 1).map((name) => older[name] ?? {});
  return patches.reduce(mergePatch, schemas) as unknown as Schemas;
}

const opened = new Map<string, KubernetesSchemas>();

/**
 * Returns the schemas of a Kubernetes version.
 *
 * @param version such as `1.34.2` @default the newest known
 * @see https://github.com/kubernetes/kubernetes/tree/master/api/openapi-spec
 */
export function kubernetesSchemas(version?: string): KubernetesSchemas {
  const minor = knownMinor(version);
  const known = opened.get(minor);
  if (known !== undefined) {
    return known;
  }
  const { kinds, definitions } = schemasOf(minor);
  const schema = (name: string) => definitions[name] ?? {};
  const validators = lazyValidators(schema);
  const made: KubernetesSchemas = {
    minor,
    schema,
    of: (apiVersion, kind) => {
      const name = kinds[`${apiVersion} ${kind}`];
      return name === undefined ? undefined : validators(name);
    },
  };
  opened.set(minor, made);
  return made;
}
