import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { removalRefusal } from "../../../mesh/guard/users";
import { deactivateDefaultInjector } from "../../../mesh/injection/deactivate";
import { injectedRevision } from "../../../mesh/snapshot/proxies";
import { livePod, liveUsers, type UserLists } from "../../../mesh/snapshot/users";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { configurations } from "../injection/scenarios";
import { istiod, namespaceObject, pod, workload } from "./objects";

const LIVE: UserLists = {
  mutatingWebhooks: configurations("old", "new", "prod-old", "tag-default-new"),
  namespaces: [
    namespaceObject("shop", { "istio.io/rev": "prod" }),
    namespaceObject("pay", { "istio.io/rev": OLD }),
    namespaceObject("legacy", { "istio-injection": "enabled", "istio.io/rev": OLD }),
    namespaceObject("off", { "istio-injection": "disabled", "istio.io/rev": OLD }),
    namespaceObject("plain"),
  ],
  deployments: [
    istiod(OLD),
    istiod(NEW),
    workload("edge", "ingress-old", { "istio.io/rev": OLD }),
    workload("edge", "ingress-new", { "istio.io/rev": NEW }),
  ],
  statefulSets: [],
  daemonSets: [],
  pods: [
    pod("cart-1", { namespace: "pay", annotations: { "istio.io/rev": OLD } }),
    pod("ingress-new-1", { namespace: "edge", annotations: { "istio.io/rev": NEW } }),
  ],
};

const titles = (revision: string, live: UserLists = LIVE) =>
  liveUsers(revision, live).map(({ kind, name, tag }) =>
    [kind, name, ...(tag === undefined ? [] : [`via ${tag}`])].join(" "),
  );

describe("who uses a revision in the cluster", () => {
  it("tags, namespaces, workloads and proxies; istiod itself is none", () => {
    assert.deepEqual(titles(OLD), [
      "tag prod",
      "namespace shop via prod",
      "namespace pay",
      "workload edge/ingress-old",
      "proxy pay/cart-1",
    ]);
  });

  it("what is being deleted uses nothing any more", () => {
    const going = (object: JsonObject): JsonObject => ({
      ...object,
      metadata: { ...(object.metadata as JsonObject), deletionTimestamp: "2026-01-01T00:00:00Z" },
    });
    const live = {
      ...LIVE,
      namespaces: LIVE.namespaces.map(going),
      deployments: LIVE.deployments.map(going),
    };
    assert.deepEqual(titles(OLD, live), ["tag prod", "proxy pay/cart-1"]);
  });

  it("istio-injection=enabled belongs to the revision that the tag default points to", () => {
    assert.deepEqual(titles(NEW), [
      "tag default",
      "namespace legacy via default",
      "workload edge/ingress-new",
      "proxy edge/ingress-new-1",
    ]);
  });

  it("and else to the default revision, unless it is deactivated", () => {
    const injector = configurations("default");
    const live = { ...LIVE, mutatingWebhooks: injector };
    assert.deepEqual(titles("", live), ["namespace legacy"]);
    assert.deepEqual(
      titles("", { ...live, mutatingWebhooks: deactivateDefaultInjector(injector) }),
      [],
    );
  });

  it("the message lists them with the fix; nobody, no message", () => {
    assert.match(
      removalRefusal(OLD, liveUsers(OLD, LIVE)) ?? "",
      pattern`^the control plane ${OLD} is still used by tag prod, namespace shop \(tag prod\), .*; fix: move these`,
    );
    assert.equal(removalRefusal("", []), undefined);
  });
});

describe("which pods count as running proxies", () => {
  it("the injector's annotation, the older status, or the pod's own label", () => {
    const at = { namespace: "shop" };
    assert.deepEqual(livePod(pod("a", { ...at, annotations: { "istio.io/rev": OLD } })), {
      name: "shop/a",
      revision: OLD,
    });
    const status = JSON.stringify({ revision: NEW, containers: ["istio-proxy"] });
    const old = pod("b", { ...at, annotations: { "sidecar.istio.io/status": status } });
    assert.equal(livePod(old)?.revision, NEW);
    assert.equal(
      livePod(pod("c", { ...at, labels: { "istio.io/rev": "prod" } }))?.revision,
      "prod",
    );
  });

  it("not istiod, not pods without a proxy, not those that end", () => {
    const labels = { "istio.io/rev": OLD };
    assert.equal(
      livePod(pod("istiod", { labels: { ...labels, "sidecar.istio.io/inject": "false" } })),
      undefined,
    );
    assert.equal(livePod(pod("plain")), undefined);
    assert.equal(livePod(pod("job", { labels, phase: "Succeeded" })), undefined);
    const leaving = pod("leaving", { labels });
    const metadata = { ...(leaving.metadata as object), deletionTimestamp: "2026-01-01T00:00:00Z" };
    assert.equal(livePod({ ...leaving, metadata }), undefined);
  });

  it("a status that is no JSON says nothing", () => {
    assert.equal(injectedRevision({ "sidecar.istio.io/status": "{" }), undefined);
    assert.equal(injectedRevision({ "sidecar.istio.io/status": '{"revision":""}' }), "default");
  });
});
