import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportState } from "../../../adapters/pulumi/stackState";
import { InvalidInput } from "../../../mesh/common/problem";
import { temporaryFolder } from "../../support/temporary";

/** A project whose command `pulumi` fails with a message. */
function failing(message: string): string {
  const folder = temporaryFolder("stack-state");
  const bin = join(folder, "node_modules", ".bin");
  mkdirSync(bin, { recursive: true });
  const file = join(bin, "pulumi");
  writeFileSync(file, `#!/bin/sh\necho "error: ${message}" >&2\nexit 255\n`);
  chmodSync(file, 0o755);
  return folder;
}

function problemOf(message: string) {
  try {
    exportState(failing(message), "prod");
  } catch (error) {
    assert.ok(error instanceof InvalidInput, String(error));
    return error.problems[0];
  }
  return assert.fail("the state was read");
}

describe("a state that Pulumi cannot export", () => {
  it("has Pulumi's reason, and the login as the fix", () => {
    const problem = problemOf("incorrect passphrase");
    assert.equal(problem?.reason, "its state cannot be read: incorrect passphrase");
    assert.match(problem?.fix ?? "", /^pulumi login, and the stack's passphrase/);
  });

  it("says which file to delete, where a killed update left it empty", () => {
    const problem = problemOf("failed to load checkpoint: EOF");
    assert.match(problem?.fix ?? "", /^delete the empty STACK\.json\.attrs under \.pulumi\/stacks/);
  });
});
