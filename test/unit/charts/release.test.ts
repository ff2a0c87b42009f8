import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sha256 } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import type { ChartNews } from "../../../adapters/charts/news";
import { istioPlaces } from "../../../adapters/charts/places";
import type { ChartSource } from "../../../mesh/model/meshInputs";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { type IstioPlaces, serveIstioPlaces, smallManifests } from "../../support/istioPlaces";
import { pattern } from "../../support/pattern";
import { run, TSX } from "../../support/run";
import { ROOT } from "../../support/tools";
import { filesBelow, removeFolders, temporaryFolder } from "../mesh/support";
import { chartArchive, closeServers, serve } from "./server";

const VERSION = NEWEST;
const BASE = { name: "base", folder: "base", version: VERSION };
const INGRESS = { name: "istio-ingress", folder: "gateways/istio-ingress", version: VERSION };
const EGRESS = { name: "istio-egress", folder: "gateways/istio-egress", version: VERSION };
const ARCHIVE = `/releases/${VERSION}/istio-${VERSION}-linux-amd64.tar.gz`;
const OTHER = sha256(Buffer.from("other"));

/** An address that nobody listens at: 9 is for a service that no machine runs any more. */
const NOBODY = "http://127.0.0.1:9";

interface Told extends ChartNews {
  readonly warnings: string[];
  readonly infos: string[];
  readonly steps: string[];
}

function listener(): Told {
  const [warnings, infos, steps]: [string[], string[], string[]] = [[], [], []];
  return {
    ...{ warnings, infos, steps },
    warn: (text) => warnings.push(text),
    info: (text) => infos.push(text),
    progress: (text) => steps.push(text),
  };
}

/** Arguments with which Node.js fetches a chart into a cache, and prints its path. */
function fetchIngress(cache: string): string[] {
  const module = JSON.stringify(join(ROOT, "adapters", "charts", "locator.ts"));
  const script = `
    require(${module}).chartLocator(undefined, ${JSON.stringify(cache)})
      .locate(${JSON.stringify(INGRESS)})
      .then((path) => console.log(path), (error) => { console.error(error); process.exitCode = 1; });`;
  return ["--require", TSX, "-e", script];
}

describe("charts out of a release archive", () => {
  let places: IstioPlaces;
  let cache: string;
  let news: Told;

  before(async () => {
    places = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
  });
  after(() => places.stop());
  beforeEach(() => {
    cache = temporaryFolder();
    news = listener();
    places.requests.length = 0;
    places.front(undefined);
  });
  afterEach(async () => {
    await closeServers();
    removeFolders();
  });

  const locator = (source?: ChartSource, env: NodeJS.ProcessEnv = places.env) =>
    chartLocator(source, cache, { news, env });
  const asked = (path: string) => places.requests.filter((request) => request === path).length;
  const nothingKept = () => assert.deepEqual(filesBelow(cache), []);

  it("what the repository lacks comes out of the archive; only its manifests are kept", async () => {
    const path = await locator().locate(INGRESS);
    assert.match(readFileSync(join(path, "Chart.yaml"), "utf8"), /^name: istio-ingress$/m);
    const kept = filesBelow(cache);
    assert.ok(kept.length > 0);
    assert.deepEqual(
      kept.filter((file) => !pattern`/istio-${NEWEST}/(manifests/|archive\.json$)`.test(file)),
      [],
    );
    assert.deepEqual(places.requests, ["/charts/index.yaml", `${ARCHIVE}.sha256`, ARCHIVE]);
  });

  it("that is told with the address and how far it is, and is no warning", async () => {
    await locator().locate(INGRESS);
    assert.deepEqual(news.warnings, []);
    assert.match(
      news.infos[0] ?? "",
      pattern`^fetching the release archive of Istio ${NEWEST} from http:`,
    );
    assert.match(news.steps[0] ?? "", pattern`^Istio ${NEWEST}: 0\.\d of 3\.\d MB$`);
  });

  it("it is fetched once for all charts that are asked for at once", async () => {
    const charts = locator();
    const others = locator();
    const found = await Promise.all([
      charts.locate(INGRESS),
      charts.locate(EGRESS),
      others.locate(INGRESS),
      charts.locate(BASE),
    ]);
    assert.equal(new Set(found).size, 3);
    assert.equal(asked(ARCHIVE), 1);
    assert.equal(asked("/charts/index.yaml"), 1);
  });

  it("afterwards nobody is asked", async () => {
    const first = await locator().locate(INGRESS);
    await places.stop();
    try {
      assert.equal(await locator().locate(INGRESS), first);
      assert.ok(existsSync(await locator().locate(BASE)));
    } finally {
      places = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
    }
  });

  it("it is fetched once by two processes at once", async () => {
    const args = fetchIngress(cache);
    const both = await Promise.all(
      [1, 2].map(() => run(process.execPath, args, { cwd: ROOT, env: places.env })),
    );
    assert.deepEqual(
      both.map(({ code, stderr }) => [code, stderr]),
      [
        [0, ""],
        [0, ""],
      ],
    );
    assert.equal(both[0]?.stdout, both[1]?.stdout);
    assert.equal(asked(ARCHIVE), 1);
    assert.ok(!existsSync(`${join(both[0]?.stdout.trim() ?? "", "../../../..")}.lock`));
  });

  describe("digests", () => {
    it("an archive that is not the one whose digest lies beside it: nothing is kept", async () => {
      places.front((request, reply) => {
        const isDigest = request.url === `${ARCHIVE}.sha256`;
        if (isDigest) {
          reply.end(`${OTHER.slice(7)} istio-${VERSION}-linux-amd64.tar.gz\n`);
        }
        return isDigest;
      });
      await assert.rejects(
        locator().locate(INGRESS),
        /tar\.gz has the digest sha256:.*was not used/,
      );
      nothingKept();
    });

    it("without a digest beside the archive, and none that is pinned, nothing is fetched", async () => {
      places.front((request, reply) => {
        const isDigest = request.url === `${ARCHIVE}.sha256`;
        if (isDigest) {
          reply.writeHead(404).end();
        }
        return isDigest;
      });
      await assert.rejects(locator().locate(INGRESS), /tar\.gz\.sha256 answered 404/);
      assert.equal(asked(ARCHIVE), 0);
      nothingKept();
    });

    for (const name of ["istio", `istio-${VERSION}`]) {
      it(`pinned as ${name}, it counts in place of the one beside the archive`, async () => {
        const digests = { [name]: places.digestOf(VERSION) };
        await locator({ kind: "repository", digests }).locate(INGRESS);
        assert.equal(asked(`${ARCHIVE}.sha256`), 0);
      });

      it(`pinned as ${name}, another one is refused, and nothing is kept`, async () => {
        const digests = { [name]: OTHER };
        await assert.rejects(
          locator({ kind: "repository", digests }).locate(INGRESS),
          new RegExp(`not the pinned ${OTHER}`),
        );
        nothingKept();
      });
    }

    it("one that is pinned later counts for what is kept, too", async () => {
      await locator().locate(INGRESS);
      const pinned = (digest: string) =>
        locator({ kind: "repository", digests: { istio: digest } }).locate(INGRESS);
      assert.ok(await pinned(places.digestOf(VERSION)));
      await assert.rejects(pinned(OTHER), /kept in .* has the digest sha256:.*not the pinned/);
    });

    it("kept charts that somebody has changed are refused", async () => {
      const path = await locator().locate(INGRESS);
      writeFileSync(join(path, "Chart.yaml"), "name: other\n");
      await assert.rejects(
        locator().locate(INGRESS),
        /are not those that were fetched; they were not used\. fix: delete this folder/,
      );
    });

    it("a chart that is pinned and comes out of the archive cannot be checked: refused", async () => {
      const digests = { "istio-ingress": OTHER };
      await assert.rejects(
        locator({ kind: "repository", digests }).locate(INGRESS),
        pattern`^DigestError: digests\.istio-ingress: .*fix: pin the archive in its place, "istio-${NEWEST}"`,
      );
      assert.equal(asked(ARCHIVE), 0);
    });

    it("a chart is pinned for one version by its name with the version", async () => {
      const digests = { [`base-${NEWEST}`]: OTHER, [`base-${PREVIOUS}`]: sha256(Buffer.from("")) };
      await assert.rejects(
        locator({ kind: "repository", digests }).locate(BASE),
        pattern`base-${NEWEST}\.tgz has the digest .* not the pinned ${OTHER}`,
      );
    });
  });

  describe("downloads that do not end well", () => {
    it("one that breaks off leaves nothing, and the next one is whole", async () => {
      places.front((request, reply) => {
        if (request.url !== ARCHIVE) {
          return false;
        }
        reply.writeHead(200, { "content-length": 1_000_000 });
        reply.write(Buffer.alloc(1000));
        setImmediate(() => reply.destroy());
        return true;
      });
      await assert.rejects(
        locator().locate(INGRESS),
        pattern`istio-${NEWEST}-linux-amd64\.tar\.gz`,
      );
      nothingKept();
      places.front(undefined);
      assert.ok(existsSync(await locator().locate(INGRESS)));
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      it(`one that ${signal} ends leaves nothing`, async () => {
        const begun = new Promise<void>((resolve) =>
          places.front((request, reply) => {
            if (request.url !== ARCHIVE) {
              return false;
            }
            reply.writeHead(200);
            reply.write(gzipSync("").subarray(0, 10));
            resolve();
            return true;
          }),
        );
        const child = spawn(process.execPath, fetchIngress(cache), {
          cwd: ROOT,
          env: { ...process.env, ...places.env },
          stdio: ["ignore", "ignore", "ignore"],
        });
        const ended = new Promise((resolve) => child.once("exit", (_, by) => resolve(by)));
        await begun;
        const releases = join(cache, "releases");
        const below = () => readdirSync(releases, { recursive: true }).map(String);
        assert.ok(below().some((path) => path.endsWith(".part")));
        child.kill(signal);
        assert.equal(await ended, signal);
        assert.deepEqual(
          below().filter((path) => path.includes("istio-")),
          [],
        );
      });
    }

    it("what a process that was killed has left is not used, and goes", async () => {
      const first = await locator().locate(INGRESS);
      const folder = join(first, "../../../..");
      const other = temporaryFolder();
      const part = join(
        other,
        "releases",
        join(folder, "..").split("/").at(-1) ?? "",
        `istio-${NEWEST}.part`,
      );
      mkdirSync(join(part, "manifests"), { recursive: true });
      writeFileSync(join(part, "manifests", "half"), "");
      await chartLocator(undefined, other, { env: places.env }).locate(INGRESS);
      assert.ok(!existsSync(part));
      assert.ok(!filesBelow(other).some((file) => file.endsWith("half")));
    });

    it("an archive of something else is refused", async () => {
      const { host } = await serve({
        [`/${VERSION}/istio-${VERSION}-linux-amd64.tar.gz`]: "<html>Sign in</html>",
        [`/${VERSION}/istio-${VERSION}-linux-amd64.tar.gz.sha256`]: "<html>Sign in</html>",
      });
      const env = { SERVICE_MESH_RELEASES: `http://${host}` };
      await assert.rejects(locator(undefined, env).locate(BASE), /holds no SHA-256 digest/);
      nothingKept();
    });
  });

  describe("places that do not answer", () => {
    it("the next repository is asked, which is told once, and the first not again", async () => {
      const env = { ...places.env, SERVICE_MESH_CHARTS: `${NOBODY}/charts, ${places.charts}` };
      const charts = locator(undefined, env);
      await charts.locate(BASE);
      await charts.locate({ ...BASE, name: "cni", folder: "istio-cni" });
      assert.equal(news.warnings.length, 1, news.warnings.join("\n"));
      assert.match(
        news.warnings[0] ?? "",
        /^cannot reach http:\/\/127\.0\.0\.1:9\/charts\/index\.yaml: .*; trying http:.*\/charts$/,
      );
    });

    it("after a repository that does not answer, the chart comes out of the registry", async () => {
      const archive = await chartArchive("base", VERSION);
      const digest = sha256(archive);
      const mediaType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
      const { host, requests } = await serve({
        [`/v2/charts/base/manifests/${VERSION}`]: JSON.stringify({
          schemaVersion: 2,
          layers: [{ mediaType, digest }],
        }),
        [`/v2/charts/base/blobs/${digest}`]: archive,
      });
      const registry = `oci://${host}/charts`;
      const env = { ...places.env, SERVICE_MESH_CHARTS: `${NOBODY}/charts, ${registry}` };
      const path = await locator(undefined, env).locate(BASE);
      assert.deepEqual(readFileSync(path), archive);
      assert.equal(news.warnings.length, 1, news.warnings.join("\n"));
      assert.match(
        news.warnings[0] ?? "",
        pattern`^cannot reach http://127\.0\.0\.1:9/charts/index\.yaml: .*; trying ${registry}$`,
      );
      assert.equal(requests.length, 2);
      assert.deepEqual(places.requests, []);
    });

    it("a registry that lacks the chart leads on to the release archive", async () => {
      const { host, requests } = await serve({});
      const charts = `${NOBODY}/charts, oci://${host}/charts`;
      const env = { ...places.env, SERVICE_MESH_CHARTS: charts };
      const path = await locator(undefined, env).locate(INGRESS);
      assert.ok(existsSync(join(path, "Chart.yaml")));
      assert.deepEqual(requests, [`/v2/charts/istio-ingress/manifests/${VERSION}`]);
    });

    it("a repository that answers and lacks the chart speaks for the registry too", async () => {
      const { host, requests } = await serve({});
      const charts = `${places.charts}, oci://${host}/charts`;
      const env = { ...places.env, SERVICE_MESH_CHARTS: charts };
      assert.ok(existsSync(await locator(undefined, env).locate(INGRESS)));
      assert.deepEqual(requests, []);
    });

    it("the next place of releases is asked, which is told", async () => {
      const env = { ...places.env, SERVICE_MESH_RELEASES: `${NOBODY}/r,${places.releases}` };
      assert.ok(existsSync(await locator(undefined, env).locate(INGRESS)));
      assert.match(
        news.warnings.join(),
        /cannot reach http:\/\/127\.0\.0\.1:9\/r\/.*; trying http:/,
      );
    });

    it("charts of a repository that does not answer come out of the archive, too", async () => {
      const env = { ...places.env, SERVICE_MESH_CHARTS: `${NOBODY}/charts` };
      assert.ok(existsSync(join(await locator(undefined, env).locate(BASE), "Chart.yaml")));
    });

    it("where nobody answers, each is named, and the ways on", async () => {
      const env = { SERVICE_MESH_CHARTS: NOBODY, SERVICE_MESH_RELEASES: `${NOBODY}/r` };
      await assert.rejects(
        locator(undefined, env).locate(BASE),
        pattern`"base" ${NEWEST} is not available: cannot reach .*index\.yaml.*; cannot reach .*/r/${NEWEST}/.*fix: look at the network; or name mirrors in SERVICE_MESH_CHARTS and SERVICE_MESH_RELEASES`,
      );
    });
  });

  describe("somebody's own mirror", () => {
    it("without releases: what is missing, and how to go on; nobody else is asked", async () => {
      const mirror = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
      try {
        const source = { kind: "repository", url: mirror.charts } as const;
        await assert.rejects(
          locator(source).locate(INGRESS),
          /has no chart "istio-ingress"; it has: base, istiod, .*fix: Istio has this chart in its release archives only: name a mirror of them as `releases`/,
        );
        assert.deepEqual(places.requests, []);
        assert.deepEqual(mirror.requests, ["/charts/index.yaml"]);
      } finally {
        await mirror.stop();
      }
    });

    it("with releases, those are asked and no others", async () => {
      const mirror = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
      try {
        const { charts: url, releases } = mirror;
        const path = await locator({ kind: "repository", url, releases }).locate(INGRESS);
        assert.ok(existsSync(path));
        assert.deepEqual(places.requests, []);
      } finally {
        await mirror.stop();
      }
    });

    it("in a registry without the chart, the same is said", async () => {
      const { host } = await serve({});
      await assert.rejects(
        locator({ kind: "oci", url: `oci://${host}/charts` }).locate(INGRESS),
        pattern`istio-ingress/manifests/${NEWEST} answered 404.*fix: Istio has this chart in its release archives only`,
      );
      assert.deepEqual(places.requests, []);
    });
  });

  describe("a folder", () => {
    const folder = () => temporaryFolder({ [`${PREVIOUS}/charts/base/Chart.yaml`]: "" });

    it("with fetchMissing: what it lacks is fetched, and what it has is not", async () => {
      const path = folder();
      const charts = locator({ kind: "folder", path, fetchMissing: true });
      const own = await charts.locate({ ...BASE, version: PREVIOUS });
      assert.equal(own, join(path, PREVIOUS, "charts", "base"));
      assert.deepEqual(places.requests, []);
      assert.ok((await charts.locate(BASE)).startsWith(cache));
    });

    it("without it, nobody is asked", async () => {
      const source = { kind: "folder", path: folder() } as const;
      await assert.rejects(locator(source).locate(BASE), /fix: .*set `fetchMissing: true`/);
      assert.deepEqual(places.requests, []);
    });
  });
});

describe("Istio's own places", () => {
  it("are asked in this order: Helm repository, registry, release archives", () => {
    const { charts, releases } = istioPlaces({});
    assert.deepEqual(
      [...charts.map(({ kind, url }) => `${kind} ${url}`), ...releases],
      [
        "repository https://blob.istio.io/istio-release/charts",
        "oci oci://ghcr.io/istio/release/charts",
        "https://blob.istio.io/istio-release/releases",
        "https://github.com/istio/istio/releases/download",
      ],
    );
  });

  it("the environment takes their place, all of them at once", () => {
    const { charts, releases } = istioPlaces({ SERVICE_MESH_CHARTS: "oci://m/c, https://m/c" });
    assert.deepEqual(charts, [
      { kind: "oci", url: "oci://m/c" },
      { kind: "repository", url: "https://m/c" },
    ]);
    assert.deepEqual(releases, []);
    const others = istioPlaces({ SERVICE_MESH_RELEASES: "https://m/r" });
    assert.deepEqual([others.charts, others.releases], [[], ["https://m/r"]]);
  });

  for (const [name, value] of [
    ["SERVICE_MESH_CHARTS", "charts"],
    ["SERVICE_MESH_RELEASES", "oci://m/r"],
  ] as const) {
    it(`${name}=${value} is no address`, () => {
      assert.throws(
        () => istioPlaces({ [name]: value }),
        new RegExp(`^Error: ${name}: is not an address \\(got "${value}"\\); allowed: https:`),
      );
    });
  }

  it("a retired place in the environment is a warning", () => {
    const { warnings } = istioPlaces({ SERVICE_MESH_CHARTS: "oci://gcr.io/istio-release/charts" });
    assert.match(
      warnings.join(),
      /^SERVICE_MESH_CHARTS: names gcr\.io\/istio-release\/charts, which Istio retires/,
    );
  });
});
