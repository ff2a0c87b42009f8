import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FIRST, planJobs } from "../../runner/plan";
import { ROOT } from "../../support/tools";

function testFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => file.endsWith(".test.ts"))
    .sort();
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
    const sets = jobs.find(({ suite }) => suite === "set-up")?.command?.at(-1) ?? "";
    assert.match(sets, /cluster/);
    assert.doesNotMatch(sets, /node/);
  });

  it("are alone on a real node, and come last", () => {
    const jobs = planJobs({ e2e: true });
    const first = jobs.findIndex(({ suite }) => suite === "e2e");
    assert.ok(jobs.slice(first).every(({ suite, alone }) => suite === "e2e" && alone === true));
    assert.ok(jobs.slice(0, first).every(({ alone }) => alone !== true));
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

  it("the files that start first exist", () => {
    for (const [suite, names] of Object.entries(FIRST)) {
      const files = testFiles(join("test", suite));
      for (const name of names) {
        assert.ok(files.includes(join("test", suite, `${name}.test.ts`)), name);
      }
    }
  });
});
