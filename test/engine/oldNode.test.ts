import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { copyOfProject } from "../support/checkout";
import { pathWithNode } from "../support/oldNode";
import { run } from "../support/run";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const OLD = "20.18.1";

/** What a program prints that runs with a Node.js that the project takes. */
const NEW = /\bv2[2-9]\.\d+\.\d+\b/;

describe("a machine with Node.js 20", function () {
  this.timeout(0); // npm fetches packages
  let tools: Tools;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  async function succeed(program: string, ...args: readonly string[]): Promise<string> {
    const { code, output } = await run(program, args, { cwd: folder, env });
    assert.equal(code, 0, output);
    return output;
  }

  before(async function () {
    tools = await toolsFor(this);
    folder = copyOfProject();
    env = {
      PATH: await pathWithNode(OLD),
      PULUMI_HOME: tools.home,
      PULUMI_BACKEND_URL: `file://${temporaryFolder("state")}`,
      PULUMI_CONFIG_PASSPHRASE: "",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
    assert.equal((await succeed("node", "--version")).trim(), `v${OLD}`);
  });

  it("runs npm's scripts with a newer one", async () => {
    assert.match(await succeed("npm", "run", "--silent", "mesh", "--", "--version"), /^0\.1\.0$/m);
  });

  it("has what a script starts find the newer one too", async () => {
    const nested = ["toolchain/run.cjs", "sh", "-c", "sh -c 'node --version'"];
    assert.match(await succeed("node", ...nested), NEW);
  });

  it("has the newer one run the program of a preview", async () => {
    appendFileSync(join(folder, "index.ts"), "\nconsole.log(process.version);\n");
    await succeed(tools.pulumi, "stack", "select", "--create", "dev");
    const output = await succeed(tools.pulumi, "preview", "--stack", "dev");
    assert.match(output, NEW);
    assert.match(output, /\+ \d+ to create/);
  });

  it("passes a command's exit code on", async () => {
    const { code } = await run("node", ["toolchain/run.cjs", "sh", "-c", "exit 7"], {
      cwd: folder,
      env,
    });
    assert.equal(code, 7);
  });
});
