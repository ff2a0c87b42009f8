import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, TSX } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";

const STAGES = join(__dirname, "..", "..", "support", "stages.ts");

/** Three stages, which print their names as they are gone through. */
const STORY = `
  const { stages } = require(${JSON.stringify(STAGES)});
  describe("story", () => {
    const stage = stages();
    const body = (name) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      console.log("went through " + name);
      if (process.env.FAILS === name) { throw new Error("as it should"); }
    };
    for (const name of ["first", "second", "third"]) {
      stage(name, body(name)).timeout(500);
    }
  });`;

describe("tests: stages of a story", () => {
  const folder = temporaryFolder("stages");
  const file = join(folder, "story.js");

  before(() => writeFileSync(file, STORY));

  async function mocha(flags: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const args = ["--no-config", "--require", TSX, ...flags, file];
    const program = require.resolve("mocha/bin/mocha.js");
    const { code, output } = await run(process.execPath, [program, ...args], { cwd: folder, env });
    const gone = [...output.matchAll(/went through (\w+)/g)].map(([, name]) => name);
    return { code, output, gone };
  }

  it("are gone through once each, in their order", async () => {
    const { code, output, gone } = await mocha([]);
    assert.equal(code, 0, output);
    assert.deepEqual(gone, ["first", "second", "third"]);
  });

  it("one that is run by itself goes through those before it, and has their time too", async () => {
    const { code, output, gone } = await mocha(["--grep", "third"]);
    assert.equal(code, 0, output);
    assert.match(output, /1 passing/);
    assert.deepEqual(gone, ["first", "second", "third"]);
  });

  it("after one that fails, the others fail at once and name it", async () => {
    const { code, output, gone } = await mocha([], { FAILS: "second" });
    assert.equal(code, 2, output);
    assert.match(output, /1 passing/);
    assert.match(output, /as it should/);
    assert.match(output, /what goes before has failed: second/);
    assert.deepEqual(gone, ["first", "second"]);
  });
});
