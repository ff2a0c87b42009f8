import assert from "node:assert/strict";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setup } from "../../../toolchain/setup";
import { fakeMachine, type Machine, until } from "./machine";

describe("toolchain: two set-ups at once", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = fakeMachine();
  });
  afterEach(() => machine.remove());

  const quick = { sleep: async () => sleep(5) };

  it("makes the second wait, say for whom, and find the work done", async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const good = machine.answers["fetch cli"];
    machine.answers["fetch cli"] = async (request) => {
      await finished;
      return good(request);
    };
    const first = setup(machine.options());
    await until(() => machine.ran.length > 0);
    const second = setup(machine.options({ system: quick }));
    await until(() => machine.lines.some((line) => line.startsWith("waiting")));
    finish();
    const [one, two] = await Promise.all([first, second]);
    assert.deepEqual(machine.ran, ["fetch cli", "install plugin", "go run"]);
    assert.ok(one.tools.every((tool) => tool.source !== "present"));
    assert.ok(two.tools.every((tool) => tool.source === "present"));
    const waits = machine.lines.filter((line) => line.startsWith("waiting"));
    assert.equal(waits.length, 1);
    assert.match(waits[0] ?? "", new RegExp(`the set-up of process ${process.pid} \\(since `));
  });

  it("passes over the lock of a process that died", async () => {
    const lock = join(machine.home, ".service-mesh-setup.json");
    mkdirSync(`${lock}.lock`, { recursive: true });
    writeFileSync(lock, '{"pid":1,"since":"then"}');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(`${lock}.lock`, longAgo, longAgo);
    await setup(machine.options({ system: quick }));
    assert.deepEqual(
      machine.lines.filter((line) => line.startsWith("waiting")),
      [],
    );
  });

  it("locks the project as well, for runs with another PULUMI_HOME", async () => {
    const lock = join(machine.project, ".toolchain", ".service-mesh-setup.json.lock");
    mkdirSync(lock, { recursive: true });
    const controller = new AbortController();
    const run = setup(machine.options({ system: quick, signal: controller.signal }));
    await until(() => machine.lines.some((line) => line.startsWith("waiting for another set-up")));
    controller.abort();
    await assert.rejects(run, /ended by its caller/);
    assert.deepEqual(machine.ran, []);
  });
});
