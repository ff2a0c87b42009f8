import assert from "node:assert/strict";
import { liveProcesses, startOf } from "../../node/processTable";
import { isOwned, ownIdentity } from "../../node/record";

describe("the record of a real node's run", () => {
  before(function () {
    if (process.platform !== "linux") {
      this.skip();
    }
  });

  const record = { name: "mesh-node-x", purpose: "test", folder: "/tmp/mesh-node-x" };

  it("knows its process", () => {
    assert.ok(isOwned({ ...record, owner: ownIdentity() }));
    assert.ok(liveProcesses().includes(process.pid));
  });

  it("does not take another process for it that was given the same number", () => {
    const { pid, started } = ownIdentity();
    assert.ok(!isOwned({ ...record, owner: { pid, started: `${Number(started) + 1}` } }));
  });

  it("knows that its process is gone", () => {
    const none = 2 ** 22 + 1; // more than Linux gives
    assert.equal(startOf(none), undefined);
    assert.ok(!isOwned({ ...record, owner: { pid: none, started: "1" } }));
  });
});
