import { basename } from "node:path/posix";
import { load } from "js-yaml";
import { isObject } from "../../mesh/common/json";
import { didYouMean } from "../../mesh/common/suggest";
import { retiredPlaceIn } from "../../mesh/schema/retiredPlaces";
import { verifyDigest } from "./archive";
import { checkedResponse, fetchBytes, fetchText, get } from "./http";

interface IndexEntry {
  readonly version: string;
  readonly urls: readonly string[];
  /** Hex digits without a prefix, as Helm writes them. */
  readonly digest?: string;
}

interface RepositoryIndex {
  readonly entries: Readonly<Record<string, readonly IndexEntry[]>>;
}

/** An address that answers with something else, such as a login page, is not a repository. */
function parseIndex(text: string, address: URL): RepositoryIndex {
  const index = parsedOrUndefined(text);
  if (!isObject(index) || !isObject(index.entries)) {
    throw new Error(
      `${address.href} is not the index of a Helm repository; ` +
        "fix: name the folder that holds the repository's index.yaml",
    );
  }
  return index as unknown as RepositoryIndex;
}

function parsedOrUndefined(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

/** A repository answers, but has no chart of this name. */
export class NoSuchChart extends Error {
  override readonly name = "NoSuchChart";

  /** @param similar a similar name, as a question */
  constructor(
    message: string,
    readonly similar: string | undefined,
  ) {
    super(message);
  }
}

function findEntry(index: RepositoryIndex, name: string, version: string, url: string): IndexEntry {
  const versions = index.entries[name];
  if (versions === undefined) {
    const known = Object.keys(index.entries);
    throw new NoSuchChart(
      `${url} has no chart "${name}"; it has: ${known.join(", ")}`,
      didYouMean(name, known),
    );
  }
  const entry = versions.find((candidate) => candidate.version === version);
  if (entry === undefined) {
    const some = versions.slice(0, 8).map((candidate) => candidate.version);
    const more = versions.length > some.length ? ", …" : "";
    throw new Error(
      `${url} has no version ${version} of "${name}"; it has: ${some.join(", ")}${more}`,
    );
  }
  return entry;
}

const indexes = new Map<string, Promise<RepositoryIndex>>();

/** Several charts are requested at once. The index is large, so all of them share one download. */
function fetchIndex(address: URL): Promise<RepositoryIndex> {
  const known = indexes.get(address.href);
  if (known !== undefined) {
    return known;
  }
  const index = fetchText(address)
    .then((text) => parseIndex(text, address))
    .finally(() => indexes.delete(address.href));
  indexes.set(address.href, index);
  return index;
}

/**
 * Returns the address of an archive in an index. Istio created the index for its old bucket, and
 * the full addresses of that bucket are still in it for older versions. The same file is beside
 * the index.
 *
 * @see https://github.com/istio/release-builder/blob/master/pkg/publish/helm.go
 */
function archiveUrl(url: string, base: string): URL {
  return retiredPlaceIn(url) === undefined ? new URL(url, base) : new URL(basename(url), base);
}

/** The address of a chart's archive, and what the index says about it. */
async function findArchive(url: string, name: string, version: string) {
  const base = url.endsWith("/") ? url : `${url}/`;
  const address = new URL("index.yaml", base);
  const index = await fetchIndex(address);
  const entry = findEntry(index, name, version, url);
  return { address: archiveUrl(entry.urls[0] ?? `${name}-${version}.tgz`, base), entry };
}

/**
 * Fetches a chart's archive from a Helm repository and checks it against the repository's index.
 *
 * @param url the repository: the folder of its `index.yaml`
 * @throws Error if the repository, the chart or the version is not available, or the digest differs
 */
export async function fetchFromRepository(
  url: string,
  name: string,
  version: string,
): Promise<Uint8Array> {
  const { address, entry } = await findArchive(url, name, version);
  const bytes = await fetchBytes(address);
  verifyDigest(
    address.href,
    bytes,
    entry.digest === undefined ? undefined : `sha256:${entry.digest}`,
  );
  return bytes;
}

/**
 * Fetches the provenance file beside a chart's archive.
 *
 * @returns nothing if there is none
 * @see https://helm.sh/docs/topics/provenance/
 */
export async function repositoryProvenance(
  url: string,
  name: string,
  version: string,
): Promise<Uint8Array | undefined> {
  const { address } = await findArchive(url, name, version);
  const file = new URL(address);
  file.pathname += ".prov";
  const answer = await get(file);
  return answer.status === 404
    ? undefined
    : new Uint8Array(await checkedResponse(file, answer).arrayBuffer());
}
