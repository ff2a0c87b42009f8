import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { list } from "tar";
import { sha256 } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { filesBelow, removeFolders, temporaryFolder } from "../mesh/support";
import { type Answer, chartArchive, closeServers, serve } from "./server";

const ISTIOD = { name: "istiod", folder: "istio-control/istio-discovery", version: NEWEST };

interface Entry {
  readonly version: string;
  readonly urls?: readonly string[];
  readonly digest?: string;
}

const indexText = (entries: Readonly<Record<string, readonly Entry[]>>) =>
  dump({ apiVersion: "v1", entries });

const hex = (bytes: Buffer) => sha256(bytes).slice("sha256:".length);

describe("a Helm repository", () => {
  let archive: Buffer;
  before(async () => {
    archive = await chartArchive("istiod", NEWEST);
    removeFolders();
  });
  afterEach(async () => {
    await closeServers();
    removeFolders();
  });

  const entry = (more: Partial<Entry> = {}): Entry => ({
    version: NEWEST,
    urls: [`istiod-${NEWEST}.tgz`],
    digest: hex(archive),
    ...more,
  });

  async function start(entries: Record<string, Entry[]>, more: Record<string, Answer> = {}) {
    const server = await serve({
      "/charts/index.yaml": indexText(entries),
      [`/charts/istiod-${NEWEST}.tgz`]: archive,
      ...more,
    });
    const cache = temporaryFolder();
    const url = `http://${server.host}/charts`;
    const locate = (digests?: Record<string, string>, at = url) =>
      chartLocator({ kind: "repository", url: at, digests }, cache).locate(ISTIOD);
    return { server, cache, url, locate };
  }

  it("the archive is fetched, checked and kept", async () => {
    const { cache, locate, server } = await start({ istiod: [entry()] });
    const path = await locate();
    assert.deepEqual(readFileSync(path), archive);
    assert.deepEqual(filesBelow(cache), [path]);
    const names: string[] = [];
    await list({ file: path, onReadEntry: ({ path: name }) => names.push(name) });
    assert.ok(names.includes("istiod/Chart.yaml"));
    assert.equal(await locate(), path);
    assert.deepEqual(server.requests, ["/charts/index.yaml", `/charts/istiod-${NEWEST}.tgz`]);
  });

  it("a slash at the end of the URL, an absolute archive URL, no digest", async () => {
    const { server, url, locate } = await start({}, {});
    const other = await serve({
      "/c/index.yaml": indexText({
        istiod: [{ version: NEWEST, urls: [`http://${server.host}/charts/istiod-${NEWEST}.tgz`] }],
      }),
    });
    assert.ok(await locate(undefined, `http://${other.host}/c/`));
    assert.notEqual(url, other.host);
  });

  it("an archive that the index has in a place that Istio retires is beside the index", async () => {
    const url = `https://istio-release.storage.googleapis.com/charts/istiod-${NEWEST}.tgz`;
    const { locate, server } = await start({ istiod: [entry({ urls: [url] })] });
    assert.deepEqual(readFileSync(await locate()), archive);
    assert.deepEqual(server.requests, ["/charts/index.yaml", `/charts/istiod-${NEWEST}.tgz`]);
  });

  it("two repositories do not share archives", async () => {
    const { locate } = await start({ istiod: [entry()] });
    const first = await locate();
    const second = await start({ istiod: [entry()] });
    assert.notEqual(await second.locate(), first);
  });

  const refused: [string, () => Record<string, Entry[]>, RegExp][] = [
    [
      "a version that is not there",
      () => ({ istiod: [entry({ version: PREVIOUS }), entry({ version: "1.27.0" })] }),
      pattern`has no version ${NEWEST} of "istiod"; it has: ${PREVIOUS}, 1\.27\.0$`,
    ],
    [
      "many versions",
      () => ({ istiod: Array.from({ length: 9 }, (_, i) => entry({ version: `1.0.${i}` })) }),
      /it has: 1\.0\.0, .*1\.0\.7, …$/,
    ],
    [
      "a chart that is not there: did you mean",
      () => ({ istio: [entry()], gateway: [entry()] }),
      /has no chart "istiod"; it has: istio, gateway; fix: did you mean "istio"\?/,
    ],
    [
      "a chart that is not there, and nothing like it",
      () => ({ gateway: [entry()] }),
      /fix: name a mirror of them as `releases` beside the address .* use a folder of Istio's release/,
    ],
    [
      "an archive that is not the index's",
      () => ({ istiod: [entry({ digest: hex(Buffer.from("other")) })] }),
      pattern`istiod-${NEWEST}\.tgz has the digest sha256:.* not the pinned`,
    ],
    [
      "an archive that is not there",
      () => ({ istiod: [entry({ urls: ["gone.tgz"] })] }),
      /gone\.tgz answered 404/,
    ],
  ];
  for (const [name, entries, message] of refused) {
    it(`${name}`, async () => {
      const { cache, locate } = await start(entries());
      await assert.rejects(locate(), message);
      assert.deepEqual(filesBelow(cache), []);
    });
  }

  for (const [name, text] of [
    ["a page", "<html><body>Sign in</body></html>"],
    ["no YAML", "a: [b"],
    ["nothing", ""],
    ["a list", "- a"],
    ["an index without entries", "apiVersion: v1"],
  ] as const) {
    it(`${name} instead of an index: the address and the fix`, async () => {
      const { cache, locate } = await start({}, { "/charts/index.yaml": text });
      await assert.rejects(
        locate(),
        /\/charts\/index\.yaml is not the index of a Helm repository; fix: name the folder/,
      );
      assert.deepEqual(filesBelow(cache), []);
    });
  }

  it("a pinned digest that differs is refused, and nothing is kept", async () => {
    const { cache, locate } = await start({ istiod: [entry()] });
    await assert.rejects(locate({ istiod: sha256(Buffer.from("x")) }), /not the pinned/);
    assert.deepEqual(filesBelow(cache), []);
    assert.ok(await locate({ istiod: sha256(archive), base: "sha256:of another chart" }));
  });

  it("a kept archive is checked against the pin again", async () => {
    const { locate } = await start({ istiod: [entry()] });
    const path = await locate({ istiod: sha256(archive) });
    writeFileSync(path, "changed");
    await assert.rejects(locate({ istiod: sha256(archive) }), /was not used/);
  });

  it("an answer that is cut short leaves nothing", async () => {
    const { cache, locate } = await start(
      { istiod: [entry()] },
      {
        [`/charts/istiod-${NEWEST}.tgz`]: (_, reply) => {
          reply.writeHead(200, { "content-length": archive.length });
          reply.write(archive.subarray(0, 10));
          setImmediate(() => reply.destroy());
        },
      },
    );
    await assert.rejects(locate());
    assert.deepEqual(filesBelow(cache), []);
  });

  it("a server's refusal is told with its address and status", async () => {
    const { locate } = await start(
      {},
      { "/charts/index.yaml": (_, reply) => void reply.writeHead(403).end() },
    );
    await assert.rejects(locate(), /\/charts\/index\.yaml answered 403 Forbidden/);
  });

  it("an address where nobody listens", async () => {
    const { url, locate } = await start({});
    await closeServers();
    await assert.rejects(locate(), (error: Error) => {
      return (
        error.message.includes(`is not available: cannot reach ${url}/index.yaml: `) &&
        /ECONNREFUSED/.test(error.message)
      );
    });
  });

  it("concurrent charts of one repository are each fetched whole", async () => {
    const other = await chartArchive("base", NEWEST);
    const { url, cache } = await start(
      { istiod: [entry()], base: [entry({ urls: [`base-${NEWEST}.tgz`], digest: hex(other) })] },
      { [`/charts/base-${NEWEST}.tgz`]: other },
    );
    const locator = chartLocator({ kind: "repository", url }, cache);
    const [istiod, base] = await Promise.all([
      locator.locate(ISTIOD),
      locator.locate({ name: "base", folder: "base", version: NEWEST }),
      locator.locate(ISTIOD),
    ]);
    assert.deepEqual([readFileSync(istiod), readFileSync(base)], [archive, other]);
    assert.equal(filesBelow(cache).length, 2);
    assert.ok(filesBelow(join(cache, "charts")).every((path) => path.endsWith(".tgz")));
  });
});
