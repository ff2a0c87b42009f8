import assert from "node:assert/strict";
import { meets, requirementsOf } from "../../../mesh/k8s/selector";

function matches(selector: Parameters<typeof requirementsOf>[0], labels: Record<string, string>) {
  return requirementsOf(selector).every((requirement) => meets(requirement, labels));
}

describe("label selectors, as Kubernetes evaluates them", () => {
  it("an absent or empty selector matches everything", () => {
    assert.ok(matches(undefined, {}));
    assert.ok(matches({}, { a: "b" }));
  });

  it("matchLabels and every operator", () => {
    assert.ok(matches({ matchLabels: { a: "1" } }, { a: "1" }));
    assert.ok(!matches({ matchLabels: { a: "1" } }, { a: "2" }));
    const one = (operator: string, values?: string[]) => ({
      matchExpressions: [{ key: "a", operator, ...(values && { values }) }],
    });
    assert.ok(matches(one("In", ["1", "2"]), { a: "2" }));
    assert.ok(!matches(one("In", ["1"]), {}));
    assert.ok(matches(one("NotIn", ["1"]), {}), "an absent label is not in a list");
    assert.ok(!matches(one("NotIn", ["1"]), { a: "1" }));
    assert.ok(matches(one("Exists"), { a: "" }));
    assert.ok(!matches(one("Exists"), {}));
    assert.ok(matches(one("DoesNotExist"), {}));
    assert.ok(!matches(one("DoesNotExist"), { a: "" }));
  });

  it("labels with names of Object's own are plain labels", () => {
    assert.ok(!matches({ matchExpressions: [{ key: "toString", operator: "Exists" }] }, {}));
  });

  it("an unknown operator is an error, not a match", () => {
    assert.throws(
      () => requirementsOf({ matchExpressions: [{ key: "a", operator: "Gt", values: ["1"] }] }),
      /not a label selector/,
    );
  });
});
