import assert from "node:assert/strict";
import { isLinear, perAdded } from "../../../bench/growth";

const line = (...seconds: readonly number[]) =>
  [1, 10, 50].map((size, index) => ({ size, seconds: seconds[index] ?? 0 }));

describe("bench: growth", () => {
  it("tells what each added item costs, from size to size", () => {
    assert.deepEqual(perAdded(line(3, 12, 92)), [1, 2]);
  });

  it("takes a fixed part and a constant cost for linear", () => {
    assert.ok(isLinear(line(3, 3.9, 7.9)));
  });

  it("takes a falling cost for linear or better, and forgives a quarter as noise", () => {
    assert.ok(isLinear(line(3, 12, 20)));
    assert.ok(isLinear(line(3, 12, 12 + 40 * 1.2)));
  });

  it("finds a cost that rises", () => {
    assert.ok(!isLinear(line(3, 12, 12 + 40 * 1.5)));
  });
});
