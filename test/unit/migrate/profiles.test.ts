import assert from "node:assert/strict";
import { load } from "js-yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import type { Json } from "../../../mesh/common/json";
import data from "../../../mesh/data/formerProfiles.json";
import { lintOverlay } from "../../../mesh/lint/lintOverlay";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import { at, overlayText, problemsOf, resolve, VERSION } from "../mesh/support";

const SOURCE = { name: "a.yaml", version: VERSION };
const STRICT = ["sds", "sds-auth", "demo-auth"];

describe("profiles of older releases", () => {
  for (const [name, { instead, source }] of Object.entries(data.profiles)) {
    const text = overlayText(`spec:\n  profile: ${name} # as in the guide\n`);

    it(`${name}: lint names what takes its place, with the line`, () => {
      const { errors } = lintOverlay(text, SOURCE, overlayLibrary());
      assert.equal(errors.length, 1, JSON.stringify(errors));
      const [{ line, path, value, fix, see } = {}] = errors;
      assert.deepEqual([line, path, value, see], [4, "spec.profile", name, source]);
      assert.match(fix ?? "", new RegExp(`^use ${instead}\\b`));
    });

    it(`${name}: migrate writes ${instead}, and lint has nothing more to say`, () => {
      const {
        text: next,
        problems,
        warnings,
        changes,
      } = migrateOverlay(text, SOURCE, overlayLibrary());
      assert.deepEqual([problems, warnings], [[], []]);
      assert.equal(changes.length, 1);
      assert.match(next, /# as in the guide/);
      const document = load(next) as Json;
      assert.equal(at(document, "spec.profile"), instead);
      assert.equal(
        at(document, "metadata.annotations.pulumi-service-mesh/mtls-mode"),
        STRICT.includes(name) ? "STRICT" : undefined,
      );
    });

    it(`${name}: a typed input and a setting are answered the same`, () => {
      for (const [inputs, place] of [
        [{ profile: name }, ["inputs", "profile"]],
        [{ set: [`profile=${name}`] }, ["--set", "spec.profile"]],
      ] as const) {
        const problems = problemsOf(inputs);
        assert.deepEqual(
          problems.map(({ source: where, path }) => [where, path]),
          [place],
        );
        assert.match(problems[0]?.fix ?? "", new RegExp(`^use ${instead}\\b`));
      }
    });
  }

  it("each stands for a profile that there is", () => {
    for (const { instead } of Object.values(data.profiles)) {
      assert.equal(resolve({ profile: instead }).profile, instead);
    }
  });

  it("a mistyped one gets the nearest", () => {
    const text = overlayText("spec: {profile: minmal}\n");
    const [{ line, fix } = {}] = lintOverlay(text, SOURCE, overlayLibrary()).errors;
    assert.deepEqual([line, fix], [3, 'did you mean "minimal"?']);
  });
});
