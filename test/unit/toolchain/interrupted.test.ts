import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SetupInterrupted, setup } from "../../../toolchain/setup";
import { fakeMachine, type Machine, offline, outputOf, program, unfinished } from "./machine";

describe("toolchain: an interrupted set-up", () => {
  let machine: Machine;
  beforeEach(() => {
    machine = fakeMachine();
    machine.answers["fetch cli"] = offline;
  });
  afterEach(() => machine.remove());

  const pulumi = () => join(machine.home, "versions", "3.255.0", "bin", "pulumi");

  /** Aborts when the given program is half written. */
  function abortAt(output: string, controller: AbortController): void {
    const good = machine.answers["go build"];
    machine.answers["go build"] = (request) => {
      good(request);
      if (outputOf(request) === output) {
        controller.abort();
        request.signal.throwIfAborted();
      }
      return {};
    };
  }

  it("leaves nothing that looks complete, and the next run does the rest", async () => {
    const controller = new AbortController();
    const good = machine.answers["go build"];
    abortAt("pulumi", controller);
    const run = setup(machine.options({ signal: controller.signal }));
    await assert.rejects(run, SetupInterrupted);
    assert.ok(!existsSync(pulumi()));
    assert.ok(!machine.ran.includes("go run"), "nothing new starts after the end");

    machine.ran.length = 0;
    machine.answers["go build"] = good;
    await setup(machine.options());
    assert.ok(existsSync(pulumi()));
    assert.ok(!machine.ran.includes("go build pulumi-resource-kubernetes"), "that was complete");
    assert.deepEqual([unfinished(machine.home), unfinished(machine.project)], [[], []]);
  });

  it("cleans up after a run that was killed", async () => {
    const leftovers = [
      join(machine.home, "versions", "3.255.0", "bin", ".setup-99-pulumi"),
      join(machine.home, "plugins", ".setup-99-resource-kubernetes-v4.25.0", "half"),
      join(machine.home, ".setup-99-home", "versions", "half"),
      join(machine.project, ".toolchain", "charts", ".setup-99-1.29.1", "half"),
      join(machine.project, ".toolchain", "build", "etcd", "go.mod"),
    ];
    leftovers.forEach(program);
    await setup(machine.options());
    assert.deepEqual(
      leftovers.filter((file) => existsSync(file)),
      [],
    );
  });

  it("ends at a signal to the process and takes its handlers away", async () => {
    // Who runs the tests may listen too, and end the process.
    const others = process.rawListeners("SIGTERM") as NodeJS.SignalsListener[];
    process.removeAllListeners("SIGTERM");
    machine.answers["go mod download"] = async (request) => {
      process.emit("SIGTERM", "SIGTERM");
      request.signal.throwIfAborted();
      return {};
    };
    try {
      await assert.rejects(setup(machine.options()), /set-up was ended by SIGTERM/);
      assert.equal(process.listenerCount("SIGTERM"), 0);
    } finally {
      for (const listener of others) {
        process.on("SIGTERM", listener);
      }
    }
  });

  it("does not start for a caller that has given up already", async () => {
    mkdirSync(machine.home, { recursive: true });
    writeFileSync(join(machine.home, "credentials.json"), "{}");
    await assert.rejects(setup(machine.options({ signal: AbortSignal.abort() })), SetupInterrupted);
    assert.deepEqual(machine.ran, []);
  });
});
