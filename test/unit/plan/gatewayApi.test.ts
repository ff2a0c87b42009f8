import assert from "node:assert/strict";
import { gatewayApiWorkloads } from "../../../mesh/effects/gatewayApi";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { type MeshFacts, NO_MESH } from "../../../mesh/model/facts";
import { describeChange } from "../../../mesh/plan/changeMessages";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";

const REV = "istio.io/rev";

function gateway(place: string, labels: Record<string, string> = {}): K8sObject {
  const [namespace = "", name = ""] = place.split("/");
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { namespace, name, labels },
  };
}

function deployment(place: string, pods: number, controller = "gateway"): K8sObject {
  const [namespace = "", name = ""] = place.split("/");
  const labels = {
    "gateway.istio.io/managed": `istio.io-${controller}-controller`,
    "gateway.networking.k8s.io/gateway-name": name,
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { namespace, name: `${name}-istio`, labels },
    spec: { template: { metadata: { labels } } },
    status: { replicas: pods },
  };
}

const workloads = gatewayApiWorkloads({
  gateways: [
    gateway("shop/web"),
    gateway("shop/pinned", { [REV]: OLD }),
    gateway("shop/waypoint", { [REV]: "stable" }),
    gateway("other/web"),
    gateway("other/asleep", { [REV]: "stable" }),
    gateway("other/foreign"),
  ],
  deployments: [
    deployment("shop/web", 2),
    deployment("shop/pinned", 3),
    deployment("shop/waypoint", 1, "mesh"),
    deployment("other/web", 4),
    deployment("other/asleep", 0),
    deployment("other/gone", 5),
  ],
  namespaceLabels: { shop: { [REV]: "stable" } },
});

const base: MeshFacts = {
  ...NO_MESH,
  controlPlanes: [
    { revision: OLD, version: PREVIOUS },
    { revision: NEW, version: NEWEST },
  ],
  tags: { stable: OLD, default: OLD },
};

/** The sentences about the Gateway API of a step from `base`. */
function sentences(after: Partial<MeshFacts>, before: MeshFacts = base): string[] {
  return describeChange(before, { ...before, ...after }, { gatewayApi: workloads })
    .filter(({ text }) => text.includes("for the Gateway API"))
    .map(({ text, warning }) => `${warning ? "! " : ""}${text}`);
}

const AT_ONCE =
  "so istiod restarts the pods that it runs for the Gateway API at once, by a rolling update";

describe("pods that istiod runs for the Gateway API", () => {
  it("restart with the tag that their Gateway or its namespace names", () => {
    assert.deepEqual(sentences({ tags: { stable: NEW, default: OLD } }), [
      `! tag stable moves to ${NEW}, ${AT_ONCE}: Gateway shop/web (2 pods), waypoint shop/waypoint (1 pod).`,
    ]);
  });

  it("restart with the default tag, where neither names anything", () => {
    assert.deepEqual(sentences({ tags: { stable: OLD, default: NEW } }), [
      `! tag default moves to ${NEW}, ${AT_ONCE}: Gateway other/web (4 pods).`,
    ]);
  });

  it("restart with a control plane that changes in place, by its name and its tags", () => {
    const [plane, ...others] = base.controlPlanes;
    const changed = { revision: OLD, version: NEWEST, ...plane };
    const controlPlanes = [{ ...changed, version: NEWEST }, ...others];
    assert.deepEqual(sentences({ controlPlanes }), [
      `! control plane ${OLD} becomes Istio ${NEWEST}, ${AT_ONCE}: Gateway shop/web (2 pods), Gateway shop/pinned (3 pods), waypoint shop/waypoint (1 pod), Gateway other/web (4 pods).`,
    ]);
  });

  it("restart with the label of their namespace, unless the Gateway names its own", () => {
    const shop = { name: "shop", revision: "stable", restarts: false };
    const namespaces = [{ ...shop, revision: NEW }];
    assert.deepEqual(sentences({ namespaces }, { ...base, namespaces: [shop] }), [
      `! namespace shop moves to ${NEW}, ${AT_ONCE}: Gateway shop/web (2 pods).`,
    ]);
  });

  it("do not restart while nothing moves, or with a tag that is new", () => {
    assert.deepEqual(sentences({}), []);
    assert.deepEqual(sentences({ tags: { ...base.tags, fresh: NEW } }), []);
  });
});
