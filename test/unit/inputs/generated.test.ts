import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inputFiles } from "../../../toolchain/inputs/files";
import { ROOT } from "../../support/tools";

describe("files made from the types of the inputs", function () {
  this.timeout(120_000);

  it("are what the types say (npm run docs:generate)", () => {
    for (const { path, text } of inputFiles(ROOT)) {
      const isFresh = readFileSync(join(ROOT, path), "utf8") === text;
      assert.ok(isFresh, `${path} is not what the types say: run "npm run docs:generate"`);
    }
  });
});
