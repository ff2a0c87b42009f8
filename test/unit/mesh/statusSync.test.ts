import assert from "node:assert/strict";
import type { PodShell } from "../../../adapters/cluster/exec";
import { withSync } from "../../../adapters/status/sync";
import { statusText } from "../../../cli/statusText";
import type { JsonObject } from "../../../mesh/common/json";
import { meshStatus } from "../../../mesh/status/status";
import { unreadLists } from "../../../mesh/status/types";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { configurations } from "../injection/scenarios";
import { namespace, plane, pod, state } from "./statusObjects";

const LABELS = { app: "istiod", "istio.io/rev": NEW };

function cluster() {
  return state({
    mutatingWebhooks: configurations("new"),
    deployments: [plane(NEW, NEWEST)],
    namespaces: [namespace("shop", { "istio.io/rev": NEW })],
    pods: [
      pod("istio-system", "istiod-a", { labels: LABELS }),
      pod("istio-system", "istiod-b", { labels: LABELS }),
      pod("istio-system", "istiod-c", { labels: LABELS, ready: false }),
      pod("shop", "cart", { revision: NEW, tag: NEWEST }),
      pod("shop", "lost", { revision: NEW, tag: NEWEST }),
      pod("shop", "slow", { revision: NEW, tag: NEWEST }),
      pod("shop", "starts", { revision: NEW, tag: NEWEST, ready: false }),
      pod("shop", "managed", { revision: OLD, tag: PREVIOUS }),
    ],
  });
}

/** As istiod's `/debug/syncz` answers. */
function synced(proxy: string, more: JsonObject = {}): JsonObject {
  return {
    proxy,
    istio_version: NEWEST,
    cluster_sent: "n1",
    cluster_acked: "n1",
    listener_sent: "n2",
    listener_acked: "n2",
    ...more,
  };
}

function shellOf(answers: Readonly<Record<string, readonly JsonObject[] | Error>>) {
  const asked: string[] = [];
  const shell: PodShell = ({ pod: name, container, command }) => {
    asked.push([name, container, ...command].join(" "));
    const answer = answers[name];
    return answer instanceof Error
      ? Promise.reject(answer)
      : Promise.resolve({ succeeded: true, stdout: JSON.stringify(answer), stderr: "" });
  };
  return { shell, asked };
}

const ANSWERS = {
  "istiod-a": [synced("cart.shop")],
  "istiod-b": [synced("slow.shop", { cluster_sent: "n9", route_sent: "n3" })],
};

function synclines(status: ReturnType<typeof meshStatus>): string[] {
  return status.pending
    .filter(({ check }) => check.startsWith("not-"))
    .map(({ check, reason }) => `${check}: ${reason}`);
}

describe("mesh status --sync", () => {
  it("asks each ready istiod once, by its own command", async () => {
    const { shell, asked } = shellOf(ANSWERS);
    await withSync(cluster(), shell);
    assert.deepEqual(asked.sort(), [
      "istiod-a discovery pilot-discovery request GET /debug/syncz",
      "istiod-b discovery pilot-discovery request GET /debug/syncz",
    ]);
  });

  it("tells who is connected to none, and who lags behind with what", async () => {
    const status = meshStatus(await withSync(cluster(), shellOf(ANSWERS).shell));
    assert.deepEqual(
      status.proxies.map(({ revision, pods, connected, stale }) => [
        revision,
        pods,
        connected,
        stale,
      ]),
      [
        [OLD, 1, 0, 0],
        [NEW, 4, 2, 1],
      ],
    );
    assert.deepEqual(synclines(status), [
      "not-connected: connected to no istiod, and so told of no change: 1 proxy in ready pods, shop/lost",
      "not-synced: behind what istiod sent (CDS, RDS): 1 proxy, shop/slow",
    ]);
    assert.match(statusText(status), /^REVISION +ISTIO +PODS +CONNECTED +NOT SYNCED$/m);
  });

  it("an istiod that does not answer may know the others: none is called lost", async () => {
    const { shell } = shellOf({ ...ANSWERS, "istiod-b": new Error("Unexpected response: 403") });
    const live = await withSync(cluster(), shell);
    assert.deepEqual(unreadLists(live), [
      {
        list: "syncz",
        reason: "istio-system/istiod-b: Unexpected response: 403",
        fix: "grant the verbs get and create on pods/exec in the namespace istio-system, or leave --sync out",
      },
    ]);
    assert.deepEqual(synclines(meshStatus(live)), []);
  });

  it("reads past what istiod logs before its answer, and names of pods with dots", async () => {
    const source = state({
      ...cluster().lists,
      pods: [
        pod("istio-system", "istiod-a", { labels: LABELS }),
        pod("shop", "cart.v2", { revision: NEW, tag: NEWEST }),
      ],
    });
    const stdout = `2026-01-01T00:00:00Z\twarn\tno CA\n${JSON.stringify([synced("cart.v2.shop")])}`;
    const shell: PodShell = () => Promise.resolve({ succeeded: true, stdout, stderr: "" });
    const status = meshStatus(await withSync(source, shell));
    assert.deepEqual(status.unread, []);
    assert.equal(status.proxies[0]?.connected, 1);
  });

  it("without it, nothing is said of connections", () => {
    const status = meshStatus(cluster());
    assert.ok(status.proxies.every(({ connected }) => connected === undefined));
    assert.deepEqual(synclines(status), []);
  });
});
