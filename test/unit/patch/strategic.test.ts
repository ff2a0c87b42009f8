import assert from "node:assert/strict";
import fc from "fast-check";
import { deepClone, type Json } from "../../../mesh/common/json";
import { strategicMerge, strategicMergeChecked } from "../../../mesh/patch/strategic";
import { PATCHED_KINDS } from "../../../mesh/patch/strategicSchema";
import { anyJson, anyObject, plainMap } from "./arbitrary";
import { frozen } from "./istioctl";

const anyKind = fc.constantFrom(...PATCHED_KINDS);

function podWith(spec: Json): Json {
  return { spec: { template: { spec } } };
}

describe("strategic merge", () => {
  it("new list items come first, known ones stay in place", () => {
    const base = podWith({ containers: [{ name: "a" }, { name: "b" }] });
    const patch = podWith({ containers: [{ name: "b", image: "x" }, { name: "new" }] });
    const want = podWith({
      containers: [{ name: "a" }, { name: "b", image: "x" }, { name: "new" }],
    });
    assert.deepEqual(strategicMerge("Deployment", base, patch), want);
  });

  it("keeps values that are false, 0 or empty", () => {
    const patch = { spec: { replicas: 0, paused: false, text: "", list: [], map: {} } };
    assert.deepEqual(strategicMerge("Deployment", { spec: { replicas: 1 } }, patch), patch);
  });

  it("replaces tolerations, args and metrics as a whole", () => {
    const base = podWith({ tolerations: [{ key: "a" }] });
    const patch = podWith({ tolerations: [{ key: "b" }] });
    assert.deepEqual(strategicMerge("DaemonSet", base, patch), patch);
  });

  it("merges a strategy without $retainKeys, as Kubernetes does", () => {
    const base = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    const merged = strategicMerge("Deployment", base, { spec: { strategy: { type: "Recreate" } } });
    const want = { spec: { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } } };
    assert.deepEqual(merged, want);
  });

  it("reports every part it cannot apply, and applies the rest", () => {
    const base = podWith({
      containers: [{ name: "a", env: [{ name: "X" }] }],
      volumes: [{ name: "v" }],
    });
    const patch = podWith({
      containers: [{ name: "a", image: "i", env: [{ value: "1" }] }],
      volumes: [{ emptyDir: {} }],
      hostname: "h",
    });
    const { merged, problems } = strategicMergeChecked("Deployment", base, patch);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["spec.template.spec.containers.[name:a].env", "spec.template.spec.volumes"],
    );
    const containers = [{ name: "a", image: "i", env: [{ name: "X" }] }];
    assert.deepEqual(merged, podWith({ containers, volumes: [{ name: "v" }], hostname: "h" }));
  });

  it("reports a kind without rules and leaves the base as it is", () => {
    const { merged, problems } = strategicMergeChecked("ConfigMap", { a: 1 }, { a: 2 });
    assert.deepEqual(merged, { a: 1 });
    assert.match(problems[0]?.reason ?? "", /ConfigMap/);
  });

  it("the empty patch changes nothing", () => {
    fc.assert(
      fc.property(anyKind, anyObject, (kind, base) => {
        assert.deepEqual(strategicMerge(kind, base, {}), base);
      }),
    );
  });

  it("applying a map twice is the same as once", () => {
    fc.assert(
      fc.property(anyKind, plainMap, plainMap, (kind, base, patch) => {
        const once = strategicMerge(kind, base, patch);
        assert.deepEqual(strategicMerge(kind, once, patch), once);
      }),
    );
  });

  it("never throws and changes neither argument", () => {
    fc.assert(
      fc.property(anyKind, anyJson, anyJson, (kind, base, patch) => {
        const before = deepClone([base, patch]);
        strategicMerge(kind, frozen(base), frozen(patch));
        assert.deepEqual([base, patch], before);
      }),
      { numRuns: 1000 },
    );
  });

  it("the result shares nothing with the arguments", () => {
    const patch = { metadata: { labels: { a: "b" } } };
    const merged = strategicMerge("Service", {}, patch) as typeof patch;
    merged.metadata.labels.a = "changed";
    assert.equal(patch.metadata.labels.a, "b");
  });
});
