import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SetupContext } from "../../../toolchain/context";
import { go } from "../../../toolchain/go";
import { pinModule, pinnedModule, sourcesOf } from "../../../toolchain/istio/modules";
import { setupPlaces } from "../../../toolchain/places";
import { findProgram } from "../../../toolchain/programs";
import { realSystem } from "../../../toolchain/system";
import { temporaryFolder } from "../../support/temporary";
import { zip } from "../../support/zip";

const ISTIO = "istio.io/istio";
const MODULE = "v0.0.0-20991231000000-0123456789ab";
const GO_MOD = `module ${ISTIO}\n\ngo 1.24\n`;

const PROGRAM = "package main\n\nfunc main() {}\n";
const SOURCES = {
  "go.mod": GO_MOD,
  "istioctl/cmd/istioctl/main.go": PROGRAM,
  "pilot/cmd/pilot-agent/main.go": PROGRAM,
  "pilot/cmd/pilot-discovery/main.go": PROGRAM,
  "releasenotes/notes/1.yaml": "kind: feature\n",
};

/** A folder that is laid out as a Go module proxy, with one version of Istio. */
function moduleProxy(): string {
  const folder = temporaryFolder("go-proxy");
  const versions = join(folder, ISTIO, "@v");
  mkdirSync(versions, { recursive: true });
  const below = Object.entries(SOURCES).map(([path, text]) => [`${ISTIO}@${MODULE}/${path}`, text]);
  const info = { Version: MODULE, Time: "2099-12-31T00:00:00Z" };
  writeFileSync(join(versions, "list"), "");
  writeFileSync(join(versions, `${MODULE}.info`), JSON.stringify(info));
  writeFileSync(join(versions, `${MODULE}.mod`), GO_MOD);
  writeFileSync(join(versions, `${MODULE}.zip`), zip(Object.fromEntries(below)));
  return folder;
}

describe("toolchain: pinning a release of Istio as a Go module", () => {
  let context: SetupContext;

  before(function () {
    const system = realSystem();
    if (findProgram(system, "go", system.goFolders) === undefined) {
      this.skip();
    }
    this.timeout(60_000);
    const project = temporaryFolder("pins");
    const env = {
      ...system.env,
      GOPROXY: pathToFileURL(moduleProxy()).href,
      GOSUMDB: "off",
      GOMODCACHE: join(project, "cache"),
    };
    context = {
      places: { ...setupPlaces({}, {}), project, goModules: join(project, "go") },
      system: { ...system, env },
      signal: new AbortController().signal,
      say: () => undefined,
    };
  });

  after(async () => {
    if (context !== undefined) {
      await go(context, context.places.project, ["clean", "-modcache"]); // its folders are read-only
    }
  });

  it("writes a module for the charts and one for the programs, with the digests", async function () {
    this.timeout(60_000);
    assert.equal(pinnedModule(context, "1.99.0"), undefined);
    await pinModule(context, "1.99.0", MODULE);
    const read = (...path: string[]) =>
      readFileSync(join(context.places.goModules, ...path), "utf8");
    const programs = read("istio-1.99.0", "go.mod");
    assert.match(programs, /^module github\.com\/pulumi-service-mesh\/toolchain\/istio-1\.99\.0\n/);
    for (const program of ["istioctl/cmd/istioctl", "pilot/cmd/pilot-agent"]) {
      assert.ok(programs.includes(`${ISTIO}/${program}\n`), program);
    }
    assert.match(read("charts", "1.99.0", "go.mod"), /toolchain\/charts\/1\.99\.0\n/);
    for (const folder of ["istio-1.99.0", join("charts", "1.99.0")]) {
      assert.match(read(folder, "go.sum"), new RegExp(`^${ISTIO} ${MODULE} h1:`, "m"));
    }
    assert.equal(pinnedModule(context, "1.99.0"), MODULE);
  });

  it("finds the sources of what is pinned", async function () {
    this.timeout(60_000);
    const folder = await sourcesOf(context, MODULE);
    assert.equal(
      readFileSync(join(folder, "releasenotes/notes/1.yaml"), "utf8"),
      "kind: feature\n",
    );
  });

  it("a version that the proxy does not have is an error that says so", async function () {
    this.timeout(60_000);
    await assert.rejects(
      pinModule(context, "1.98.0", "v0.0.0-20981231000000-0123456789ab"),
      /20981231/,
    );
  });
});
