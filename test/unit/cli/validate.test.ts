import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { mesh } from "../../support/run";
import { temporaryFolder } from "../../support/temporary";

/** A kubeconfig of a server on this machine. */
function kubeconfigOf(url: string): string {
  const path = join(temporaryFolder("cli"), "kubeconfig");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url } }],
    users: [{ name: "admin", user: { token: "none" } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe("mesh validate without a cluster", () => {
  it("an API server that does not answer is no result: exit code 2", async () => {
    // A port that was free a moment ago.
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const flags = ["--kubeconfig", kubeconfigOf(`https://127.0.0.1:${port}`), "--json"];
    const { code, stdout, stderr } = await mesh(["validate", ...flags]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, new RegExp(`https://127\\.0\\.0\\.1:${port}: .*ECONNREFUSED`));
  });

  it("a flag that is wrong is told with what is allowed: exit code 2", async () => {
    for (const timeout of ["0", "soon", "1.5"]) {
      const { code, stderr } = await mesh(["validate", "--timeout", timeout]);
      assert.equal(code, 2);
      assert.match(stderr, /allowed: a whole number of seconds above 0, such as 120/);
    }
  });
});
