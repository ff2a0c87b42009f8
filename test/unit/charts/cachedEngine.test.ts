import assert from "node:assert/strict";
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cachedEngine, chartDigest } from "../../../adapters/helm/cachedEngine";
import type { JsonObject } from "../../../mesh/common/json";
import type { RenderRequest } from "../../../mesh/render/engine";
import { filesBelow, k8sObject, removeFolders, temporaryFolder } from "../mesh/support";

const CHART = { "Chart.yaml": "name: a\n", "templates/x.yaml": "x: 1\n", "values.yaml": "" };

function counting() {
  const requests: RenderRequest[] = [];
  return {
    requests,
    engine: {
      async render(request: RenderRequest) {
        requests.push(request);
        return [k8sObject("ConfigMap", `rendered-${requests.length}`)];
      },
    },
  };
}

describe("kept renders", () => {
  afterEach(removeFolders);

  function start(engineVersion = "4.25.0") {
    const chartPath = temporaryFolder(CHART);
    const folder = join(temporaryFolder(), "renders");
    const { engine, requests } = counting();
    const open = (version = engineVersion) =>
      cachedEngine(engine, { folder, engineVersion: version });
    const request: RenderRequest = {
      chartPath,
      namespace: "istio-system",
      releaseName: "istio",
      values: { a: { b: 1 } },
      kubernetesVersion: "1.30.0",
    };
    return { chartPath, folder, requests, open, request };
  }

  it("the second render does not call the engine", async () => {
    const { requests, open, request } = start();
    const first = await open().render(request);
    const second = await open().render(request);
    const same = open();
    assert.deepEqual(await same.render(request), first);
    assert.deepEqual(await same.render(request), second);
    assert.deepEqual(second, first);
    assert.equal(requests.length, 1);
  });

  it("a copy of the chart elsewhere is the same chart", async () => {
    const { requests, open, request } = start();
    await open().render(request);
    await open().render({ ...request, chartPath: temporaryFolder(CHART) });
    assert.equal(requests.length, 1);
  });

  const changes: [string, Partial<RenderRequest>][] = [
    ["a value", { values: { a: { b: 2 } } }],
    ["a value's type", { values: { a: { b: "1" } } }],
    ["a value more", { values: { a: { b: 1 }, c: false } }],
    ["the namespace", { namespace: "other" }],
    ["the release", { releaseName: "other" }],
    ["the Kubernetes version", { kubernetesVersion: "1.31.0" }],
  ];
  for (const [name, change] of changes) {
    it(`${name} renders anew`, async () => {
      const { requests, open, request } = start();
      await open().render(request);
      await open().render({ ...request, ...change });
      assert.equal(requests.length, 2);
      await open().render(request);
      assert.equal(requests.length, 2);
    });
  }

  const edits: [string, (chart: string) => void][] = [
    ["a changed file", (chart) => writeFileSync(join(chart, "templates", "x.yaml"), "x: 2\n")],
    ["a new file", (chart) => writeFileSync(join(chart, "templates", "y.yaml"), "")],
    ["a file that is gone", (chart) => rmSync(join(chart, "values.yaml"))],
    [
      "text that moves from one file to the next",
      (chart) => {
        writeFileSync(join(chart, "Chart.yaml"), "name: a\nx");
        writeFileSync(join(chart, "templates", "x.yaml"), ": 1\n");
      },
    ],
  ];
  for (const [name, edit] of edits) {
    it(`${name} of the chart renders anew`, async () => {
      const { chartPath, requests, open, request } = start();
      await open().render(request);
      edit(chartPath);
      await open().render(request);
      assert.equal(requests.length, 2);
    });
  }

  it("another version of Helm's host renders anew", async () => {
    const { requests, open, request } = start();
    await open().render(request);
    await open("4.26.0").render(request);
    assert.equal(requests.length, 2);
  });

  it("an archive's digest is that of its bytes", () => {
    const folder = temporaryFolder({ "a.tgz": "one", "b.tgz": "one", "c.tgz": "two" });
    const digest = (name: string) => chartDigest(join(folder, name));
    assert.equal(digest("a.tgz"), digest("b.tgz"));
    assert.notEqual(digest("a.tgz"), digest("c.tgz"));
  });

  for (const text of ["", "[", "null", "{}", '"x"', "\0\0\0"]) {
    it(`an entry that holds ${JSON.stringify(text)} is rendered again`, async () => {
      const { folder, requests, open, request } = start();
      await open().render(request);
      const [entry = ""] = filesBelow(folder);
      writeFileSync(entry, text);
      assert.deepEqual(await open().render(request), [k8sObject("ConfigMap", "rendered-2")]);
      await open().render(request);
      assert.equal(requests.length, 2);
    });
  }

  it("only the owner may read what is kept", async () => {
    const { folder, open, request } = start();
    await open().render(request);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.deepEqual(
      filesBelow(folder).map((file) => statSync(file).mode & 0o777),
      [0o600],
    );
  });

  it("what the engine fails to render is not kept", async () => {
    const { folder, request } = start();
    let calls = 0;
    const engine = {
      async render(): Promise<never> {
        calls++;
        throw new Error("no");
      },
    };
    const cached = cachedEngine(engine, { folder, engineVersion: "1" });
    await assert.rejects(cached.render(request), /no/);
    await assert.rejects(cached.render(request), /no/);
    assert.equal(calls, 2);
    assert.equal(statSync(folder, { throwIfNoEntry: false }), undefined);
  });

  it("what a caller does to the objects does not reach the cache", async () => {
    const { open, request } = start();
    await open().render(request);
    const [object] = await open().render(request);
    (object?.metadata as JsonObject).name = "changed";
    const [again] = await open().render(request);
    assert.equal(again?.metadata.name, "rendered-1");
  });

  it("the same chart twice at once, and different ones, end whole", async () => {
    const { folder, open, request } = start();
    const cached = open();
    await Promise.all([
      cached.render(request),
      cached.render(request),
      cached.render({ ...request, namespace: "b" }),
    ]);
    assert.equal(readdirSync(folder).length, 2);
    assert.ok(readdirSync(folder).every((name) => name.endsWith(".json")));
  });

  it("entries older than a month go, younger ones stay", async () => {
    const { folder, open, request } = start();
    await open().render(request);
    await open().render({ ...request, namespace: "young" });
    const [old = "", young = ""] = filesBelow(folder);
    const day = 24 * 60 * 60;
    const now = Date.now() / 1000;
    utimesSync(old, now - 31 * day, now - 31 * day);
    utimesSync(young, now - 29 * day, now - 29 * day);
    await open().render({ ...request, namespace: "third" });
    const left = filesBelow(folder);
    assert.deepEqual([left.includes(old), left.includes(young), left.length], [false, true, 2]);
  });
});
