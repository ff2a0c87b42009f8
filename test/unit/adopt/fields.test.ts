import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { divide, unite, withoutFields } from "../../../mesh/k8s/fieldTree";

const ISTIOD = 'k:{"name":"istiod"}';

describe("adoption: the fields that a manager owns", () => {
  it("united, have the steps of both", () => {
    const left = { "f:spec": { "f:replicas": {} } };
    const right = { "f:spec": { "f:paused": {} }, "f:data": {} };
    assert.deepEqual(unite(left, right), {
      "f:spec": { "f:replicas": {}, "f:paused": {} },
      "f:data": {},
    });
  });

  it("united, keep that one owned the thing itself, where the other had only parts", () => {
    const whole = { "f:labels": {} };
    const part = { "f:labels": { "f:app": {} } };
    const both = { "f:labels": { ".": {}, "f:app": {} } };
    assert.deepEqual(unite(whole, part), both);
    assert.deepEqual(unite(part, whole), both);
  });

  it("divided, take along only what a pattern names", () => {
    const tree = {
      "f:webhooks": { [ISTIOD]: { ".": {}, "f:failurePolicy": {}, "f:rules": {} } },
      "f:spec": { "f:replicas": {} },
    };
    const { named, rest } = divide(tree, [["f:webhooks", "*", "f:failurePolicy"]]);
    assert.deepEqual(named, { "f:webhooks": { [ISTIOD]: { "f:failurePolicy": {} } } });
    assert.deepEqual(rest, {
      "f:webhooks": { [ISTIOD]: { ".": {}, "f:rules": {} } },
      "f:spec": { "f:replicas": {} },
    });
  });

  it("divided, leave no empty step, which would own the thing itself", () => {
    const { rest } = divide({ "f:spec": { "f:replicas": {} } }, [["f:spec", "f:replicas"]]);
    assert.deepEqual(rest, {});
  });

  it("taken away, go unless somebody keeps them", () => {
    const value = { spec: { replicas: 2, paused: true }, data: "x" };
    const gone = { "f:spec": { "f:replicas": {}, "f:paused": {} }, "f:data": {} };
    const kept = { "f:spec": { "f:replicas": {} } };
    assert.deepEqual(withoutFields(value, gone, kept), { spec: { replicas: 2 } });
    assert.deepEqual(value.data, "x", "the value itself is unchanged");
  });

  it("taken away, go from lists by key, by value and by place", () => {
    const value: JsonObject = {
      containers: [
        { name: "istiod", image: "a", args: ["x"] },
        { name: "extra", image: "b" },
      ],
      finalizers: ["a", "b"],
      numbers: [7, 8],
    };
    const gone = {
      "f:containers": {
        [ISTIOD]: { ".": {}, "f:image": {}, "f:args": {} },
        'k:{"name":"extra"}': { ".": {}, "f:image": {} },
      },
      "f:finalizers": { 'v:"a"': {} },
      "f:numbers": { "i:1": {} },
    };
    const kept = { "f:containers": { [ISTIOD]: { ".": {}, "f:image": {} } } };
    assert.deepEqual(withoutFields(value, gone, kept), {
      containers: [{ name: "istiod", image: "a" }],
      finalizers: ["b"],
      numbers: [7],
    });
  });

  it("taken away, spare what is kept whole, and what is not there", () => {
    const value = { emptyDir: { medium: "Memory" } };
    const gone = { "f:emptyDir": { ".": {}, "f:medium": {} }, "f:absent": {} };
    assert.deepEqual(withoutFields(value, gone, { "f:emptyDir": {} }), value);
  });
});
