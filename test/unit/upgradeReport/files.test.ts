import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hideSecrets } from "../../../cli/secrets";
import type { PlannedUpgrade } from "../../../cli/upgradeContext";
import { openReports } from "../../../cli/upgradeReport";
import { readReport } from "../../../mesh/upgradeReport/document";
import { mesh } from "../../support/run";
import { upgradePlan } from "../upgradeRun/plan";
import { sampleReport } from "./sample";

const planned = { stack: "prod", plan: upgradePlan() } as PlannedUpgrade;

describe("mesh upgrade --report", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mesh-report-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const inFolder = (...names: string[]) => names.map((name) => join(folder, name));
  const open = (files: readonly string[], command = "start", of = planned) =>
    openReports({ files, planned: of, ask: undefined }, command);
  const read = (file: string) => readReport(readFileSync(file, "utf8"));

  it("writes the page and the JSON from the start, and at each event", async () => {
    const files = inFolder("a.html", "a.json");
    const recorder = open(files);
    assert.ok(files.every(existsSync));
    recorder?.take({ event: "stage", stage: "install", line: "" });
    recorder?.take({ event: "update", stage: "install", changes: { create: 1 } });
    for (const file of files) {
      const document = read(file);
      assert.deepEqual(
        document?.runs[0]?.events.map(({ event }) => event),
        ["stage", "update"],
      );
      assert.ok(document?.after.some(({ part }) => part.includes(planned.plan.revision)));
    }
    await recorder?.close();
    assert.match(read(files[0] as string)?.traffic.missing.join() ?? "", /names no Prometheus/);
    assert.deepEqual(readdirSync(folder).sort(), ["a.html", "a.json"]);
  });

  it("goes on with the report of an earlier run, the newest of several", async () => {
    const [page = "", json = ""] = inFolder("a.html", "a.json");
    const first = open([page]);
    first?.take({ event: "stage", stage: "prepare", line: "" });
    const second = open([page, json], "resume");
    second?.take({ event: "stage", stage: "install", line: "" });
    for (const file of [page, json]) {
      assert.deepEqual(
        read(file)?.runs.map(({ command, events }) => [command, events.length]),
        [
          ["start", 1],
          ["resume", 1],
        ],
      );
    }
  });

  it("refuses a file that is no report, of another upgrade, of another kind, or cannot be written", () => {
    const [other = "", text = "", log = "", page = ""] = inFolder("o.json", "t.html", "r.log", "p");
    open([other]);
    writeFileSync(text, "my notes");
    const wrong = [text, log];
    assert.throws(
      () => open(wrong),
      ({ message }: Error) =>
        /t\.html: exists, and is no report of mesh upgrade/.test(message) &&
        /r\.log: is neither \.html nor \.json/.test(message),
    );
    assert.equal(readFileSync(text, "utf8"), "my notes");
    assert.throws(
      () => open([other], "start", { ...planned, stack: "test" }),
      /o\.json: is the report of prod to Istio/,
    );
    assert.throws(() => open([join(page, "x.html")]), /x\.html: cannot be written: ENOENT/);
  });

  it("is told in words afterwards, and the page is made of the JSON", async () => {
    const [json = "", page = "", none = ""] = inFolder("a.json", "a.html", "b.json");
    writeFileSync(json, JSON.stringify(sampleReport()));
    const { code, stdout, output } = await mesh(["upgrade", "report", json, "--report", page]);
    assert.equal(code, 0, output);
    assert.match(stdout, /^Done\nThe mesh of prod is on Istio /);
    assert.deepEqual(read(page), sampleReport());
    const missing = await mesh(["upgrade", "report", none]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /b\.json: no such file/);
    writeFileSync(none, "{}");
    const other = await mesh(["upgrade", "report", json, "--report", none]);
    assert.match(other.stderr, /b\.json: exists, and is no report of mesh upgrade/);
    assert.match((await mesh(["upgrade", "report", none])).stderr, /is no report of mesh upgrade/);
  });

  it("has a placeholder for secrets of the stack", () => {
    hideSecrets(["hunter22secret"]);
    const [file = ""] = inFolder("a.json");
    const recorder = open([file]);
    const saw = "Bearer hunter22secret is refused";
    recorder?.take({ event: "gate", stage: "install", gate: "g", verdict: "failed", saw });
    recorder?.take({ event: "preview", stage: "install", changes: {}, says: [saw] });
    const text = readFileSync(file, "utf8");
    assert.ok(!text.includes("hunter22secret"));
    assert.equal(text.match(/Bearer \[secret\] is refused/g)?.length, 2);
  });
});
