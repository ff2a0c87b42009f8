import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEW, NEWEST } from "../../toolchain/versions";
import { pattern } from "../support/pattern";
import { type Finished, mesh } from "../support/run";
import { TestStack } from "../support/stack";
import { temporaryFolder } from "../support/temporary";
import { type Tools, toolsFor } from "../support/tools";

const CR = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n";

function includesAll({ output }: Finished, patterns: readonly RegExp[]): void {
  for (const pattern of patterns) {
    assert.match(output, pattern);
  }
}

describe("bad input", () => {
  let tools: Tools;
  const folder = temporaryFolder("overlays");
  const two = join(folder, "two.yaml");
  const typo = join(folder, "typo.yaml");
  const missing = join(folder, "missing.yaml");

  before(async function () {
    tools = await toolsFor(this);
    writeFileSync(two, `${CR}---\n${CR}`);
    writeFileSync(typo, `${CR}spec:\n  components:\n    pilto:\n      enabled: true\n`);
  });

  const expected = [
    pattern`revision: dots are not allowed in a revision \(got "${NEWEST}"\).*fix: write "${NEW}"`,
    /option cni-gpc: there is no option of this name.*did you mean "cni-gcp"\?/,
    /two\.yaml:4: holds 2 documents; allowed: exactly one IstioOperator CR in a file/,
    /typo\.yaml:5: spec\.components\.pilto: unknown field.*did you mean "pilot"\?/,
    /missing\.yaml: no such file/,
  ];

  describe("on the engine", () => {
    let stack: TestStack;

    before(async () => {
      stack = await TestStack.create(tools, "bad", {
        "mesh:version": NEWEST,
        "mesh:revision": NEWEST,
        "mesh:overlays": ["cni-gpc", two, typo, missing],
      });
    });

    it("fails with all that is wrong at once, each with its file and fix", async () => {
      const update = await stack.failure();
      includesAll(update, expected);
      assert.doesNotMatch(update.output, /PromiseRejection/);
      assert.doesNotMatch(update.output, /at .*\.[jt]s:\d+/, "a stack trace is of no use here");
    });

    it("writes nothing and registers no object", async () => {
      const update = await stack.failure("preview");
      assert.ok(!existsSync(stack.rendered));
      assert.deepEqual(
        update.changes.filter(({ type }) => type.startsWith("kubernetes:")),
        [],
      );
      assert.doesNotMatch(await stack.stateText(), /kubernetes:/);
    });

    it("names every unknown configuration key and the one that was meant", async () => {
      stack.configure({
        "mesh:overlay": ["cni-gcp"],
        "mesh:profil": "demo",
        "mesh:target": "kluster",
      });
      includesAll(await stack.failure("preview"), [
        /Pulumi\.bad\.yaml: mesh:overlay: unknown key.*did you mean "overlays"\?/,
        /Pulumi\.bad\.yaml: mesh:profil: unknown key.*did you mean "profile"\?/,
        /Pulumi\.bad\.yaml: mesh:target: is unknown \(got "kluster"\); allowed: render, cluster/,
      ]);
    });
  });

  describe("beside what cannot be read", () => {
    it("is what is wrong with the rest, and a folder that is none", async () => {
      const stack = await TestStack.create(tools, "unreadable", {
        "mesh:version": NEWEST,
        "mesh:mtls": "STRICT",
        "mesh:revision": NEWEST,
        "mesh:renderDirectory": two,
      });
      includesAll(await stack.failure("preview"), [
        /mesh:mtls: has the wrong type \(got "STRICT"\); allowed: a map; fix: pulumi config set --path/,
        pattern`revision: dots are not allowed in a revision.*fix: write "${NEW}"`,
        /mesh:renderDirectory: is no folder \(got ".*two\.yaml"\); .*; fix: name another one/,
      ]);
      stack.configure({ "mesh:renderDirectory": join(two, "below") });
      includesAll(await stack.failure("preview"), [
        /mesh:renderDirectory: is no folder \(got ".*two\.yaml\/below"\)/,
      ]);
    });

    it("shows no value where one of them is a secret", async () => {
      const stack = await TestStack.create(tools, "hidden", { "mesh:version": "9-hush" });
      await stack.setSecret("mesh:mtls", "hush-hush");
      const { output } = await stack.failure("preview");
      assert.match(output, /mesh:mtls: has the wrong type; allowed: a map/);
      assert.match(output, /inputs: version: is not a full version; allowed/);
      assert.doesNotMatch(output, /hush/);
    });
  });

  describe("on the command line", () => {
    const run = (...flags: readonly string[]) =>
      mesh(["manifest", "generate", "--charts", tools.charts, ...flags]);
    const bad = ["--option", "cni-gpc", "-f", two, "-f", typo, "-f", missing, "-r", NEWEST];

    it("ends with code 2, since a file is missing, all that is wrong on stderr, and nothing on stdout", async () => {
      const finished = await run(...bad);
      assert.equal(finished.code, 2);
      assert.equal(finished.stdout, "");
      includesAll(finished, [/^5 problems; nothing was written$/m, ...expected]);
    });

    it("makes no output folder", async () => {
      const output = join(temporaryFolder("output"), "manifests");
      const finished = await run(...bad, "--out-dir", output);
      assert.equal(finished.code, 2);
      assert.ok(!existsSync(output));
    });

    it("names a stack file that is not there, and a flag that does not exist", async () => {
      const stack = await run("--stack", "nowhere");
      assert.equal(stack.code, 2);
      assert.match(stack.stderr, /Pulumi\.nowhere\.yaml: no such file/);
      const flag = await run("--revison", "canary");
      assert.equal(flag.code, 2);
      assert.match(flag.stderr, /unknown option '--revison'[\s\S]*--revision/);
      assert.equal(flag.stdout, "");
    });

    it("says what to do when the charts are not there", async () => {
      const empty = temporaryFolder("charts");
      const finished = await mesh(["manifest", "generate", "--charts", empty]);
      assert.equal(finished.code, 2);
      assert.equal(finished.stdout, "");
      assert.match(
        finished.stderr,
        pattern`the chart "base" ${NEWEST} is not in .*; looked for .*; fix: `,
      );
      const places = /looked for (.*?);/.exec(finished.stderr)?.[1]?.split(", ") ?? [];
      assert.ok(places.length > 1, finished.stderr);
      assert.equal(new Set(places).size, places.length, "a place is named twice");
    });
  });
});
