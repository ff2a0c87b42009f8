import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { extraSets, versions } from "../../../toolchain/setup";
import type { Job } from "../../runner/job";
import { FIRST, NEEDS_REST, ON_SECOND_NODE, planJobs } from "../../runner/plan";
import { ROOT } from "../../support/tools";

function testFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
}

function setsOf(jobs: readonly Job[]): string {
  return jobs
    .flatMap(({ suite, command = [] }) => (suite === "set-up" ? command.slice(-1) : []))
    .join();
}

describe("runner: the jobs of a run", () => {
  it("have every test file once", () => {
    const files = planJobs({ e2e: true }).flatMap((job) => job.files);
    assert.deepEqual([...files].sort(), testFiles("test"));
  });

  it("have no file on a real node unless that is wanted, and no tools for one", () => {
    const jobs = planJobs({});
    assert.deepEqual(
      jobs.filter(({ suite }) => suite === "e2e"),
      [],
    );
    assert.match(setsOf(jobs), /cluster/);
    assert.doesNotMatch(setsOf(jobs), /node/);
  });

  it("are in lanes on real nodes, with the rest in the background, but for set-up", () => {
    const jobs = planJobs({ e2e: true });
    for (const { name, suite, lane, background = false } of jobs) {
      assert.equal(lane?.includes("node") ?? false, suite === "e2e", name);
      assert.equal(background, suite !== "e2e" && suite !== "set-up", name);
    }
    assert.ok(planJobs({}).every(({ background }) => background === undefined));
  });

  it("go to a second node only once all others have started", () => {
    const lanes = planJobs({ e2e: true }).map(({ lane }) => lane);
    const second = lanes.filter((lane) => lane === "second node");
    assert.deepEqual(lanes.slice(-second.length), second);
    assert.equal(second.length, ON_SECOND_NODE.length);
    assert.ok(lanes.includes("node"));
  });

  it("provide all sets of tools, once each", () => {
    const sets = setsOf(planJobs({ e2e: true })).split(",");
    // What the set "apiserver" has, "cluster" has too.
    assert.deepEqual(sets.sort(), extraSets().sort());
  });

  it("have clusters of another Kubernetes where that is asked for", () => {
    const { newest } = versions.kubernetes;
    const sets = setsOf(planJobs({ e2e: true, kubernetes: newest })).split(",");
    const others = extraSets().filter((name) => !["cluster", "node"].includes(name));
    assert.deepEqual(sets.sort(), [...others, `cluster-${newest}`, `node-${newest}`].sort());
  });

  it("wait for further tools where the file asks for them", () => {
    const asks = /toolsFor\(this, |craneFor\(/;
    for (const { files, needs, suite } of planJobs({ e2e: true })) {
      const isAsked = files.some((file) => asks.test(readFileSync(join(ROOT, file), "utf8")));
      if (isAsked && suite !== "unit" && suite !== "components") {
        assert.match(needs ?? "", /set-up of/, files.join());
      }
    }
  });

  it("wait for the tools, but for what needs none", () => {
    const waiting = planJobs({ e2e: true }).filter(({ needs }) => needs === undefined);
    assert.deepEqual(
      waiting.map(({ name }) => name),
      ["set-up", "check", "docs", "unit"],
    );
  });

  it("are those of the files and folders that are named", () => {
    const names = (...files: string[]) => planJobs({ files }).map((job) => job.name);
    assert.deepEqual(names("test/engine/crds.test.ts"), ["test/engine/crds.test.ts"]);
    assert.deepEqual(names("test/e2e").sort(), testFiles("test/e2e"));
  });

  it("a path without tests is an error that says where they are", () => {
    assert.throws(
      () => planJobs({ files: ["test/engine/none.test.ts"] }),
      /there are no tests at test\/engine\/none\.test\.ts: they are in test\/unit, .*test\/e2e/,
    );
    assert.throws(() => planJobs({ files: ["mesh"] }), /there are no tests at mesh/);
  });

  it("the files that need further tools exist", () => {
    const files = testFiles("test");
    assert.deepEqual(
      NEEDS_REST.filter((file) => !files.includes(file)),
      [],
    );
  });

  it("the files that start first exist", () => {
    for (const [suite, names] of Object.entries(FIRST)) {
      const files = testFiles(join("test", suite));
      for (const name of names) {
        assert.ok(files.includes(join("test", suite, `${name}.test.ts`)), name);
      }
    }
  });
});
