import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { UpgradeEvent } from "../../mesh/runner/events";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import { until } from "../node/wait";
import { type Finished, mesh, meshCommand } from "../support/run";
import { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { testCache } from "../support/temporary";
import { toolsFor } from "../support/tools";

/** How many times the runner is killed, each time at a random moment. */
const KILLS = Number(process.env.MESH_KILLS ?? 3);

/** The latest moment, in milliseconds: a stage takes about as long. */
const KILL_WITHIN_MS = 20_000;

const COMMENT = "# the mesh of the shop";

/** A run of the command that can be killed with all that it started, as with a machine. */
interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Finished>;
}

describe("mesh upgrade", function () {
  this.timeout(600_000);
  const stage = stages();
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;
  let bad: string;

  before(async function () {
    const tools = await toolsFor(this);
    stack = await TestStack.create(tools, "prod", {
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:revisions": [{ revision: OLD }],
      "mesh:gateways": [
        {
          name: "web",
          namespace: "edge",
          replicas: 4,
          revisions: [{ revision: OLD, weight: 100 }],
        },
      ],
    });
    await stack.up();
    env = { ...stack.shell, PULUMI_DEBUG_COMMANDS: "" };
    bad = join(stack.folder, "bad");
    const policy = {
      weights: [50],
      gates: [
        {
          kind: "command",
          command: ["sh", "-c", "echo $MESH_UPGRADE_STAGE is looked at; test ! -e bad"],
          after: ["gateways"],
        },
        { kind: "pause", after: ["gateway-web-100"] },
      ],
    };
    writeFileSync(join(stack.folder, "policy.json"), JSON.stringify(policy));
    writeFileSync(configFile(), `${COMMENT}\n${configText()}`);
  });

  const configFile = () => join(stack.folder, "Pulumi.prod.yaml");
  const configText = () => readFileSync(configFile(), "utf8");
  const args = (words: readonly string[]) => ["upgrade", ...words, "--stack", "prod"];

  function upgrade(...words: string[]): Promise<Finished> {
    return mesh(args(words), { cwd: stack.folder, env });
  }

  const eventsIn = ({ stdout }: Finished) =>
    stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as UpgradeEvent);

  function start(...words: string[]): Running {
    const [program, all] = meshCommand(args(words));
    const child = spawn(program, all, {
      cwd: stack.folder,
      env: { ...process.env, SERVICE_MESH_CACHE: testCache(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const ended = new Promise<Finished>((resolve) => {
      child.once("close", (code) =>
        resolve({ code, stdout, stderr, output: `${stdout}${stderr}` }),
      );
    });
    return { child, ended };
  }

  async function statusStage(): Promise<string | undefined> {
    const { code, stdout, output } = await upgrade("status", "-o", "json");
    assert.equal(code, 0, output);
    return (JSON.parse(stdout) as { stage?: string }).stage;
  }

  /** Pulumi's file backend leaves these empty when it is killed, and then ends with "EOF". */
  function removeEmptyAttributes(): void {
    const folder = join(stack.folder, "state", ".pulumi", "stacks");
    for (const name of readdirSync(folder, { recursive: true }).map(String)) {
      const path = join(folder, name);
      if (name.endsWith(".attrs") && statSync(path).size === 0) {
        rmSync(path);
      }
    }
  }

  const deployments = () => {
    const all = readdirSync(stack.rendered, { recursive: true }).map(String);
    return all.filter((file) => /deployment.*web-/.test(file)).length;
  };

  stage("plans the stages without a change", async () => {
    const before = configText();
    const { code, stdout, output } = await upgrade(
      ...["plan", "--to", NEWEST, "--policy", "policy.json", "-o", "json"],
    );
    assert.equal(code, 0, output);
    const plan = JSON.parse(stdout) as { stages: { name: string; gates: { kind: string }[] }[] };
    const names = plan.stages.map(({ name }) => name);
    assert.deepEqual(names.slice(0, 4), [
      "prepare",
      "install",
      "gateway-web-50",
      "gateway-web-100",
    ]);
    assert.deepEqual(plan.stages.map(({ gates }) => gates.map(({ kind }) => kind)).slice(1, 4), [
      [],
      ["command"],
      ["command", "pause"],
    ]);
    assert.equal(configText(), before);
    assert.equal(await statusStage(), undefined);
  });

  stage("wants a yes where nobody can answer", async () => {
    const { code, stderr } = await upgrade("start", "--to", NEWEST);
    assert.equal(code, 2);
    assert.match(stderr, /--yes: is needed where nobody can answer/);
    const pause = await upgrade("pause");
    assert.equal(pause.code, 2);
    assert.match(pause.stderr, /no upgrade is under way/);
  });

  stage("goes until a stage, with an event for each step", async () => {
    const finished = await upgrade(
      ...["start", "--to", NEWEST, "--policy", "policy.json", "--until", "install"],
      ...["--yes", "-o", "json"],
    );
    assert.equal(finished.code, 0, finished.output);
    const events = eventsIn(finished);
    assert.deepEqual(
      events.map((event) => [event.event, "stage" in event ? event.stage : ""]),
      [
        ["stage", "prepare"],
        ["preview", "prepare"],
        ["update", "prepare"],
        ["stage", "install"],
        ["preview", "install"],
        ["update", "install"],
        ["end", "install"],
      ],
    );
    assert.equal(await statusStage(), "install");
    assert.ok(configText().startsWith(COMMENT));
    assert.match(configText(), /mesh:upgrade:\n {4}to: .*\n {4}stage: install\n/);
  });

  stage("rolls the gateway back when a gate fails, and says what it saw", async () => {
    writeFileSync(bad, "");
    const finished = await upgrade("start", "--yes", "-o", "json");
    assert.equal(finished.code, 4, finished.output);
    const end = eventsIn(finished).at(-1);
    assert.ok(end?.event === "end");
    assert.equal(end.result, "rolledBack");
    assert.match(end.because, /exit code 1: gateway-web-50 is looked at/);
    assert.equal(await statusStage(), "install");
    assert.equal(deployments(), 1, "the canary is still there");
    rmSync(bad);
  });

  stage("two at once: one of them stops, and names the other one's update", async () => {
    const words = ["start", "--yes", "--until", "gateway-web-50"];
    const both = await Promise.all([upgrade(...words), upgrade(...words)]);
    const stopped = both.filter(({ code }) => code === 2);
    assert.ok(stopped.length > 0, both.map(({ output }) => output).join("\n---\n"));
    for (const { stderr } of stopped) {
      assert.match(stderr, /another update of the stack runs|somebody else has updated the stack/);
    }
    for (const { code, output } of both) {
      assert.ok(code === 2 || code === 0, output);
    }
  });

  stage("a pause asked for elsewhere stops it after the update, until a resume", async () => {
    const { ended } = start("start", "--yes");
    await until(
      () => stack.lockHolder() !== undefined,
      120_000,
      () => "no update began",
    );
    const pause = await upgrade("pause");
    assert.equal(pause.code, 0, pause.output);
    const { code, output } = await ended;
    assert.equal(code, 3, output);
    assert.match(output, /Waits for a person, in stage gateway-web-50: a pause was asked for at /);
    const again = await upgrade("start", "--yes");
    assert.equal(again.code, 3, again.output);
    assert.doesNotMatch(again.output, /update:/);
    const status = await upgrade("status");
    assert.match(status.stdout, /A pause was asked for at .*mesh upgrade resume .* ends it/);
    const resumed = await upgrade("resume", "--yes", "--until", "gateway-web-50");
    assert.equal(resumed.code, 0, resumed.output);
    assert.doesNotMatch((await upgrade("status")).stdout, /A pause/);
  });

  stage("Ctrl-C lets the update end as Pulumi does, and the command says so", async () => {
    const { child, ended } = start("start", "--yes");
    await until(
      () => stack.lockHolder() !== undefined,
      120_000,
      () => "no update began",
    );
    child.kill("SIGINT");
    const { code, output } = await ended;
    assert.equal(code, 130, output);
    assert.match(output, /Interrupted, in stage /);
    assert.equal(stack.lockHolder(), undefined, "the lock is still there");
  });

  stage(`killed ${KILLS} times at random moments, it goes on from the state`, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, ended } = start("start", "--yes");
      const moment = Math.round(Math.random() * KILL_WITHIN_MS);
      await Promise.race([delay(moment), ended]);
      try {
        process.kill(-(child.pid as number), "SIGKILL");
      } catch {
        // It has ended already, at its pause.
      }
      await ended;
      removeEmptyAttributes();
    }
    const { code, output } = await upgrade("start", "--yes");
    assert.equal(code, 3, output);
    assert.match(
      output,
      /Waits for a person, in stage gateway-web-100: a person looks here: pause/,
    );
    assert.equal(await statusStage(), "gateway-web-100");
  });

  stage(
    "a pause holds until a person resumes; a machine without the file goes on too",
    async () => {
      const again = await upgrade("start", "--yes");
      assert.equal(again.code, 3, again.output);
      stack.configure({});
      assert.doesNotMatch(configText(), /mesh:upgrade/);
      const finished = await upgrade("resume", "--yes");
      assert.equal(finished.code, 0, finished.output);
      assert.match(finished.stdout, /Done, in stage finish: the mesh is on Istio /);
    },
  );

  stage("ends with the configuration that a person would have written", async () => {
    const text = configText();
    assert.doesNotMatch(text, /mesh:upgrade/);
    assert.ok(!text.includes(OLD), text);
    assert.match(text, new RegExp(`mesh:version: ${NEWEST}\n`));
    assert.match(text, new RegExp(`revision: ${NEW}\n`));
    const { changes } = await stack.preview();
    assert.deepEqual(changes, []);
    assert.equal(await statusStage(), undefined);
    assert.equal(existsSync(bad), false);
  });
});
