import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PRECHECKS } from "../../../mesh/checks/registry";
import { mergePatch, patchBetween } from "../../../mesh/common/mergePatch";
import { getPath } from "../../../mesh/k8s/path";
import { componentsOf } from "../../../mesh/model/component";
import {
  MINOR_FOLDERS,
  MINORS,
  type MinorRelease,
  minorOf,
  openMinors,
} from "../../../mesh/model/minors";
import { folderIndex, GAP, MINORS_FOLDER } from "../../../toolchain/istio/folders";
import { NEWEST } from "../../../toolchain/versions";

const folder = join(__dirname, "..", "..", "..", MINORS_FOLDER);
const whole = (minor: string) => `${minor}.0`;

describe("merge patches", () => {
  const cases = [
    [{ a: 1 }, { a: 2 }, { a: 2 }],
    [{ a: 1, b: 2 }, { b: 2 }, { a: null }],
    [{ a: { b: 1, c: [1] } }, { a: { b: 1, c: [2] } }, { a: { c: [2] } }],
    [{ a: { b: 1 } }, { a: "b" }, { a: "b" }],
    [{ a: "b" }, { a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }],
    [{ a: { b: 1 } }, { a: { b: 1 } }, {}],
    [{}, { constructor: "x" }, { constructor: "x" }],
  ] as const;
  for (const [from, to, patch] of cases) {
    it(`${JSON.stringify(from)} becomes ${JSON.stringify(to)} by ${JSON.stringify(patch)}`, () => {
      const frozen = Object.freeze(structuredClone(from)) as Record<string, never>;
      assert.deepEqual(patchBetween(frozen, to as never), patch);
      assert.deepEqual(mergePatch(frozen, patch as never), to);
    });
  }
});

describe("the minors of Istio", () => {
  it("their files are those that the index names", () => {
    assert.equal(readFileSync(join(folder, "index.ts"), "utf8"), folderIndex(folder));
  });

  for (const minor of MINORS.names) {
    describe(minor, () => {
      const release = MINORS.release(whole(minor)) as MinorRelease;

      it("what a person writes down of it has no gap", () => {
        const text = readFileSync(join(folder, minor, "release.json"), "utf8");
        assert.ok(!text.includes(GAP), text);
        const { source, released, endOfSupport } = release;
        assert.match(source, /^https:\/\/istio\.io\//);
        for (const date of [released, ...(endOfSupport === undefined ? [] : [endOfSupport])]) {
          assert.match(date, /^\d{4}-\d{2}(-\d{2})?$/);
        }
        assert.ok(endOfSupport === undefined || endOfSupport > released);
      });

      it("the checks of its upgrade notes exist", () => {
        const ids = PRECHECKS.map(({ id }) => id as string);
        for (const { title, source, check } of release.upgradeNotes) {
          assert.ok(check === undefined || ids.includes(check), `${title}: ${check}`);
          assert.match(source, /^https:\/\//, title);
        }
      });

      it("what its upgrade notes name is there: changed defaults, removed variables, fields", () => {
        const { compatibility } = MINORS.facts(whole(minor));
        const flags = MINORS.flags(whole(minor)) ?? {};
        for (const { title, settings = [], removes = [], when } of release.upgradeNotes) {
          for (const path of settings) {
            const isChanged = Object.values(compatibility).some(
              (values) => getPath(values, path) !== undefined,
            );
            assert.ok(isChanged, `${title}: ${path}`);
          }
          assert.deepEqual(
            removes.filter((name) => Object.hasOwn(flags, name)),
            [],
            title,
          );
          assert.ok(when === undefined || when.startsWith("spec."), title);
        }
      });

      it("all of its facts are known, and its components are components of this package", () => {
        const facts = MINORS.facts(whole(minor));
        assert.match(facts.minKubernetes, /^1\.\d+\.0$/);
        assert.match(facts.module, /^v0\.0\.0-\d{14}-[0-9a-f]{12}$/);
        assert.ok(facts.profiles.includes("default") && facts.images.includes("pilot"));
        assert.ok(Object.keys(facts.apis).length > 10);
        assert.deepEqual(
          componentsOf(whole(minor))
            .map(({ name }) => name as string)
            .sort(),
          Object.keys(facts.components).sort(),
        );
      });
    });
  }

  it("a version takes the facts of its minor, and a build those of its release", () => {
    assert.equal(minorOf("1.23.3-asm.2"), "1.23");
    assert.equal(MINORS.facts("1.23.3-asm.2"), MINORS.facts("1.23.0"));
    assert.ok(MINORS.facts("1.23.0").components.istiodRemote);
    assert.equal(MINORS.facts("1.24.0").components.istiodRemote, undefined);
  });

  it("of minors that are not known, newer ones are like the newest, older ones like the oldest", () => {
    assert.equal(MINORS.facts("1.99.0"), MINORS.newest);
    assert.equal(MINORS.facts("1.9.0"), MINORS.facts(whole(MINORS.names[0] ?? "")));
    assert.equal(MINORS.release("1.99.0"), undefined);
    assert.equal(MINORS.flags("1.99.0"), undefined);
    assert.equal(MINORS.flags("1.23.0"), undefined);
  });

  it("commands name no release of a known minor: their examples follow the data", () => {
    const cli = join(__dirname, "..", "..", "..", "cli");
    const releases = new RegExp(`\\b(${MINORS.names.join("|").replaceAll(".", "\\.")})\\.\\d`);
    const files = readdirSync(cli, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts"),
    );
    const isComment = (line: string) => /^\s*(\/\*|\*|\/\/)/.test(line);
    const naming = files.flatMap((name) => {
      const lines = readFileSync(join(cli, name), "utf8").split("\n");
      return lines.filter((line) => !isComment(line) && releases.test(line));
    });
    assert.ok(files.length > 20 && releases.test(`--istio-version ${NEWEST}`));
    assert.deepEqual(naming, []);
  });

  it("a new minor is data alone: what its folder does not say is as in the minor before", () => {
    const release = MINORS.release("1.29.0") as MinorRelease;
    const facts = { minKubernetes: "1.50.0", components: { cni: null } };
    const types = () => ({ types: { "istio.mesh.v1alpha1.MeshConfig": { aNewField: "bool" } } });
    const minors = openMinors({
      ...MINOR_FOLDERS,
      "1.98": { release },
      "1.99": { release, facts, types, flags: () => ({ A_NEW_FLAG: "true", CLUSTER_ID: null }) },
    });
    assert.equal(minors.facts("1.98.1"), minors.facts(whole(MINORS.names.at(-1) ?? "")));
    assert.equal(minors.newest.minKubernetes, "1.50.0");
    assert.deepEqual(minors.newest.apis, MINORS.newest.apis);
    assert.equal(minors.newest.components.cni, undefined);
    assert.ok(minors.newest.components.pilot);
    const meshConfig = (version: string) =>
      minors.types(version).types["istio.mesh.v1alpha1.MeshConfig"];
    assert.equal(meshConfig("1.99.0")?.aNewField, "bool");
    assert.equal(meshConfig("1.98.0")?.aNewField, undefined);
    assert.ok(meshConfig("1.99.0")?.accessLogFile);
    const { A_NEW_FLAG, CLUSTER_ID, PILOT_TRACE_SAMPLING } = minors.flags("1.99.0") ?? {};
    assert.deepEqual([A_NEW_FLAG, CLUSTER_ID], ["true", undefined]);
    assert.ok(PILOT_TRACE_SAMPLING);
  });
});
