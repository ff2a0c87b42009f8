import assert from "node:assert/strict";
import { kubeconfigOf, silentAddress } from "../../support/loopback";
import { mesh } from "../../support/run";

describe("mesh validate without a cluster", () => {
  it("an API server that does not answer is no result: exit code 2", async () => {
    const url = await silentAddress();
    const flags = ["--kubeconfig", kubeconfigOf(url), "--json"];
    const { code, stdout, stderr } = await mesh(["validate", ...flags]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.ok(stderr.includes(`${url}: connect ECONNREFUSED`), stderr);
  });

  it("a flag that is wrong is told with what is allowed: exit code 2", async () => {
    for (const timeout of ["0", "soon", "1.5"]) {
      const { code, stderr } = await mesh(["validate", "--timeout", timeout]);
      assert.equal(code, 2);
      assert.match(stderr, /allowed: a whole number of seconds above 0, such as 120/);
    }
  });
});
