import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import { NO_NEWS } from "../../../adapters/charts/news";
import { archivePath, istioPlaces, releaseLayout } from "../../../adapters/charts/places";
import { keptManifests } from "../../../adapters/charts/release";
import type { ChartSource } from "../../../mesh/model/meshInputs";
import { NEWEST } from "../../../toolchain/versions";
import { type IstioPlaces, serveIstioPlaces, smallManifests } from "../../support/istioPlaces";
import { pattern } from "../../support/pattern";
import { filesBelow, removeFolders, temporaryFolder } from "../mesh/support";

const VERSION = "1.23.3-asm.2";
const BASE = { name: "base", folder: "base", version: VERSION };
const INGRESS = { name: "istio-ingress", folder: "gateways/istio-ingress", version: VERSION };
const ARCHIVE = `/releases/istio-${VERSION}-linux-amd64.tar.gz`;

describe("charts of a build of Google's", () => {
  let places: IstioPlaces;
  let cache: string;

  before(async () => {
    places = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
  });
  after(() => places.stop());
  beforeEach(() => {
    cache = temporaryFolder();
    places.requests.length = 0;
    places.front(undefined);
  });
  afterEach(removeFolders);

  const nothingKept = () => assert.deepEqual(filesBelow(cache), []);
  const pinned = (digest = places.digestOf(VERSION)): ChartSource => ({
    kind: "repository",
    digests: { [`istio-${VERSION}`]: digest },
  });
  const onlyArchives = () => ({ SERVICE_MESH_RELEASES: places.releases });
  const locator = (source?: ChartSource, env: NodeJS.ProcessEnv = onlyArchives()) =>
    chartLocator(source, cache, { env });

  describe("the places", () => {
    it("are Google's release archives for any build of Google's, and no place of Istio's", () => {
      for (const version of [VERSION, "1.26.8-asm.0", "1.28.5-asm.9"]) {
        const { charts, releases } = istioPlaces({}, version);
        assert.deepEqual(charts, []);
        assert.deepEqual(releases, ["https://storage.googleapis.com/gke-release/asm"]);
        assert.equal(archivePath(version), `istio-${version}-linux-amd64.tar.gz`);
      }
    });

    it("are Istio's for Istio's own versions and for builds of others", () => {
      for (const version of [NEWEST, `${NEWEST}-rc.0`, `${NEWEST}-acme.1`]) {
        assert.deepEqual(istioPlaces({}, version), istioPlaces({}));
        assert.match(archivePath(version), pattern`^${NEWEST}.*/istio-${NEWEST}`);
      }
    });

    it("the key is one that signs with ECDSA on P-256", () => {
      const { proof } = releaseLayout(VERSION);
      assert.ok(proof.kind === "signature");
      const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(proof.key);
      assert.deepEqual([asymmetricKeyType, asymmetricKeyDetails?.namedCurve], ["ec", "prime256v1"]);
    });
  });

  describe("the signature beside the archive", () => {
    const manifests = (digest?: string) => {
      const layout = releaseLayout(VERSION);
      assert.ok(layout.proof.kind === "signature");
      return keptManifests(
        {
          version: VERSION,
          urls: [places.releases],
          layout: { ...layout, proof: { ...layout.proof, key: places.key } },
          digest,
          folder: join(cache, "release"),
        },
        NO_NEWS,
      );
    };

    it("accepts the archive, of which only the manifests are kept", async () => {
      const folder = await manifests();
      assert.ok(existsSync(join(folder, "charts", "base", "Chart.yaml")));
      assert.deepEqual(places.requests, [`${ARCHIVE}.1.sig`, ARCHIVE]);
      assert.deepEqual(
        filesBelow(cache).filter((file) => !/\/(manifests\/|archive\.json$)/.test(file)),
        [],
      );
    });

    it("refuses an archive that somebody has changed, and nothing is kept", async () => {
      const changed = await serveIstioPlaces({ [VERSION]: smallManifests(VERSION) });
      places.front((request, reply) => {
        const isArchive = request.url === ARCHIVE;
        if (isArchive) {
          reply.writeHead(302, { location: `${changed.releases}${ARCHIVE.slice(9)}` }).end();
        }
        return isArchive;
      });
      await assert.rejects(
        manifests(),
        /^SignatureError: .*tar\.gz is not what Google has signed: .*tar\.gz\.1\.sig is no signature of it/,
      );
      nothingKept();
      await changed.stop();
    });

    it("is needed: without it nothing is fetched", async () => {
      places.front((request, reply) => {
        const isSignature = request.url?.endsWith(".1.sig") === true;
        if (isSignature) {
          reply.writeHead(404).end();
        }
        return isSignature;
      });
      await assert.rejects(manifests(), /tar\.gz\.1\.sig answered 404/);
      assert.deepEqual(places.requests, [`${ARCHIVE}.1.sig`]);
    });

    it("is not asked for if the digest is pinned", async () => {
      assert.ok(await manifests(places.digestOf(VERSION)));
      assert.deepEqual(places.requests, [ARCHIVE]);
    });
  });

  it("every chart comes out of the archive, also those that Istio publishes one by one", async () => {
    const charts = locator(pinned());
    const [base, ingress] = [await charts.locate(BASE), await charts.locate(INGRESS)];
    assert.match(readFileSync(join(base, "Chart.yaml"), "utf8"), /^version: 1\.23\.3-asm\.2$/m);
    assert.ok(existsSync(join(ingress, "Chart.yaml")));
    assert.deepEqual(places.requests, [ARCHIVE]);
  });

  it("an archive of another signer than Google is refused", async () => {
    await assert.rejects(
      locator().locate(BASE),
      /SignatureError: .* is not what Google has signed/,
    );
    nothingKept();
  });

  it("an archive with another digest than the pinned one is refused", async () => {
    const other = sha256(Buffer.from("other"));
    await assert.rejects(
      locator(pinned(other)).locate(BASE),
      /has the digest sha256:.*not the pinned/,
    );
    nothingKept();
  });

  it("a chart cannot be pinned by itself: the fix says how to pin the archive", async () => {
    const source: ChartSource = { kind: "repository", digests: { base: sha256(Buffer.from("")) } };
    await assert.rejects(
      locator(source).locate(BASE),
      /comes out of Google's release archive.*pin the archive in its place, "istio-1\.23\.3-asm\.2": "sha256:…" \(sha256sum istio-1\.23\.3-asm\.2-linux-amd64\.tar\.gz prints the digits; .*\.1\.sig beside it is Google's signature/,
    );
  });

  it("where nothing answers, the message says where it looked and what else there is", async () => {
    const env = { SERVICE_MESH_RELEASES: "http://127.0.0.1:9/asm" };
    await assert.rejects(locator(undefined, env).locate(BASE), (error: Error) => {
      assert.match(
        error.message,
        /^the chart "base" 1\.23\.3-asm\.2 is not available: cannot reach http:\/\/127\.0\.0\.1:9\/asm\/istio-1\.23\.3-asm\.2-linux-amd64\.tar\.gz\.1\.sig/,
      );
      assert.match(error.message, /name mirrors in SERVICE_MESH_CHARTS and SERVICE_MESH_RELEASES/);
      assert.doesNotMatch(error.message, /npm run setup/, "set-up has Istio's own charts only");
      return true;
    });
  });

  it("a mirror of charts that has none says which archive its `releases` need", async () => {
    const source: ChartSource = { kind: "repository", url: places.charts };
    await assert.rejects(
      locator(source).locate(BASE),
      /Google has this chart in its release archives only: name a mirror of them as `releases` .*istio-1\.23\.3-asm\.2-linux-amd64\.tar\.gz and its \.1\.sig below it/,
    );
  });

  it("a folder of the user's is used as it is", async () => {
    const path = smallManifests(VERSION);
    assert.equal(
      await locator({ kind: "folder", path }).locate(BASE),
      join(path, "charts", "base"),
    );
    assert.deepEqual(places.requests, []);
  });
});
