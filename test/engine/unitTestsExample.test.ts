import assert from "node:assert/strict";
import { join } from "node:path";
import { exampleWithLibrary } from "../support/package";
import { run } from "../support/run";
import { type Tools, toolsFor } from "../support/tools";

describe("a program's own unit tests, with Pulumi's mocks", () => {
  let tools: Tools;
  let example: string;

  before(async function () {
    tools = await toolsFor(this);
    ({ example } = await exampleWithLibrary("unit-tests"));
  });

  async function succeed(program: string, ...args: readonly string[]): Promise<string> {
    const env = { PULUMI_HOME: tools.home, ISTIO_CHARTS: tools.charts };
    const script = join(example, "node_modules", ...program.split("/"));
    const { code, output } = await run(process.execPath, [script, ...args], { cwd: example, env });
    assert.equal(code, 0, output);
    return output;
  }

  it("type-check", async () => {
    await succeed("typescript/bin/tsc", "--noEmit");
  });

  it("pass, with nothing patched", async () => {
    assert.match(await succeed("mocha/bin/mocha.js"), /5 passing/);
  });
});
