import assert from "node:assert/strict";
import { openCluster } from "../../../components/cluster";

const CONFIG = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "a", user: {} }],
  contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
});

describe("a kubeconfig", () => {
  it("that is no file is named", () => {
    assert.throws(
      () => openCluster({ kind: "cluster", kubeconfig: "nope" }),
      /^Error: kubeconfig nope: no such file$/,
    );
  });

  it("may be content", () => {
    assert.ok(openCluster({ kind: "cluster", kubeconfig: CONFIG, context: "a" }));
  });

  it("without the context is refused, with the way to find it", () => {
    const open = (context?: string) =>
      openCluster({ kind: "cluster", kubeconfig: CONFIG, context });
    assert.throws(() => open("b"), /no cluster for the context b; kubectl config get-contexts/);
    assert.throws(() => open(), /no current context; fix: name a context/);
  });
});
