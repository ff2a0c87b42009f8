import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump, load } from "js-yaml";
import { NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { programStack } from "../support/programStack";
import { type Finished, mesh } from "../support/run";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { type Tools, toolsFor } from "../support/tools";

/** Programs that write their inputs themselves take the stage from the configuration. */
describe("mesh upgrade of a program with its own inputs", function () {
  this.timeout(600_000);
  const stage = stages();
  let tools: Tools;
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;

  const configFile = () => join(stack.folder, "Pulumi.test.yaml");

  function configure(keys: object): void {
    const { config: _, ...others } = load(readFileSync(configFile(), "utf8")) as { config: object };
    writeFileSync(configFile(), dump({ ...others, config: keys }));
  }

  const program = (isStaged: boolean) => ({
    "shop:program": {
      isStaged,
      inputs: {
        version: PREVIOUS,
        profile: "minimal",
        revision: OLD,
        charts: { kind: "folder", path: tools.charts },
        target: { kind: "render", directory: stack.rendered },
      },
    },
  });

  before(async function () {
    tools = await toolsFor(this);
    stack = await programStack(tools, "stagedMesh");
    env = { ...stack.shell, PULUMI_DEBUG_COMMANDS: "" };
    configure(program(false));
    await stack.up();
  });

  const upgrade = (...words: string[]): Promise<Finished> =>
    mesh(["upgrade", ...words, "--stack", "test"], { cwd: stack.folder, env });

  stage(
    "a program that does not take mesh:upgrade is refused, with the line that it lacks",
    async () => {
      const { code, stderr, output } = await upgrade("start", "--to", NEWEST, "--yes");
      assert.equal(code, 1, output);
      assert.match(stderr, /does not take mesh:upgrade.*fix: pass `upgrade: stackUpgrade\(\)`/);
    },
  );

  stage("one that does goes through the stages, and back", async () => {
    configure(program(true));
    const started = await upgrade("start", "--to", NEWEST, "--until", "install", "--yes");
    assert.equal(started.code, 0, started.output);
    const { stdout } = await upgrade("status", "-o", "json");
    assert.equal((JSON.parse(stdout) as { stage: string }).stage, "install");
    const back = await upgrade("rollback", "--yes");
    assert.equal(back.code, 0, back.output);
    assert.match(back.stdout, /Rolled back, in stage prepare/);
  });

  stage("at the end, its author is told what to write", async () => {
    const { code, output } = await upgrade("start", "--yes");
    assert.equal(code, 0, output);
    assert.match(output, /its author ends the upgrade: version .* pulumi config rm mesh:upgrade/);
    assert.match(
      readFileSync(configFile(), "utf8"),
      /mesh:upgrade:\n {4}to: .*\n {4}stage: finish/,
    );
  });
});
