import assert from "node:assert/strict";
import { versionsOf, versionsText } from "../../../cli/version";
import type { MeshStatus } from "../../../mesh/status/types";
import { mesh } from "../../support/run";

const CLIENT = { version: "0.1.0", defaultIstioVersion: "1.31.0" };

describe("mesh version", () => {
  it("text: client, control planes and proxies, and what is not known", () => {
    const text = versionsText({
      client: CLIENT,
      controlPlanes: [{ revision: "1-30-4", version: "1.30.4" }, { revision: "asm-managed" }],
      dataPlane: [
        { revision: "1-30-4", version: "1.30.4", proxies: 12 },
        { revision: "", proxies: 1 },
      ],
    });
    assert.deepEqual(text.split("\n"), [
      "client         0.1.0 (Istio 1.31.0 by default)",
      "control plane  1.30.4 (1-30-4)",
      "control plane  not known (asm-managed)",
      "data plane     1.30.4 (1-30-4, 12 pods)",
      "data plane     not known (not known, 1 pod)",
      "",
    ]);
  });

  it("text: a cluster without a mesh", () => {
    const text = versionsText({ client: CLIENT, controlPlanes: [], dataPlane: [] });
    assert.match(text, /^control plane {2}none in this cluster$/m);
  });

  it("a cluster that may not be read is not called one without a mesh", () => {
    const unread = [{ list: "deployments", reason: "forbidden", fix: "grant it" }];
    const nothing = { revisions: [], proxies: [] };
    const seen = versionsOf({ ...nothing, unread } as unknown as MeshStatus);
    assert.deepEqual(Object.keys(seen), ["client"]);
    const empty = versionsOf({ ...nothing, unread: [] } as unknown as MeshStatus);
    assert.deepEqual(empty.controlPlanes, []);
  });

  it("--client asks no cluster", async () => {
    const { code, stdout } = await mesh(["version", "--client", "-o", "json"]);
    assert.equal(code, 0);
    assert.deepEqual(Object.keys(JSON.parse(stdout)), ["client"]);
  });

  it("without a cluster, the version of the client is printed all the same", async () => {
    const { code, stdout, stderr } = await mesh(["version", "--kubeconfig", "missing"]);
    assert.equal(code, 2);
    assert.match(stdout, /^client /);
    assert.match(stderr, /kubeconfig missing: no such file/);
  });
});
