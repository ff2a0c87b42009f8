import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureWebhook } from "../../../adapters/gates/webhook";
import { execute, type OutsideCall, onOutsideCall } from "../../../adapters/outsideCalls";
import { kubeconfigOf, silentAddress } from "../../support/loopback";
import { mesh } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";

const calls: OutsideCall[] = [];
onOutsideCall((call) => calls.push(call));

describe("what a command asks of others", () => {
  beforeEach(() => calls.splice(0));

  it("-v writes each request with its answer, without what was sent", async () => {
    const url = await silentAddress();
    const flags = ["--kubeconfig", kubeconfigOf(url)];
    const { stderr } = await mesh(["version", "-v", ...flags]);
    const lines = stderr.split("\n").filter((line) => line.startsWith(`GET ${url}/`));
    assert.ok(lines.length > 0, stderr);
    for (const line of lines) {
      assert.match(line, /: ECONNREFUSED in \d+ ms$/);
    }
    assert.doesNotMatch(stderr, /secret-token/);
    const quiet = await mesh(["version", ...flags]);
    assert.doesNotMatch(quiet.stderr, /GET http/);
  });

  it("a program has its arguments and how it ended, and not what it printed", async () => {
    const program = join(temporaryFolder("verbose"), "fails");
    writeFileSync(program, "#!/bin/sh\necho secret-token >&2\nexit 7\n");
    chmodSync(program, 0o755);
    await assert.rejects(execute(program, ["digest", "a/b:1"], {}));
    const missing = join(temporaryFolder("verbose"), "missing");
    await assert.rejects(execute(missing, [], {}));
    await execute(process.execPath, ["-e", "0"], {});
    assert.deepEqual(
      calls.map(({ what, outcome }) => `${what}: ${outcome}`),
      ["fails digest a/b:1: exit code 7", "missing: ENOENT", "node -e 0: exit code 0"],
    );
  });

  it("the webhook of a gate is told without its path, which may be a secret", async () => {
    const url = await silentAddress();
    await measureWebhook({ kind: "webhook", url: `${url}/secret-token` }, {});
    assert.deepEqual(
      calls.map(({ what, outcome }) => `${what}: ${outcome}`),
      [`POST ${url} (the webhook of a gate): ECONNREFUSED`],
    );
  });
});
