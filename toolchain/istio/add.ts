import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type Json, type JsonObject } from "../../mesh/common/json";
import { patchBetween } from "../../mesh/common/mergePatch";
import {
  compareMinors,
  type Minors,
  minorOf,
  openMinors,
  type UpgradeNote,
} from "../../mesh/model/minors";
import type { ChartFacts } from "./chartFacts";
import { folderIndex, GAP, INDEX, PATCHES, readFolders } from "./folders";

/** What was read out of a release. */
export interface ReleaseData {
  readonly version: string;
  /** Its version as a Go module. */
  readonly module: string;
  /** What its Go code says, as `toolchain/go/facts` writes it. */
  readonly go: JsonObject;
  /** What its charts say. */
  readonly charts: ChartFacts;
  readonly upgradeNotes: readonly UpgradeNote[];
}

const SUPPORT =
  "https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases";

/** What a person fills in. What can be known is there already. */
function releaseOf({ upgradeNotes }: ReleaseData): JsonObject {
  return {
    source: SUPPORT,
    released: GAP,
    endOfSupport: GAP,
    endIsExpected: true,
    kubernetes: { oldest: GAP, newest: GAP },
    upgradeNotes: upgradeNotes.map(({ title, source }) => ({ title, source, check: GAP })),
  };
}

function write(file: string, value: JsonObject): void {
  writeFileSync(file, `${JSON.stringify(sorted(value), null, 2)}\n`);
}

/** Sorts keys, so that two files can be compared. */
function sorted(value: Json): Json {
  if (!isObject(value)) {
    return Array.isArray(value) ? value.map(sorted) : value;
  }
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key] ?? null)]));
}

/** What the files of a minor say when all that the minors before it say is added. */
type Documents = Readonly<Record<(typeof PATCHES)[number], JsonObject>>;

function documentsOf({ version, module, go, charts }: ReleaseData): Documents {
  const { types = {}, flags = {}, ...facts } = go as Record<string, JsonObject>;
  const all = { from: version, module, ...facts, ...charts };
  return { facts: all as unknown as JsonObject, types, flags };
}

function knownDocuments(minors: Minors, minor: string): Documents {
  const version = `${minor}.0`;
  return {
    facts: minors.facts(version) as unknown as JsonObject,
    types: minors.types(version) as unknown as JsonObject,
    flags: { ...minors.flags(version) },
  };
}

/** Writes what a minor changes. A file that would change nothing is removed. */
function writePatches(folder: string, before: Documents | undefined, own: Documents): void {
  mkdirSync(folder, { recursive: true });
  for (const name of PATCHES) {
    const patch = patchBetween(before?.[name] ?? {}, own[name]);
    const file = join(folder, `${name}.json`);
    if (Object.keys(patch).length === 0) {
      rmSync(file, { force: true });
    } else {
      write(file, patch);
    }
  }
}

/** @returns whether a person has something to fill in */
function writeRelease(file: string, data: ReleaseData): boolean {
  if (!existsSync(file)) {
    write(file, releaseOf(data));
  }
  return readFileSync(file, "utf8").includes(GAP);
}

/**
 * Writes the folder of a release's minor, with what differs from the minor before it, and the index
 * of all folders. The minor after it, if there is one, keeps what it says. A `release.json` that is
 * there is left as it is.
 *
 * @param folder `mesh/data/istio`
 * @returns the file that a person has to complete, or `undefined` if it is complete
 */
export function writeMinor(folder: string, data: ReleaseData): string | undefined {
  const minor = minorOf(data.version);
  const minors = openMinors(readFolders(folder));
  const names = [...new Set([...minors.names, minor])].sort(compareMinors);
  const documents = new Map(names.map((name) => [name, knownDocuments(minors, name)]));
  documents.set(minor, documentsOf(data));
  const index = names.indexOf(minor);
  for (const at of [index, index + 1]) {
    const [name, own] = [names[at], documents.get(names[at] ?? "")];
    if (name !== undefined && own !== undefined) {
      writePatches(join(folder, name), documents.get(names[at - 1] ?? ""), own);
    }
  }
  const release = join(folder, minor, "release.json");
  const isOpen = writeRelease(release, data);
  writeFileSync(join(folder, INDEX), folderIndex(folder));
  return isOpen ? release : undefined;
}
