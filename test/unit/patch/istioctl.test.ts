import assert from "node:assert/strict";
import type { Json } from "../../../mesh/common/json";
import { applyK8sSettingsChecked } from "../../../mesh/patch/k8sSettings";
import { splitPatchPath } from "../../../mesh/patch/path";
import { applyK8sOverlays } from "../../../mesh/patch/pathPatch";
import { strategicMergeChecked } from "../../../mesh/patch/strategic";
import { type FieldRule, TYPE_RULES } from "../../../mesh/patch/strategicSchema";
import { frozen, type Line, objectsOf, PILOT, recorded } from "./istioctl";

function patched(line: Line) {
  const { overlays = [], ...k8s } = line.k8s ?? {};
  const objects = frozen(objectsOf(line));
  const settings = applyK8sSettingsChecked(line.component ?? PILOT, frozen(k8s), objects);
  const overlaid = applyK8sOverlays(frozen(overlays), frozen(settings.objects));
  return { ...overlaid, problems: [...settings.problems, ...overlaid.problems] };
}

function wanted(line: Line): Json[] {
  const want = line.want as Json[];
  return objectsOf(line).map((object, i) => want[i] ?? object);
}

function tagsBelow(type: string | undefined, path: string): string[] {
  const rules = Object.entries((type && TYPE_RULES[type]) || {});
  return rules.flatMap(([field, rule]) => [
    ...tagOf(`${path}${field}`, rule),
    ...tagsBelow(rule.type, `${path}${field}.`),
  ]);
}

function tagOf(path: string, rule: FieldRule): string[] {
  const strategies = [rule.strategy, rule.retainKeys && "retainKeys"].filter(Boolean).join(",");
  return strategies === "" ? [] : [`${path} ${strategies} ${rule.mergeKey ?? ""}`];
}

describe("equal to Kubernetes' strategic merge", () => {
  for (const line of recorded("strategic")) {
    it(`${line.name}`, () => {
      const base = line.base as Json;
      const { merged, problems } = strategicMergeChecked(
        line.kind ?? "",
        frozen(base),
        frozen(line.patch ?? null),
      );
      assert.equal(problems.length > 0, line.fails === true, JSON.stringify(problems));
      assert.deepEqual(merged, line.fails === true ? base : line.want);
    });
  }
});

describe("equal to istioctl's post-processing", () => {
  for (const line of recorded("settings")) {
    it(`${line.name}`, () => {
      const { objects, problems } = patched(line);
      if (line.fails === true) {
        assert.ok(problems.length > 0);
      } else {
        assert.deepEqual(objects, wanted(line), JSON.stringify(problems));
      }
    });
  }
});

describe("equal to istioctl's paths", () => {
  for (const { name, want } of recorded("path")) {
    it(`path ${JSON.stringify(name)}`, () => assert.deepEqual(splitPatchPath(name), want));
  }
});

describe("merge keys equal the API types' tags", () => {
  for (const { name, kind, want } of recorded("tags")) {
    it(`${name}`, () => assert.deepEqual(tagsBelow(kind, "").sort(), want));
  }
});
