import assert from "node:assert/strict";
import { redrawn, watch } from "../../../cli/statusWatch";

/** A screen that stops the watch after so many looks. */
function screen(looks: number, isTTY: boolean) {
  const written: string[] = [];
  const stopping = new AbortController();
  return {
    written,
    signal: stopping.signal,
    stop: () => stopping.abort(),
    isTTY,
    write(text: string) {
      written.push(text);
      if (written.length === looks) {
        stopping.abort();
      }
    },
  };
}

function counting(): () => Promise<string> {
  let count = 0;
  return () => {
    count += 1;
    return Promise.resolve(`look ${count}\n`);
  };
}

describe("mesh status --watch", () => {
  it("appends each look where nobody sees a screen", async () => {
    const out = screen(3, false);
    await watch(counting(), { seconds: 0.001, screen: out, signal: out.signal });
    assert.deepEqual(out.written, ["look 1\n", "look 2\n", "look 3\n"]);
  });

  it("redraws in place on a terminal, without clearing it first", async () => {
    const out = screen(2, true);
    await watch(counting(), { seconds: 0.001, screen: out, signal: out.signal });
    assert.deepEqual(out.written, [redrawn("look 1\n"), redrawn("look 2\n")]);
    assert.equal(redrawn("a\nb\n"), "\u001b[Ha\u001b[K\nb\u001b[K\n\u001b[J");
  });

  it("ends in the middle of a look that takes for ever", async () => {
    const out = screen(1, false);
    const never = () => new Promise<string>(() => undefined);
    const watching = watch(never, { seconds: 1, screen: out, signal: out.signal });
    out.stop();
    await watching;
    assert.deepEqual(out.written, []);
  });

  it("ends in the middle of a pause", async () => {
    const out = screen(1, false);
    // The pause is longer than a test may take.
    await watch(counting(), { seconds: 3600, screen: out, signal: out.signal });
    assert.equal(out.written.length, 1);
  });
});
