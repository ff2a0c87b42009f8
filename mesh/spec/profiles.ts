import { isObject, type Json, type JsonObject } from "../common/json";
import { InvalidInput } from "../common/problem";
import { splitPath } from "../common/propertyPath";
import { didYouMean } from "../common/suggest";
import type { OverlayLibrary } from "../overlay/library";
import { API_VERSION, KIND } from "../overlay/parse";
import { type ResolvedMesh, resolveMesh } from "./resolve";

/** One profile in a list. */
export interface ProfileEntry {
  readonly name: string;
  /** `istio`: istioctl has it too. `gke`: only this package has it, for Google Cloud. */
  readonly origin: "istio" | "gke";
  /** The first sentence of the file's comment. */
  readonly summary: string;
  readonly file: string;
}

function summaryOf(text: string): string {
  const comment = text
    .split("\n")
    .filter((line) => line.startsWith("#"))
    .map((line) => line.slice(1).trim())
    .join(" ");
  return comment.replace(/\.( .*)?$/, "");
}

/** Returns the profiles of an Istio version, sorted by name. */
export function listProfiles(version: string, { profiles }: OverlayLibrary): ProfileEntry[] {
  return profiles.names.map((name) => {
    const { file, text } = profiles.source(name, version);
    return {
      name,
      origin: name.startsWith("asm-") ? "gke" : "istio",
      summary: summaryOf(text),
      file,
    };
  });
}

/**
 * Returns the merged document of a mesh as istioctl dumps it: `spec` with the name of the profile.
 */
export function dumpProfile(mesh: Pick<ResolvedMesh, "document" | "profile">): JsonObject {
  const { spec } = mesh.document;
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    spec: { ...(isObject(spec) ? spec : {}), profile: mesh.profile },
  };
}

function step(at: Json | undefined, segment: string): Json | undefined {
  const index = /^\[(\d+)\]$/.exec(segment)?.[1];
  if (index !== undefined) {
    return Array.isArray(at) ? at[Number(index)] : undefined;
  }
  return isObject(at) && Object.hasOwn(at, segment) ? at[segment] : undefined;
}

/**
 * Returns the part of a dump at a path below `spec`.
 *
 * @throws InvalidInput if the path does not exist, with the most similar key
 * @example
 * dumpPart(dump, "components.pilot") // { enabled: true }
 */
export function dumpPart(dump: JsonObject, path: string): Json {
  let at: Json | undefined = dump.spec;
  for (const segment of splitPath(path)) {
    const next = step(at, segment);
    if (next === undefined) {
      const known = isObject(at) ? Object.keys(at) : [];
      const fix = didYouMean(segment, known);
      const reason = `there is no ${segment} in the profile`;
      const allowed = known.length > 0 ? known.join(", ") : undefined;
      throw new InvalidInput([{ source: "--config-path", path, reason, allowed, fix }]);
    }
    at = next;
  }
  return at ?? null;
}

const IS_FILE = /(\.ya?ml$|\/)/i;

/** Returns the dump of a profile by name, or of a file on top of the profile that it names. */
export function profileDump(
  nameOrFile: string,
  version: string,
  library: OverlayLibrary,
): JsonObject {
  const isFile = IS_FILE.test(nameOrFile);
  const named = isFile ? { overlays: [nameOrFile] } : { profile: nameOrFile };
  return dumpProfile(resolveMesh({ version, ...named }, library));
}
