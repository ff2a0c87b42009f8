import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { UpgradeEvent } from "../../mesh/runner/events";
import type { WavesHappening } from "../../mesh/waves/events";
import { NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { until } from "../node/wait";
import { type Finished, mesh, meshCommand } from "../support/run";
import { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { testCache } from "../support/temporary";
import { toolsFor } from "../support/tools";

const STACKS = ["dev", "eu", "us"] as const;

describe("mesh upgrade of several stacks", function () {
  this.timeout(600_000);
  const stage = stages();
  let stack: TestStack;
  let bad: string;

  before(async function () {
    const tools = await toolsFor(this);
    stack = await TestStack.create(tools, "dev", {});
    bad = join(stack.folder, "bad");
    for (const name of STACKS) {
      if (name !== "dev") {
        const { code, output } = await stack.pulumi(["stack", "init", name]);
        assert.equal(code, 0, output);
      }
      const config = {
        "mesh:charts": { kind: "folder", path: tools.charts },
        "mesh:renderDirectory": join(stack.folder, name),
        "mesh:version": PREVIOUS,
        "mesh:profile": "minimal",
        "mesh:revision": OLD,
      };
      writeFileSync(join(stack.folder, `Pulumi.${name}.yaml`), dump({ config }));
    }
    const gate = { kind: "command", command: ["sh", "-c", "test ! -e bad"], after: ["install"] };
    write("policy.yaml", { gates: [gate] });
    const waves = (soak: number) => [
      { name: "first", stacks: ["dev"], soak },
      { stacks: ["eu", "us"] },
    ];
    write("waves.yaml", { to: NEWEST, waves: waves(0) });
    write("patient.yaml", { to: NEWEST, waves: waves(86_400) });
  });

  const write = (name: string, value: unknown) =>
    writeFileSync(join(stack.folder, name), dump(value));

  const upgrade = (...words: string[]): Promise<Finished> =>
    mesh(["upgrade", ...words], {
      cwd: stack.folder,
      env: { ...stack.shell, PULUMI_DEBUG_COMMANDS: "" },
    });

  const eventsIn = ({ stdout }: Finished) =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as WavesHappening | (UpgradeEvent & { wave: string }));

  async function phases(): Promise<Record<string, string>> {
    const { code, stdout, output } = await upgrade("status", "--waves", "waves.yaml", "-o", "json");
    assert.equal(code, 0, output);
    const { waves } = JSON.parse(stdout) as {
      waves: { stacks: { stack: string; phase: string }[] }[];
    };
    const all = waves.flatMap(({ stacks }) => stacks);
    return Object.fromEntries(all.map((one) => [one.stack, one.phase]));
  }

  it("names all that is wrong before a stack begins", async () => {
    write("wrong.yaml", { to: NEWEST, waves: [{ stacks: ["dev", "nowhere", "elsewhere"] }] });
    const unknown = await upgrade("start", "--waves", "wrong.yaml", "--yes");
    assert.equal(unknown.code, 2, unknown.output);
    assert.match(unknown.stderr, /^nowhere: /m);
    assert.match(unknown.stderr, /^elsewhere: /m);
    const both = await upgrade("start", "--waves", "wrong.yaml", "--stack", "dev", "--yes");
    assert.equal(both.code, 2, both.output);
    assert.match(both.stderr, /--stack and --waves: contradict each other/);
    const older = await upgrade("start", "--stacks", "dev,eu", "--to", "1.20.0", "--yes");
    assert.equal(older.code, 1, older.output);
    assert.match(older.stderr, /^dev: .*1\.20\.0[\s\S]*^eu: .*1\.20\.0/m);
    assert.ok(!existsSync(join(stack.folder, "dev")), "a stack was updated");
  });

  it("shows stacks without an upgrade, and asks for the version", async () => {
    const { code, stdout, output } = await upgrade("status", "--stacks", "dev,eu");
    assert.equal(code, 0, output);
    assert.match(stdout, /^ {2}dev: no upgrade is under way$/m);
    assert.match(stdout, /^No upgrade is under way\. With --to VERSION/m);
  });

  stage("upgrades a stack, and waits before the next wave until Ctrl-C ends it", async () => {
    const dev = await upgrade("start", "--stacks", "dev", "--to", NEWEST, "--yes", "-o", "json");
    assert.equal(dev.code, 0, dev.output);
    const [program, args] = meshCommand(["upgrade", "start", "--waves", "patient.yaml", "--yes"]);
    const child = spawn(program, args, {
      cwd: stack.folder,
      env: { ...process.env, SERVICE_MESH_CACHE: testCache(), ...stack.shell },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
    });
    const closed = once(child, "close");
    const waits = () => /^first is done; the next wave begins at /m.test(output);
    await until(waits, 60_000, () => `the command did not wait: ${output}`);
    child.kill("SIGINT");
    const [code] = await closed;
    assert.equal(code, 130, output);
    assert.match(
      output,
      /^first was interrupted; no other stack has begun\nNext: mesh upgrade resume/m,
    );
    assert.deepEqual(await phases(), { dev: "done", eu: "before", us: "before" });
  });

  stage("stops after the first stack that is not done, and begins no other", async () => {
    writeFileSync(bad, "");
    const finished = await upgrade(
      ...["start", "--waves", "waves.yaml", "--policy", "policy.yaml", "--yes", "-o", "json"],
    );
    assert.equal(finished.code, 3, finished.output);
    const events = eventsIn(finished);
    const ends = events.flatMap((one) =>
      one.event === "stackEnd" ? [[one.stack, one.result]] : [],
    );
    assert.deepEqual(ends, [["eu", "waits"]]);
    assert.deepEqual(events.at(-1), {
      ...events.at(-1),
      event: "wavesEnd",
      result: "waits",
      next: "mesh upgrade resume --waves waves.yaml",
    });
    assert.deepEqual(await phases(), { dev: "done", eu: "underWay", us: "before" });
  });

  stage("goes on where it stopped, and says when all are done", async () => {
    rmSync(bad);
    const { code, stdout, output } = await upgrade("resume", "--waves", "waves.yaml", "--yes");
    assert.equal(code, 0, output);
    assert.match(stdout, /^wave 2: eu, us, one after the other$/m);
    assert.match(stdout, /^\[eu\] Done, in stage finish/m);
    assert.match(stdout, /^\[us\] Done, in stage finish/m);
    assert.match(stdout, new RegExp(`^all stacks are on Istio ${NEWEST}$`, "m"));
    assert.deepEqual(await phases(), { dev: "done", eu: "done", us: "done" });
  });

  stage("has nothing to do when all are done", async () => {
    const { code, stdout, output } = await upgrade("start", "--waves", "waves.yaml", "--yes");
    assert.equal(code, 0, output);
    assert.equal(stdout, `all stacks are on Istio ${NEWEST}\n`);
  });
});
