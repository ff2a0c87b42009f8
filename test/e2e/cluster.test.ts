import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupsOf, membersOf } from "../node/cleanUp";
import { requireNode } from "../node/forTests";
import { namespaceFile } from "../node/network";
import { type RunRecord, readRecords } from "../node/record";
import { type Finished, run, TSX } from "../support/run";
import { ROOT } from "../support/tools";

const COMMAND = ["--require", TSX, join(ROOT, "test", "node", "cluster.ts")];

interface Started {
  readonly child: ChildProcess;
  readonly record: RunRecord;
}

/** `npm run cluster`, once it has said that the cluster is up. */
async function startCluster(): Promise<Started> {
  const child = spawn(process.execPath, COMMAND, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  child.stdout.setEncoding("utf8");
  let said = "";
  for await (const chunk of child.stdout) {
    said += chunk;
    if (said.includes("takes it down")) {
      break;
    }
  }
  const record = readRecords().find(({ owner }) => owner.pid === child.pid);
  assert.ok(record, `no cluster came up: ${said}`);
  return { child, record };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await once(child, "exit");
}

function stopCluster(): Promise<Finished> {
  return run(process.execPath, [...COMMAND, "--stop"], { cwd: ROOT });
}

/** What there is of a run on this machine. */
function remains(record: RunRecord): string[] {
  const { name, folder } = record;
  const cgroups = readdirSync("/sys/fs/cgroup").map((each) => join("/sys/fs/cgroup", each));
  return [
    ...membersOf(record).map((pid) => `process ${pid}`),
    ...[namespaceFile(name), folder].filter((path) => existsSync(path)),
    ...["/sys/fs/cgroup", ...cgroups]
      .flatMap((each) => cgroupsOf(record).map((cgroup) => join(each, cgroup)))
      .filter((path) => existsSync(path)),
    ...readFileSync("/proc/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(folder)),
    ...readRecords()
      .filter((each) => each.name === name)
      .map(() => "a record"),
  ];
}

describe("npm run cluster", () => {
  const started: Started[] = [];

  before(function () {
    return requireNode(this);
  });

  after(() => {
    for (const { child } of started) {
      child.kill("SIGTERM");
    }
  });

  async function up(): Promise<Started> {
    const cluster = await startCluster();
    started.push(cluster);
    assert.notDeepEqual(remains(cluster.record), []);
    return cluster;
  }

  it("leaves nothing after Ctrl-C", async () => {
    const { child, record } = await up();
    await end(child, "SIGINT");
    assert.equal(child.exitCode, 0);
    assert.deepEqual(remains(record), []);
  });

  it("is taken down from elsewhere by --stop", async () => {
    const { record } = await up();
    const { stdout } = await stopCluster();
    assert.equal(stdout, "The cluster is down.\n");
    assert.deepEqual(remains(record), []);
  });

  it("is cleaned up after when it was killed", async () => {
    const { child, record } = await up();
    await end(child, "SIGKILL");
    assert.notDeepEqual(remains(record), []);
    const { stdout } = await stopCluster();
    assert.equal(stdout, "No cluster is up.\n");
    assert.deepEqual(remains(record), []);
  });
});
