import assert from "node:assert/strict";
import { unreadParts } from "../../../../mesh/checks/precheck/unreadParts";
import { PRECHECKS, runGate, runPrechecks, VALIDATIONS } from "../../../../mesh/checks/registry";
import { NEW } from "../../../../toolchain/versions";
import { goodMesh } from "./goodMesh";
import { deployment, desiredMesh, injector, liveWith, namespace, object } from "./precheckSupport";

const ID = /^[a-z]+(-[a-z]+)*$/;

describe("the registry of checks", () => {
  it("each id is in lower case with hyphens", () => {
    assert.deepEqual(
      [...PRECHECKS, ...VALIDATIONS].filter(({ id }) => !ID.test(id)),
      [],
    );
  });

  it("each check of precheck says that all is well, under its id and title", () => {
    const found = runPrechecks({ ...liveWith(), desired: desiredMesh() });
    const checks = PRECHECKS.filter(({ gate }) => gate !== "only");
    assert.deepEqual(
      found.map(({ check, object: title, severity }) => `${severity} ${check}: ${title}`),
      checks.map(({ id, title }) => `ok ${id}: ${title}`),
    );
  });

  it("each check of validate gives findings of its id alone", () => {
    for (const check of VALIDATIONS) {
      const others = check.run(goodMesh()).filter((finding) => finding.check !== check.id);
      assert.deepEqual(others, [], check.id);
    }
  });

  it("a check gets no part that it does not name", () => {
    const good = goodMesh();
    for (const { id, needs, run } of VALIDATIONS) {
      const asked = new Set<string>();
      const watched = new Proxy(good, {
        get: (target, key) => {
          asked.add(String(key));
          return Reflect.get(target, key);
        },
      });
      run(watched);
      const unnamed = [...asked].filter((key) => !(needs as readonly string[]).includes(key));
      assert.deepEqual(unnamed, [], id);
    }
  });

  it("a check whose part may not be read says nothing, well or not", () => {
    const state = { ...liveWith({ nodes: [] }), desired: desiredMesh() };
    const about = (unread: Parameters<typeof runPrechecks>[1]) =>
      runPrechecks(state, unread).filter(({ check }) => check === "nodes");
    assert.deepEqual(
      about([]).map(({ severity }) => severity),
      ["warning"],
    );
    assert.deepEqual(about(["nodes"]), []);
  });

  it("the gate does not call a webhook's Service missing that the user may not read", () => {
    const state = {
      ...liveWith({ mutatingWebhooks: [injector("gone")] }),
      desired: desiredMesh({}, [deployment("shop/cart")]),
    };
    const labelled = { ...state, namespaces: [namespace("shop", { "istio.io/rev": "gone" })] };
    const checks = (refused: readonly string[]) =>
      runGate(labelled, unreadParts(new Set(refused))).map(({ check }) => check);
    assert.deepEqual(checks([]), ["webhook-service"]);
    assert.deepEqual(checks(["Service"]), []);
    assert.deepEqual(checks(["EndpointSlice"]), []);
  });

  it("the gate runs those with its flag, and tells errors alone", () => {
    const going = namespace(
      "istio-system",
      {},
      {
        metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" },
      },
    );
    const desired = desiredMesh({}, [object("v1", "ConfigMap", `istio-system/istio-${NEW}`)]);
    const { kubernetes: _, ...live } = liveWith({ namespaces: [going] });
    const found = runGate({ ...live, desired, kubernetes: "v1.20.0" });
    assert.deepEqual(
      found.map(({ check, severity }) => `${severity} ${check}`),
      ["error kubernetes-version", "error deletions"],
    );
  });
});
