import assert from "node:assert/strict";
import { programStack } from "../support/programStack";
import { toolsFor } from "../support/tools";

describe("an input that another component cannot give", () => {
  it("ends the preview with that reason, and creates nothing", async function () {
    const stack = await programStack(await toolsFor(this), "rejected");
    const { output } = await stack.failure("preview");
    assert.match(output, /the other component failed/);
    assert.doesNotMatch(output, /kubernetes:/);
  });
});
