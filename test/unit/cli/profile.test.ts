import assert from "node:assert/strict";
import { load } from "js-yaml";
import { NEWEST } from "../../../toolchain/versions";
import { mesh } from "../../support/run";

describe("mesh profile", () => {
  it("list: a table, names for scripts, JSON", async () => {
    const [table, names, json] = await Promise.all(
      ["table", "name", "json"].map((format) => mesh(["profile", "list", "-o", format])),
    );
    assert.match(table?.stdout ?? "", /^NAME +FROM +WHAT IT IS\nambient +istio +Ambient mode/);
    assert.ok(names?.stdout.split("\n").includes("asm-gcp"));
    assert.equal(JSON.parse(json?.stdout ?? "")[0].name, "ambient");
  });

  it("dump: YAML, JSON and flags of the same", async () => {
    const dump = (...flags: string[]) => mesh(["profile", "dump", "demo", ...flags]);
    const [yaml, json, flags] = await Promise.all([
      dump(),
      dump("-o", "json"),
      dump("-o", "flags"),
    ]);
    assert.deepEqual(load(yaml?.stdout ?? ""), JSON.parse(json?.stdout ?? ""));
    assert.match(flags?.stdout ?? "", /^components\.base\.enabled=true$/m);
    assert.match(flags?.stdout ?? "", /^profile="demo"$/m);
  });

  it("dump --config-path takes the path below spec, and overlays on top", async () => {
    const flags = ["--config-path", "components.cni", "--option", "cni-gcp"];
    const { stdout } = await mesh(["profile", "dump", ...flags]);
    assert.equal(stdout, "enabled: true\nnamespace: kube-system\n");
  });

  for (const [name, args, code, pattern] of [
    ["differ", ["default", "ambient"], 1, /\+ components\.ztunnel: \{"enabled":true\}/],
    ["are equal", ["default", "default"], 0, /^Profiles are identical\n$/],
    [
      "of two versions",
      ["remote", "remote", "--istio-version", "1.23.2", "--to-istio-version", NEWEST],
      1,
      /istiodRemote/,
    ],
    ["are unknown", ["default", "nope"], 2, /there is no profile of this name/],
    ["lack one", ["default"], 2, /missing required argument/],
    ["have a bad flag", ["a", "b", "--nope"], 2, /unknown option/],
    ["of no version", ["default", "demo", "--istio-version", "1.2"], 2, /is not a full version/],
  ] as const) {
    it(`diff: profiles that ${name}: exit code ${code}`, async () => {
      const result = await mesh(["profile", "diff", ...args]);
      assert.equal(result.code, code, result.output);
      assert.match(result.output, pattern);
    });
  }

  it("diff -o json is a list of fields, and no colours go to a pipe", async () => {
    const { stdout } = await mesh(["profile", "diff", "default", "minimal", "-o", "json"]);
    const fields = JSON.parse(stdout);
    assert.ok(fields.some(({ path }: { path: string }) => path.includes("istio-ingressgateway")));
    assert.ok(!stdout.includes("\u001b"));
  });
});
