import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { type GrowLimits, growFirst } from "../../../mesh/gateway/growFirst";

interface Deferred {
  readonly promise: Promise<unknown>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** Deployments `a` and `b` of one gateway, in one update. */
function update(limits: GrowLimits = { startMs: 1000, readyMs: 1000 }) {
  const [a, b] = [deferred(), deferred()];
  const order = growFirst(limits);
  order.add("a", a.promise);
  order.add("b", b.promise);
  return { order, b };
}

/** Whether a promise is settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.then(
    () => {
      done = true;
    },
    () => {
      done = true;
    },
  );
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate();
  }
  return done;
}

describe("revisions that change places", () => {
  it("one that gains pods goes at once, also a new one", async () => {
    const { order } = update();
    await order.turn("a", 1, 2);
    await order.turn("b", 0, 3);
    await order.turn("a", 2, 2);
  });

  it("one that loses pods waits until the other is ready", async () => {
    const { order, b } = update();
    const shrinks = order.turn("a", 9, 5);
    await order.turn("b", 1, 5);
    assert.equal(await settled(shrinks), false);
    b.resolve();
    await shrinks;
  });

  it("in whichever order their turns come", async () => {
    const { order, b } = update();
    await order.turn("b", 1, 5);
    const shrinks = order.turn("a", 9, 5);
    assert.equal(await settled(shrinks), false);
    b.resolve();
    await shrinks;
  });

  it("keeps its pods when the other does not become ready", async () => {
    const { order, b } = update();
    const shrinks = order.turn("a", 9, 5);
    await order.turn("b", 1, 5);
    b.reject(new Error("image not found"));
    await assert.rejects(shrinks, /a keeps its pods, since b, which is to take over, is not ready/);
  });

  it("keeps its pods when the other takes too long", async () => {
    const { order } = update({ startMs: 1000, readyMs: 5 });
    const shrinks = order.turn("a", 9, 5);
    await order.turn("b", 1, 5);
    await assert.rejects(shrinks, /a keeps its pods/);
  });

  it("does not wait for one that does not change", async () => {
    const { order, b } = update();
    const shrinks = order.turn("a", 9, 5);
    b.resolve();
    await shrinks;
  });

  it("two that lose pods do not wait for each other for ever", async () => {
    const { order } = update();
    await Promise.all([order.turn("a", 9, 5), order.turn("b", 9, 5)]);
  });

  it("keeps its pods at once when a gate of the other shuts", async () => {
    const { order } = update();
    const shrinks = order.turn("a", 9, 5);
    order.fail("b", new Error("no webhook"));
    await assert.rejects(shrinks, /a keeps its pods/);
  });

  it("goes on, and tells, when Pulumi has no worker left for the other", async () => {
    const { order } = update({ startMs: 5, readyMs: 1000 });
    assert.deepEqual(await order.turn("a", 9, 5), ["b"]);
  });

  it("one that an autoscaler has, or gets, does not wait", async () => {
    const { order } = update();
    await order.turn("a", undefined, undefined);
    await order.turn("a", 4, undefined);
  });

  it("one that an autoscaler had waits: how many pods it loses is not known", async () => {
    const { order, b } = update();
    const shrinks = order.turn("a", undefined, 0);
    await order.turn("b", 1, 5);
    assert.equal(await settled(shrinks), false);
    b.resolve();
    await shrinks;
  });
});
