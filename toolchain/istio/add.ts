import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isObject, type Json, type JsonObject } from "../../mesh/common/json";
import { patchBetween } from "../../mesh/common/mergePatch";
import {
  compareMinors,
  type GatewayApiMinimum,
  type MinorFacts,
  type Minors,
  minorOf,
  openMinors,
  type TypeTable,
  type UpgradeNote,
} from "../../mesh/model/minors";
import { droppedRules } from "../../mesh/schema/droppedRules";
import { lostFields } from "../../mesh/schema/lostFields";
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
  /** What its sources say: the lowest release of the Gateway API for each kind, by CRD. */
  readonly gatewayApiMinimum: Readonly<Record<string, GatewayApiMinimum>>;
  readonly upgradeNotes: readonly UpgradeNote[];
}

const SUPPORT =
  "https://istio.io/latest/docs/releases/supported-releases/#support-status-of-istio-releases";

/** What a person fills in. What can be known is there already. */
function releaseOf({ upgradeNotes }: ReleaseData, lost: readonly string[]): JsonObject {
  return {
    source: SUPPORT,
    released: GAP,
    endOfSupport: GAP,
    endIsExpected: true,
    kubernetes: { oldest: GAP, newest: GAP },
    upgradeNotes: upgradeNotes.map(({ title, source }) => ({ title, source, check: GAP })),
    ...(lost.length > 0 && {
      dropped: [{ severity: "error", why: GAP, source: GAP, remove: [...lost] }],
    }),
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

/**
 * A release of the Gateway API that is known already keeps its source: the minor that asked for it
 * first, or what a person has written in its place, such as an upgrade note.
 */
function withKnownSources(
  own: ReleaseData["gatewayApiMinimum"],
  before: ReleaseData["gatewayApiMinimum"] = {},
): ReleaseData["gatewayApiMinimum"] {
  const entries = Object.entries(own).map(([crd, minimum]) => {
    const first = before[crd];
    return [crd, first?.bundle === minimum.bundle ? first : minimum] as const;
  });
  return Object.fromEntries(entries);
}

/** @param earlier what was known of the minor, or else of the one before it */
function documentsOf(data: ReleaseData, earlier: Documents | undefined): Documents {
  const { version, module, go, charts } = data;
  const { types = {}, flags = {}, ...facts } = go as Record<string, JsonObject>;
  const known = earlier?.facts as unknown as MinorFacts | undefined;
  const gatewayApiMinimum = withKnownSources(data.gatewayApiMinimum, known?.gatewayApiMinimum);
  const all = { from: version, module, ...facts, ...charts, gatewayApiMinimum };
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

/** Fields that istioctl knew in the minor before, and that no data says anything of. */
function lostSince(before: Documents | undefined, own: Documents, minors: Minors): string[] {
  const tableOf = ({ types }: Documents) => types as unknown as TypeTable;
  const said = new Set(droppedRules(minors).map(({ path }) => path));
  const lost = before === undefined ? [] : lostFields(tableOf(before), tableOf(own));
  return lost.filter((path) => !said.has(path));
}

/** @returns whether a person has something to fill in */
function writeRelease(file: string, data: ReleaseData, lost: readonly string[]): boolean {
  if (!existsSync(file)) {
    write(file, releaseOf(data, lost));
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
  const index = names.indexOf(minor);
  const before = documents.get(names[index - 1] ?? "");
  const read = documentsOf(data, minors.names.includes(minor) ? documents.get(minor) : before);
  documents.set(minor, read);
  for (const at of [index, index + 1]) {
    const [name, own] = [names[at], documents.get(names[at] ?? "")];
    if (name !== undefined && own !== undefined) {
      writePatches(join(folder, name), documents.get(names[at - 1] ?? ""), own);
    }
  }
  const release = join(folder, minor, "release.json");
  const isOpen = writeRelease(release, data, lostSince(before, read, minors));
  writeFileSync(join(folder, INDEX), folderIndex(folder));
  return isOpen ? release : undefined;
}
