import { createHash, createVerify } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { check as isLocked, lock } from "proper-lockfile";
import { x as extract } from "tar";
import { chartDigest } from "../helm/cachedEngine";
import { compareDigest, DigestError } from "./archive";
import { download, fetchBytes, fetchText } from "./http";
import type { ChartNews } from "./news";
import { archivePath, type ReleaseLayout } from "./places";
import { SignatureError } from "./signatures";

/** The archive of an Istio release, and where its charts are cached. */
export interface ReleaseArchive {
  readonly version: string;
  /** The addresses of archives, in the order in which they are tried. */
  readonly urls: readonly string[];
  readonly layout: ReleaseLayout;
  /**
   * The pinned digest of the archive, `sha256:` and hex digits. @default the archive is checked
   * against the file beside it, see {@link ReleaseLayout}
   */
  readonly digest: string | undefined;
  /** The folder that caches the needed part of the archive. */
  readonly folder: string;
}

/** What is recorded about an archive besides its charts. */
interface ArchiveRecord {
  readonly from: string;
  /** The digest of the whole archive as it was downloaded. */
  readonly archive: string;
  /** The digest of the cached files. */
  readonly content: string;
}

/** Milliseconds without a sign of life after which another process is considered dead. */
const STALE_MS = 10_000;

const MEGABYTE = 1_000_000;

function archiveUrl(base: string, { version, layout }: ReleaseArchive): URL {
  return new URL(`${base.replace(/\/$/, "")}/${archivePath(version, layout)}`);
}

/** Fetches the digest beside an archive: `HEX NAME`. */
async function publishedDigest(address: URL): Promise<string> {
  const [hex = ""] = (await fetchText(address)).trim().split(/\s+/);
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new Error(`${address.href} holds no SHA-256 digest`);
  }
  return `sha256:${hex.toLowerCase()}`;
}

/** Checks an archive while it is downloaded. */
interface Check {
  /** Is given every piece, in order. */
  update(chunk: Uint8Array): void;
  /**
   * Is called after the last piece, with the digest of the whole archive.
   *
   * @throws DigestError if the archive is not the expected one
   */
  finish(digest: string): void;
}

function digestCheck(archive: URL, expected: string): Check {
  return {
    update: () => undefined,
    finish: (digest) => compareDigest(archive.href, digest, expected),
  };
}

function signatureCheck(
  archive: URL,
  signature: { readonly address: URL; readonly bytes: Uint8Array },
  { key, publisher }: { readonly key: string; readonly publisher: string },
): Check {
  const verify = createVerify("sha256");
  return {
    update: (chunk) => {
      verify.update(chunk);
    },
    finish: () => {
      if (!verify.verify(key, signature.bytes)) {
        throw new SignatureError(
          `${archive.href} is not what ${publisher} has signed: ${signature.address.href} is no signature of ` +
            "it; it was not used. fix: find out who changed it before you pin its digest",
        );
      }
    },
  };
}

/** What an archive is checked against is fetched before the archive, which is large. */
async function checkOf(archive: URL, { digest, layout }: ReleaseArchive): Promise<Check> {
  const { proof, publisher } = layout;
  const beside = new URL(`${archive.href}${proof.suffix}`);
  if (digest !== undefined) {
    return digestCheck(archive, digest);
  }
  switch (proof.kind) {
    case "digest":
      return digestCheck(archive, await publishedDigest(beside));
    case "signature":
      return signatureCheck(
        archive,
        { address: beside, bytes: await fetchBytes(beside) },
        { key: proof.key, publisher },
      );
  }
}

/** Reports the progress of a download at every tenth of it, or every 10 MB. */
function progressOf(title: string, bytes: number | undefined, news: ChartNews) {
  const step = bytes === undefined ? 10 * MEGABYTE : bytes / 10;
  let next = step;
  let received = 0;
  return (more: number) => {
    received += more;
    if (received >= next) {
      next += step;
      const all = bytes === undefined ? "" : ` of ${(bytes / MEGABYTE).toFixed(1)}`;
      news.progress(`${title}: ${(received / MEGABYTE).toFixed(1)}${all} MB`);
    }
  };
}

/**
 * Unpacks the charts of an archive while it is downloaded. Returns the digest of the whole
 * archive.
 */
async function unpackCharts(
  url: URL,
  { version }: ReleaseArchive,
  into: string,
  { news, check }: { readonly news: ChartNews; readonly check: Check },
): Promise<string> {
  const wanted = `istio-${version}/manifests/`;
  const hash = createHash("sha256");
  await download(url, async ({ bytes, chunks }) => {
    const arrived = progressOf(`Istio ${version}`, bytes, news);
    const measure = async function* () {
      for await (const chunk of chunks) {
        hash.update(chunk);
        check.update(chunk);
        arrived(chunk.length);
        yield Buffer.from(chunk);
      }
    };
    const isWanted = (path: string, entry: object) =>
      path.startsWith(wanted) && "type" in entry && /^(File|Directory)$/.test(String(entry.type));
    await pipeline(
      Readable.from(measure()),
      extract({ cwd: into, strip: 1, filter: isWanted, strict: true, preserveOwner: false }),
    );
  });
  return `sha256:${hash.digest("hex")}`;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Runs work with a temporary folder, which is removed afterwards, even if a signal ends the
 * process.
 */
async function withPassingFolder(folder: string, work: () => Promise<void>): Promise<void> {
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const end = (signal: NodeJS.Signals) => {
    remove();
    // This handler is no longer registered, so the signal now has its usual effect.
    process.kill(process.pid, signal);
  };
  remove();
  mkdirSync(folder, { recursive: true });
  for (const signal of SIGNALS) {
    process.once(signal, end);
  }
  try {
    await work();
  } finally {
    for (const signal of SIGNALS) {
      process.removeListener(signal, end);
    }
    remove();
  }
}

async function fetchFrom(base: string, release: ReleaseArchive, news: ChartNews): Promise<void> {
  const { version, folder } = release;
  const url = archiveUrl(base, release);
  const check = await checkOf(url, release);
  const part = `${folder}.part`;
  await withPassingFolder(part, async () => {
    news.info(`fetching the release archive of Istio ${version} from ${url.href}`);
    const archive = await unpackCharts(url, release, part, { news, check });
    check.finish(archive);
    const manifests = join(part, "manifests");
    if (!existsSync(join(manifests, "charts", "base", "Chart.yaml"))) {
      throw new Error(`${url.href} is no release of Istio: it has no istio-${version}/manifests`);
    }
    const record: ArchiveRecord = { from: url.href, archive, content: chartDigest(manifests) };
    writeFileSync(join(part, "archive.json"), `${JSON.stringify(record)}\n`);
    renameSync(part, folder);
    news.info(`the charts of Istio ${version} are in ${folder}`);
  });
}

/** Tries the addresses one after the other. @throws Error with what each of them answered */
async function fetchFromAny(release: ReleaseArchive, news: ChartNews): Promise<void> {
  const failures: string[] = [];
  for (const [index, url] of release.urls.entries()) {
    try {
      return await fetchFrom(url, release, news);
    } catch (error) {
      if (error instanceof DigestError) {
        throw error;
      }
      failures.push((error as Error).message);
      const next = release.urls[index + 1];
      if (next !== undefined) {
        news.warn(`${(error as Error).message}; trying ${next}`);
      }
    }
  }
  throw new Error(failures.join("; "));
}

/** Another process may be fetching the same archive. The second process then finds it done. */
async function fetchOnce(release: ReleaseArchive, news: ChartNews): Promise<void> {
  const { folder, version } = release;
  mkdirSync(dirname(folder), { recursive: true });
  let lost: Error | undefined;
  const options = {
    realpath: false,
    stale: STALE_MS,
    onCompromised: (error: Error) => {
      lost = error;
      news.warn(`the lock on the charts of Istio ${version} was lost: ${error.message}`);
    },
  };
  if (await isLocked(folder, options)) {
    news.info(`waiting for another process, which fetches the charts of Istio ${version}`);
  }
  const retries = { forever: true, minTimeout: 100, maxTimeout: 500, factor: 1.5 };
  const unlock = await lock(folder, { ...options, retries });
  try {
    if (!existsSync(folder)) {
      await fetchFromAny(release, news);
    }
  } finally {
    if (lost === undefined) {
      await unlock();
    }
  }
}

/** Checks the cached files against the record and against the pinned digest. */
function verifyKept({ folder, digest }: ReleaseArchive): void {
  const record = JSON.parse(readFileSync(join(folder, "archive.json"), "utf8")) as ArchiveRecord;
  if (digest !== undefined) {
    compareDigest(`${record.from}, kept in ${folder},`, record.archive, digest);
  }
  if (chartDigest(join(folder, "manifests")) !== record.content) {
    throw new DigestError(
      `the charts in ${folder} are not those that were fetched; they were not used. ` +
        "fix: delete this folder, and they are fetched again",
    );
  }
}

const underway = new Map<string, Promise<void>>();

async function fetchAndCheck(release: ReleaseArchive, news: ChartNews): Promise<void> {
  if (!existsSync(release.folder)) {
    await fetchOnce(release, news);
  }
  verifyKept(release);
}

/**
 * Returns the folder `manifests` of an Istio release. The archive is downloaded once for each
 * version, however many callers there are. It is unpacked during the download, and only this
 * folder is kept, and only if the archive has the pinned digest, or what its publisher has beside
 * it: the digest (Istio), or a signature (Google).
 *
 * @throws DigestError if a digest differs, now or at any later use
 * @throws Error if no address has the archive, with what each of them answered
 * @see https://github.com/istio/release-builder/blob/master/pkg/build/archive.go
 */
export async function keptManifests(release: ReleaseArchive, news: ChartNews): Promise<string> {
  const key = JSON.stringify([release.folder, release.digest]);
  const work =
    underway.get(key) ?? fetchAndCheck(release, news).finally(() => underway.delete(key));
  underway.set(key, work);
  await work;
  return join(release.folder, "manifests");
}
