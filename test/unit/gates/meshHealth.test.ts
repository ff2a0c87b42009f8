import assert from "node:assert/strict";
import type { MeshState } from "../../../mesh/checks/validate/state";
import type { JsonObject } from "../../../mesh/common/json";
import { meshHealth } from "../../../mesh/gates/meshHealth";
import type { Read } from "../../../mesh/snapshot/snapshot";
import { parseSync } from "../../../mesh/snapshot/sync";
import { OLD } from "../../../toolchain/versions";
import { EDGE, GATEWAY_LABELS, goodMesh, NOW, pod } from "../mesh/check/goodMesh";

type State = Read<MeshState>;

const SINCE = NOW - 60_000;

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

function health(change: (good: State) => Partial<MeshState> = () => ({}), ignore: string[] = []) {
  const good = goodMesh();
  return meshHealth({ ...good, ...change(good) }, SINCE, { kind: "mesh", ignore });
}

/** A status of a pod with one container that has restarted. */
function restarted(container: string, ended: number): JsonObject {
  return {
    phase: "Running",
    conditions: [{ type: "Ready", status: "True" }],
    containerStatuses: [
      {
        name: container,
        restartCount: 1,
        lastState: { terminated: { finishedAt: time(ended), exitCode: 1 } },
      },
    ],
  };
}

const injected = { "sidecar.istio.io/status": JSON.stringify({ revision: OLD }) };

function workloadPod(name: string, status: JsonObject, created = NOW): JsonObject {
  const made = pod(name, "shop", { app: "cart" }, { annotations: injected, status });
  const metadata = { ...(made.metadata as JsonObject), creationTimestamp: time(created) };
  return { ...made, metadata };
}

const withPod = (one: JsonObject) => (good: State) => ({ pods: [...good.pods, one] });

/** What is found of pods alone: the pods here are connected to no istiod. */
const podWords = (one: JsonObject) => health(withPod(one), ["proxy-sync"]);

describe("whether the mesh is well", () => {
  it("a good mesh is", () => {
    assert.deepEqual(health(), { outcome: "good", saw: "the mesh is well" });
  });

  it("an error of mesh validate is named, unless the gate ignores its check", () => {
    const broken = (good: State) => ({ crds: good.crds.slice(1) });
    const { outcome, saw } = health(broken);
    assert.equal(outcome, "bad");
    const [, check = ""] = /^\[([a-z-]+)\] /.exec(saw) ?? [];
    assert.notEqual(check, "", saw);
    assert.equal(health(broken, [check]).outcome, "good");
  });

  it("a proxy that is not in sync is a fault, though mesh validate only warns of it", () => {
    const stale = parseSync(
      JSON.stringify([{ proxy: `web-1.${EDGE}`, cluster_sent: "b", cluster_acked: "a" }]),
    );
    const { outcome, saw } = health((good) => ({
      sync: good.sync.map((answer) => ({ ...answer, proxies: stale })),
    }));
    assert.equal(outcome, "bad");
    assert.match(saw, /\[proxy-sync\] Pod istio-gateways\/web-1: .*STALE/);
  });

  it("what could not be read is said, and is no fault", () => {
    const { outcome, saw } = health(() => ({ sync: { unread: "pods/exec is forbidden" } }));
    assert.equal(outcome, "good");
    assert.match(saw, /^the mesh is well; not checked: .*proxy-sync/);
  });
});

describe("pods that restart or wait", () => {
  it("a proxy that restarted since the stage began is named", () => {
    const { outcome, saw } = podWords(workloadPod("cart-1", restarted("istio-proxy", NOW)));
    assert.equal(outcome, "bad");
    assert.equal(saw, "restarted since the stage began: shop/cart-1 (istio-proxy)");
  });

  it("one that restarted before is none of the stage's doing", () => {
    const before = restarted("istio-proxy", SINCE - 5_000);
    assert.equal(podWords(workloadPod("cart-1", before)).outcome, "good");
  });

  it("an application's own container may restart, a gateway's may not", () => {
    assert.equal(podWords(workloadPod("cart-1", restarted("app", NOW))).outcome, "good");
    const gateway = pod("web-2", EDGE, GATEWAY_LABELS, {
      annotations: { ...injected, "inject.istio.io/templates": "gateway" },
      status: restarted("istio-proxy", NOW),
    });
    assert.match(podWords(gateway).saw, /istio-gateways\/web-2 \(istio-proxy\)/);
  });

  it("a pending pod with a proxy is named if it came with the stage", () => {
    const pending: JsonObject = { phase: "Pending", conditions: [], containerStatuses: [] };
    assert.equal(podWords(workloadPod("cart-1", pending)).saw, "pending: shop/cart-1");
    assert.equal(podWords(workloadPod("cart-1", pending, SINCE - 5_000)).outcome, "good");
  });

  it("a pod that is going does not count", () => {
    const going = workloadPod("cart-1", restarted("istio-proxy", NOW));
    const metadata = { ...(going.metadata as JsonObject), deletionTimestamp: time(NOW) };
    assert.equal(podWords({ ...going, metadata }).outcome, "good");
  });
});
