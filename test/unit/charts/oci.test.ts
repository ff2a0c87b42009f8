import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { sha256 } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import { NEWEST } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { filesBelow, removeFolders, temporaryFolder } from "../mesh/support";
import { type Answer, chartArchive, closeServers, serve } from "./server";

const LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

describe("an OCI registry", () => {
  let archive: Buffer;
  let digest: string;
  before(async () => {
    archive = await chartArchive("base", NEWEST);
    digest = sha256(archive);
    removeFolders();
  });
  afterEach(async () => {
    await closeServers();
    removeFolders();
  });

  const root = "/v2/istio/charts/base";
  const manifest = (layers: unknown) => JSON.stringify({ schemaVersion: 2, layers });
  const chartLayer = () => [
    {
      mediaType: "application/vnd.cncf.helm.chart.provenance.v1.prov",
      digest: sha256(Buffer.from("p")),
    },
    { mediaType: LAYER, digest },
  ];

  async function start(answers: Record<string, Answer>, version = NEWEST) {
    const server = await serve(answers);
    const cache = temporaryFolder();
    const locate = (digests?: Record<string, string>) =>
      chartLocator(
        { kind: "oci", url: `oci://${server.host}/istio/charts`, digests },
        cache,
      ).locate({
        name: "base",
        folder: "base",
        version,
      });
    return { server, cache, locate };
  }

  const open = (more: Record<string, Answer> = {}) => ({
    [`${root}/manifests/${NEWEST}`]: manifest(chartLayer()),
    [`${root}/blobs/${digest}`]: archive,
    ...more,
  });

  it("manifest, then blob, then kept", async () => {
    const accepts: (string | undefined)[] = [];
    const { server, cache, locate } = await start(
      open({
        [`${root}/manifests/${NEWEST}`]: (request, reply) => {
          accepts.push(request.headers.accept);
          reply.end(manifest(chartLayer()));
        },
      }),
    );
    const path = await locate();
    assert.deepEqual(readFileSync(path), archive);
    assert.equal(await locate(), path);
    assert.deepEqual(server.requests, [`${root}/manifests/${NEWEST}`, `${root}/blobs/${digest}`]);
    assert.deepEqual(accepts, [MANIFEST]);
    assert.deepEqual(filesBelow(cache), [path]);
  });

  it("a plus sign in a version is an underscore in the tag", async () => {
    const { server, locate } = await start(
      open({ [`${root}/manifests/${NEWEST}_build.5`]: manifest(chartLayer()) }),
      `${NEWEST}+build.5`,
    );
    assert.match(await locate(), pattern`base-${NEWEST}\+build\.5\.tgz$`);
    assert.equal(server.requests[0], `${root}/manifests/${NEWEST}_build.5`);
  });

  for (const field of ["token", "access_token"]) {
    it(`a challenge is answered with an anonymous ${field}`, async () => {
      const headers: (string | undefined)[] = [];
      const guarded =
        (body: () => string | Buffer): Answer =>
        (request, reply) => {
          headers.push(request.headers.authorization);
          const { host } = request.headers;
          if (request.headers.authorization !== "Bearer T") {
            const challenge = `Bearer realm="http://${host}/token",service="reg",scope="repository:istio/charts/base:pull"`;
            reply.writeHead(401, { "www-authenticate": challenge }).end();
          } else {
            reply.end(body());
          }
        };
      const { server, locate } = await start({
        [`${root}/manifests/${NEWEST}`]: guarded(() => manifest(chartLayer())),
        [`${root}/blobs/${digest}`]: guarded(() => archive),
        "/token": JSON.stringify({ [field]: "T" }),
      });
      assert.ok(await locate());
      assert.deepEqual(headers, [undefined, "Bearer T", "Bearer T"]);
      const asked = new URL(server.requests[1] ?? "", "http://x");
      assert.equal(asked.pathname, "/token");
      assert.deepEqual(
        [asked.searchParams.get("service"), asked.searchParams.get("scope")],
        ["reg", "repository:istio/charts/base:pull"],
      );
    });
  }

  const denied = (challenge?: string): Answer => {
    return (request, reply) => {
      const header = challenge?.replace("HOST", request.headers.host ?? "");
      reply.writeHead(401, header === undefined ? {} : { "www-authenticate": header }).end();
    };
  };
  const refusals: [string, () => Record<string, Answer>, RegExp][] = [
    ["no such version", () => ({}), pattern`manifests/${NEWEST} answered 404`],
    [
      "no challenge to answer",
      () => ({ [`${root}/manifests/${NEWEST}`]: denied() }),
      pattern`manifests/${NEWEST} answered 401`,
    ],
    [
      "a challenge for a password",
      () => ({ [`${root}/manifests/${NEWEST}`]: denied('Basic realm="Registry"') }),
      pattern`manifests/${NEWEST} answered 401`,
    ],
    [
      "a token that does not help",
      () => ({
        [`${root}/manifests/${NEWEST}`]: denied('Bearer realm="http://HOST/token"'),
        "/token": '{"token":"T"}',
      }),
      pattern`manifests/${NEWEST} answered 401`,
    ],
    [
      "no token",
      () => ({
        [`${root}/manifests/${NEWEST}`]: denied('Bearer realm="http://HOST/token"'),
        "/token": (_, reply) => void reply.writeHead(403).end(),
      }),
      /\/token answered 403/,
    ],
    [
      "an image instead of a chart",
      () => ({
        [`${root}/manifests/${NEWEST}`]: manifest([{ mediaType: "application/layer", digest }]),
      }),
      pattern`base:${NEWEST} is not a Helm chart`,
    ],
    [
      "an index of images",
      () => ({ [`${root}/manifests/${NEWEST}`]: JSON.stringify({ manifests: [] }) }),
      pattern`base:${NEWEST} is not a Helm chart`,
    ],
    [
      "a blob that is not the manifest's",
      () => open({ [`${root}/blobs/${digest}`]: "other" }),
      pattern`base:${NEWEST} has the digest sha256:`,
    ],
    [
      "a blob that is gone",
      () => ({ [`${root}/manifests/${NEWEST}`]: manifest(chartLayer()) }),
      /blobs\/sha256:.* answered 404/,
    ],
  ];
  for (const [name, answers, message] of refusals) {
    it(`${name}`, async () => {
      const { cache, locate } = await start(answers());
      await assert.rejects(locate(), message);
      assert.deepEqual(filesBelow(cache), []);
    });
  }

  it("a pinned digest is checked, at first and again", async () => {
    const { cache, locate } = await start(open());
    await assert.rejects(locate({ base: sha256(Buffer.from("x")) }), /not the pinned/);
    assert.deepEqual(filesBelow(cache), []);
    writeFileSync(await locate({ base: digest }), "changed");
    await assert.rejects(locate({ base: digest }), /not the pinned/);
  });
});
