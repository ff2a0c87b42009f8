import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { inputsOf } from "../../../cli/inputs";
import { NEWEST } from "../../../toolchain/versions";
import { temporaryFolder } from "../../support/temporary";

describe("where the command takes charts from", () => {
  const before = process.cwd();

  afterEach(() => process.chdir(before));

  it("a folder in the working folder that nobody named changes nothing", () => {
    const folder = temporaryFolder("charts");
    mkdirSync(join(folder, ".toolchain", "charts", NEWEST), { recursive: true });
    process.chdir(folder);
    assert.equal(inputsOf({}, []).charts, undefined);
  });

  it("--charts names it, and --releases adds a mirror", () => {
    const releases = "https://mirror.example.com";
    assert.deepEqual(inputsOf({ charts: "charts" }, []).charts, { kind: "folder", path: "charts" });
    assert.deepEqual(inputsOf({ releases }, []).charts, { kind: "repository", releases });
    assert.deepEqual(inputsOf({ charts: "charts", releases }, []).charts, {
      kind: "folder",
      path: "charts",
      releases,
    });
  });
});
