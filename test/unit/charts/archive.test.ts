import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { cacheFolder } from "../../../adapters/cacheFolder";
import { keptArchive, sha256, verifyDigest, writeWhole } from "../../../adapters/charts/archive";
import { chartLocator } from "../../../adapters/charts/locator";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { filesBelow, removeFolders, temporaryFolder } from "../mesh/support";

const bytes = Buffer.from("chart");
const DIGEST = sha256(bytes);
const OTHER = sha256(Buffer.from("other"));

const ISTIOD = { name: "istiod", folder: "istio-control/istio-discovery", version: NEWEST };

describe("digests", () => {
  it("of some bytes", () => {
    assert.equal(
      sha256(Buffer.from("")),
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });

  it("no digest, or the right one, passes", () => {
    verifyDigest("x", bytes, undefined);
    verifyDigest("x", bytes, DIGEST);
  });

  it("another digest names the file and both digests", () => {
    assert.throws(
      () => verifyDigest("x.tgz", bytes, OTHER),
      (error: Error) => {
        return [/x\.tgz/, new RegExp(DIGEST), new RegExp(OTHER), /was not used/].every((part) =>
          part.test(error.message),
        );
      },
    );
  });

  for (const digest of [
    "",
    "abc",
    DIGEST.slice(7),
    DIGEST.toUpperCase(),
    `${DIGEST}0`,
    "sha512:ab",
  ]) {
    it(`${JSON.stringify(digest.slice(0, 12))} is no digest`, () => {
      assert.throws(() => verifyDigest("x", bytes, digest), /allowed: sha256: and 64 hex digits/);
    });
  }
});

describe("kept archives", () => {
  afterEach(removeFolders);
  const never = async (): Promise<Uint8Array> => assert.fail("fetched");

  it("is fetched once and kept", async () => {
    const path = join(temporaryFolder(), "a", "b", "x.tgz");
    assert.equal(await keptArchive(path, DIGEST, async () => bytes), path);
    assert.deepEqual(readFileSync(path), bytes);
    assert.equal(await keptArchive(path, DIGEST, never), path);
    assert.equal(await keptArchive(path, undefined, never), path);
  });

  it("what does not match the pinned digest is not kept", async () => {
    const folder = temporaryFolder();
    await assert.rejects(
      keptArchive(join(folder, "x.tgz"), OTHER, async () => bytes),
      /pinned/,
    );
    assert.deepEqual(filesBelow(folder), []);
  });

  it("a kept archive that was changed is refused", async () => {
    const path = join(temporaryFolder(), "x.tgz");
    await keptArchive(path, DIGEST, async () => bytes);
    writeFileSync(path, "changed");
    await assert.rejects(keptArchive(path, DIGEST, never), /x\.tgz has the digest/);
  });

  it("a fetch that fails leaves nothing", async () => {
    const folder = temporaryFolder();
    const fail = async (): Promise<Uint8Array> => {
      throw new Error("connection lost");
    };
    await assert.rejects(keptArchive(join(folder, "x.tgz"), DIGEST, fail), /connection lost/);
    assert.deepEqual(filesBelow(folder), []);
  });

  it("written whole, over what was there, with nothing beside", () => {
    const folder = temporaryFolder({ "x.tgz": "a longer text that was there before" });
    writeWhole(join(folder, "x.tgz"), bytes);
    assert.deepEqual(filesBelow(folder), [join(folder, "x.tgz")]);
    assert.deepEqual(readFileSync(join(folder, "x.tgz")), bytes);
  });
});

describe("charts in a folder", () => {
  afterEach(removeFolders);

  const layouts: [string, string][] = [
    ["a release", "manifests/charts/istio-control/istio-discovery/Chart.yaml"],
    ["releases by version", `${NEWEST}/charts/istio-control/istio-discovery/Chart.yaml`],
    ["a folder of charts by Istio's layout", "charts/istio-control/istio-discovery/Chart.yaml"],
    ["Istio's layout itself", "istio-control/istio-discovery/Chart.yaml"],
    ["charts by name", "istiod/Chart.yaml"],
    ["an archive", `istiod-${NEWEST}.tgz`],
  ];
  for (const [name, file] of layouts) {
    it(`${name}`, async () => {
      const path = temporaryFolder({ [file]: "" });
      const found = await chartLocator({ kind: "folder", path }, "/none").locate(ISTIOD);
      assert.equal(found, join(path, file.replace("/Chart.yaml", "")));
    });
  }

  it("the version's own folder goes before one without a version", async () => {
    const path = temporaryFolder({
      [`${NEWEST}/charts/base/Chart.yaml`]: "",
      [`${PREVIOUS}/charts/base/Chart.yaml`]: "",
      "base/Chart.yaml": "",
    });
    const locator = chartLocator({ kind: "folder", path }, "/none");
    const base = { name: "base", folder: "base", version: NEWEST };
    assert.equal(await locator.locate(base), join(path, NEWEST, "charts", "base"));
    const older = await locator.locate({ ...base, version: PREVIOUS });
    assert.equal(older, join(path, PREVIOUS, "charts", "base"));
  });

  for (const [name, files] of [
    ["nothing", {}],
    ["a folder without Chart.yaml", { "istiod/values.yaml": "" }],
    ["an archive of another version", { [`istiod-${PREVIOUS}.tgz`]: "" }],
  ] as const) {
    it(`${name}: all places are named, and the fix`, async () => {
      const path = temporaryFolder(files);
      await assert.rejects(
        chartLocator({ kind: "folder", path }, "/none").locate(ISTIOD),
        (error: Error) =>
          layouts.every(([, file]) => error.message.includes(file.replace("/Chart.yaml", ""))) &&
          pattern`"istiod" ${NEWEST}`.test(error.message) &&
          /fix: name the folder of an Istio release/.test(error.message),
      );
    });
  }
});

describe("the cache's folder", () => {
  const cases: [string, NodeJS.ProcessEnv, string][] = [
    ["its own variable first", { SERVICE_MESH_CACHE: "/s", XDG_CACHE_HOME: "/x" }, "/s"],
    ["then XDG's", { XDG_CACHE_HOME: "/x" }, "/x/pulumi-service-mesh"],
    ["then the home's", {}, join(homedir(), ".cache", "pulumi-service-mesh")],
    [
      "empty variables do not count",
      { SERVICE_MESH_CACHE: "", XDG_CACHE_HOME: "" },
      join(homedir(), ".cache", "pulumi-service-mesh"),
    ],
  ];
  for (const [name, env, folder] of cases) {
    it(`${name}`, () => assert.equal(cacheFolder(env), folder));
  }
});
