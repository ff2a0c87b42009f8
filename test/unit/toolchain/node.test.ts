import assert from "node:assert/strict";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import { temporaryFolder } from "../../support/temporary";
import { ROOT } from "../../support/tools";

interface Pinned {
  readonly package: string;
  readonly version: string;
  readonly integrity: string;
}

interface Machine {
  readonly root: string;
  readonly version: string;
  readonly platform?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly platforms?: Readonly<Record<string, Pinned>>;
}

interface NodeModule {
  readonly isFit: (version: string, range: string) => boolean;
  readonly nodeFolder: (machine: Machine) => string | undefined;
}

const { isFit, nodeFolder } = require("../../../toolchain/node.cjs") as NodeModule;
const { platforms } = require("../../../toolchain/node.json") as {
  platforms: Readonly<Record<string, Pinned>>;
};
const RANGE = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).engines.node as string;

/** A folder with what `nodeFolder` reads of a project. */
function emptyProject(): string {
  const root = temporaryFolder("node");
  cpSync(join(ROOT, "package.json"), join(root, "package.json"));
  return root;
}

describe("toolchain: Node.js", () => {
  it("compares versions as semver does", () => {
    for (const version of ["v20.20.2", "v22.12.9", "v22.13.0", "v22.13.1", "v23.0.0", "v24.9.0"]) {
      assert.equal(isFit(version, RANGE), satisfies(version, RANGE), version);
    }
    assert.equal(isFit("v22.13.4", ">=22.13.5"), false);
  });

  it("pins new enough versions only", () => {
    for (const { version } of Object.values(platforms)) {
      assert.ok(isFit(version, RANGE), version);
    }
  });

  it("does nothing where the machine's is new enough", () => {
    const root = emptyProject();
    assert.equal(nodeFolder({ root, version: "v22.13.0", platform: "plan9-mips" }), undefined);
    assert.equal(existsSync(join(root, ".toolchain")), false);
  });

  it("takes the one that is installed already", () => {
    const root = emptyProject();
    const folder = join(root, ".toolchain", "node", "24.0.0");
    cpSync(__filename, join(folder, "bin", "node"));
    const pinned = { package: "no-such-package", version: "24.0.0", integrity: "" };
    const machine = { root, version: "v20.20.2", platform: "x", platforms: { x: pinned } };
    assert.equal(nodeFolder(machine), join(folder, "bin"));
  });

  it("says what to do on a platform for which there is none", () => {
    const root = emptyProject();
    assert.throws(() => nodeFolder({ root, version: "v20.20.2", platform: "plan9-mips" }), {
      message:
        "This project needs Node.js >=22.13.0; this is v20.20.2. Install a newer one " +
        "(https://nodejs.org/en/download) and run the command again. " +
        "Set-up cannot provide one for plan9-mips.",
    });
  });

  it("says what to do without a network, and leaves nothing half installed", () => {
    const root = emptyProject();
    const env = {
      ...process.env,
      npm_config_registry: "http://127.0.0.1:1",
      npm_config_cache: temporaryFolder("npm-cache"),
      npm_config_fetch_retries: "0",
    };
    assert.throws(
      () => nodeFolder({ root, version: "v20.20.2", platform: "linux-x64", env }),
      /Install a newer one .*Set-up tried Node\.js 24\.21\.0: npm could not install it/,
    );
    assert.deepEqual(readdirSync(join(root, ".toolchain", "node")), []);
  });
});
