import assert from "node:assert/strict";
import fc from "fast-check";
import { distribute, distributeBounds, shares } from "../../../mesh/gateway/weights";

const weights = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 8 });
const positive = weights.filter((all) => all.some((weight) => weight > 0));
const totals = fc.integer({ min: 1, max: 500 });

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function used(all: readonly number[]): number {
  return all.filter((weight) => weight > 0).length;
}

describe("weights become pods by largest remainder", () => {
  it("with an example", () => {
    assert.deepEqual(distribute([90, 10], 10), { counts: [9, 1], total: 10 });
    assert.deepEqual(distribute([90, 10], 4).counts, [3, 1]);
    assert.deepEqual(distribute([1, 1, 1, 97], 4).counts, [1, 1, 1, 1]);
    assert.deepEqual(distribute([100, 0], 3).counts, [3, 0]);
    assert.deepEqual(distribute([0, 0], 3), { counts: [0, 0], total: 0 });
    assert.deepEqual(distribute([1, 994, 1, 994, 1], 8).counts, [1, 3, 1, 2, 1]);
  });

  it("the sum is the total, which is raised only to give each its one", () => {
    fc.assert(
      fc.property(positive, totals, (all, total) => {
        const { counts, total: real } = distribute(all, total);
        assert.equal(sum(counts), real);
        assert.equal(real, Math.max(total, used(all)));
      }),
    );
  });

  it("every weight above 0 gets a pod, a weight of 0 none", () => {
    fc.assert(
      fc.property(positive, totals, (all, total) => {
        const { counts } = distribute(all, total);
        for (const [index, weight] of all.entries()) {
          assert.equal((counts[index] ?? 0) > 0, weight > 0);
        }
      }),
    );
  });

  it("is less than one pod off where every weight is worth one", () => {
    fc.assert(
      fc.property(positive, totals, (all, total) => {
        const quotas = all.map((weight) => (weight / sum(all)) * total);
        fc.pre(quotas.every((quota) => quota === 0 || quota >= 1));
        const { counts } = distribute(all, total);
        for (const [index, quota] of quotas.entries()) {
          assert.ok(Math.abs((counts[index] ?? 0) - quota) < 1 + 1e-9);
        }
      }),
    );
  });

  it("a larger weight never gets fewer pods; of equal ones the first wins a tie", () => {
    fc.assert(
      fc.property(positive, totals, (all, total) => {
        const { counts } = distribute(all, total);
        const pods = all.map((weight, index) => ({ weight, index, count: counts[index] ?? 0 }));
        const ranked = pods.sort((a, b) => b.weight - a.weight || a.index - b.index);
        for (const [index, { count }] of ranked.slice(1).entries()) {
          assert.ok((ranked[index]?.count ?? 0) >= count, `${all} of ${total}: ${counts}`);
        }
      }),
    );
    assert.deepEqual(distribute([50, 50], 3).counts, [2, 1]);
  });

  it("means the same for weights in any unit", () => {
    fc.assert(
      fc.property(positive, totals, fc.integer({ min: 2, max: 64 }), (all, total, factor) => {
        const scaled = all.map((weight) => weight * factor);
        assert.equal(sum(distribute(scaled, total).counts), sum(distribute(all, total).counts));
      }),
    );
    assert.deepEqual(distribute([9, 1], 10).counts, distribute([90, 10], 10).counts);
  });

  it("takes the largest numbers there are", () => {
    const huge = Number.MAX_SAFE_INTEGER;
    assert.deepEqual(distribute([huge, huge, 1], 5).counts, [2, 2, 1]);
  });
});

describe("bounds of autoscalers by weight", () => {
  const bounds = fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 }))
    .map(([min, more]) => ({ min, max: min + more }));

  it("with an example", () => {
    assert.deepEqual(distributeBounds([90, 10, 0], { min: 3, max: 20 }), [
      { min: 2, max: 18 },
      { min: 1, max: 2 },
      undefined,
    ]);
  });

  it("lower bounds add up, and no upper bound is below its lower one", () => {
    fc.assert(
      fc.property(positive, bounds, (all, { min, max }) => {
        const shared = distributeBounds(all, { min, max });
        const given = shared.filter((item) => item !== undefined);
        assert.equal(given.length, used(all));
        assert.equal(sum(given.map((item) => item.min)), Math.max(min, used(all)));
        assert.ok(sum(given.map((item) => item.max)) >= Math.max(max, used(all)));
        for (const item of given) {
          assert.ok(item.min >= 1 && item.max >= item.min);
        }
      }),
    );
  });
});

describe("shares, wished and real", () => {
  it("say how far pods are from weights, in points", () => {
    assert.deepEqual(shares([90, 10], [1, 1]), [
      { wishedPercent: 90, realPercent: 50, errorPoints: -40 },
      { wishedPercent: 10, realPercent: 50, errorPoints: 40 },
    ]);
  });

  it("of no pods at all are none", () => {
    assert.deepEqual(shares([0], [0]), [{ wishedPercent: 0, realPercent: 0, errorPoints: 0 }]);
  });

  it("have errors that cancel out", () => {
    fc.assert(
      fc.property(positive, totals, (all, total) => {
        const errors = shares(all, distribute(all, total).counts).map((own) => own.errorPoints);
        assert.ok(Math.abs(sum(errors)) <= 0.1 * all.length + 1e-9);
      }),
    );
  });
});
