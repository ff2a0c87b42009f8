import assert from "node:assert/strict";
import fc from "fast-check";
import { batches, checkNamespaces, rolloutOf } from "../../../mesh/namespace/rollout";

function deployment(spec: object, status: object, generation = 2) {
  return { metadata: { generation }, spec, status: { observedGeneration: 2, ...status } } as never;
}

describe("D3 restart of workloads", () => {
  const cases: [string, never, string][] = [
    ["not seen by its controller", deployment({ replicas: 2 }, {}, 3), "running"],
    [
      "some pods new",
      deployment({ replicas: 2 }, { updatedReplicas: 1, availableReplicas: 2, replicas: 3 }),
      "running",
    ],
    [
      "new pods not available",
      deployment({ replicas: 2 }, { updatedReplicas: 2, availableReplicas: 1, replicas: 2 }),
      "running",
    ],
    [
      "old pods left",
      deployment({ replicas: 2 }, { updatedReplicas: 2, availableReplicas: 3, replicas: 3 }),
      "running",
    ],
    [
      "done",
      deployment({ replicas: 2 }, { updatedReplicas: 2, availableReplicas: 2, replicas: 2 }),
      "done",
    ],
    ["scaled to none", deployment({ replicas: 0 }, {}), "done"],
    [
      "one replica by default",
      deployment({}, { updatedReplicas: 1, availableReplicas: 1, replicas: 1 }),
      "done",
    ],
    [
      "given up",
      deployment(
        { replicas: 1 },
        { conditions: [{ reason: "ProgressDeadlineExceeded", message: "no pods" }] },
      ),
      "failed",
    ],
    [
      "a DaemonSet that is done",
      deployment({}, { desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberAvailable: 3 }),
      "done",
    ],
    [
      "a DaemonSet on its way",
      deployment({}, { desiredNumberScheduled: 3, updatedNumberScheduled: 1, numberAvailable: 3 }),
      "running",
    ],
  ];
  for (const [name, workload, kind] of cases) {
    it(`D3 ${name}: ${kind}`, () => {
      assert.equal(rolloutOf(workload).kind, kind);
    });
  }

  it("D3 batches hold every item once, in order, none larger than asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 20 }), (items, size) => {
        const parts = batches(items, size);
        assert.deepEqual(parts.flat(), items);
        assert.ok(parts.every((part) => part.length > 0 && part.length <= size));
      }),
    );
  });

  it("D3 refuses a namespace twice and a batch of nothing", () => {
    const problems = checkNamespaces([
      { name: "shop", revision: "a" },
      { name: "shop", revision: "a", restart: { batchSize: 0 } },
    ]);
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["namespaces[1].name", "restart.batchSize"],
    );
  });
});
