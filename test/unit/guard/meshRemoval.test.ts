import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { meshGraph, objectsWithoutCharts } from "../../../mesh/plan/graph";
import { planMesh } from "../../../mesh/plan/meshPlan";
import {
  isForeign,
  type MeshUses,
  meshUses,
  refuseProtectedRemoval,
  refuseRemoval,
  removedRevisions,
} from "../../../mesh/plan/meshUses";
import { type UserLists, workloadOf } from "../../../mesh/snapshot/users";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";

import { configurations } from "../injection/scenarios";
import { istiod, namespaceObject, pod, workload } from "./objects";

/** A mesh with a gateway on each of two control planes, a tag, and two namespaces. */
const USES: MeshUses = {
  revisions: [OLD, NEW],
  tags: ["prod"],
  namespaces: [
    { name: "shop", created: false },
    { name: "cart", created: true },
  ],
  workloads: ["edge/web-old", "edge/web-new"],
  protected: [],
};

function madeBy(kind: string, name: string, made: JsonObject): JsonObject {
  return {
    ...made,
    metadata: { ...(made.metadata as JsonObject), ownerReferences: [{ kind, name }] },
  };
}

function gatewayPod(name: string, revision: string): JsonObject {
  const labels = { "istio.io/rev": revision, "pod-template-hash": "6c4f" };
  const made = pod(`${name}-6c4f-x`, { namespace: "edge", labels });
  return madeBy("ReplicaSet", `${name}-6c4f`, made);
}

/** Just what the mesh has made. */
const OWN: UserLists = {
  mutatingWebhooks: configurations("old", "new", "prod-old"),
  namespaces: [
    namespaceObject("shop", { "istio.io/rev": "prod" }),
    namespaceObject("cart", { "istio.io/rev": OLD }),
    namespaceObject("edge"),
  ],
  deployments: [
    istiod(OLD),
    workload("edge", "web-old", { "istio.io/rev": OLD }),
    workload("edge", "web-new", { "istio.io/rev": NEW }),
  ],
  statefulSets: [],
  daemonSets: [],
  pods: [gatewayPod("web-old", OLD), gatewayPod("web-new", NEW)],
};

describe("control planes that go are refused before anything of the mesh goes", () => {
  it("what goes with them does not hold them: tags, gateways, namespaces of the mesh", () => {
    assert.deepEqual(refuseRemoval(USES, undefined, OWN), []);
    const after = { ...USES, revisions: [NEW], tags: [], namespaces: [] };
    assert.deepEqual(
      refuseRemoval(USES, { ...after, workloads: ["edge/web-new"] }, OWN),
      [],
      "in an update, too",
    );
  });

  it("anybody else does; each control plane has its own line", () => {
    const live = {
      ...OWN,
      namespaces: [...OWN.namespaces, namespaceObject("theirs", { "istio.io/rev": OLD })],
      deployments: [...OWN.deployments, workload("edge", "other", { "istio.io/rev": NEW })],
    };
    const [first, second, ...others] = refuseRemoval(USES, undefined, live);
    assert.match(
      first ?? "",
      pattern`^the control plane ${OLD} is still used by namespace theirs; fix:`,
    );
    assert.match(
      second ?? "",
      pattern`^the control plane ${NEW} is still used by workload edge/other;`,
    );
    assert.deepEqual(others, []);
  });

  it("proxies in a namespace that only loses its label stay, and hold their control plane", () => {
    const proxy = pod("app-1", { namespace: "shop", annotations: { "istio.io/rev": OLD } });
    const [text] = refuseRemoval(USES, undefined, { ...OWN, pods: [...OWN.pods, proxy] });
    assert.match(text ?? "", /still used by proxy shop\/app-1;/);
  });

  it("so do those in a namespace that the mesh made: it stays as long as anything is in it", () => {
    const proxy = pod("app-1", { namespace: "cart", annotations: { "istio.io/rev": OLD } });
    const [text] = refuseRemoval(USES, undefined, { ...OWN, pods: [...OWN.pods, proxy] });
    assert.match(text ?? "", /still used by proxy cart\/app-1;/);
  });

  it("a namespace of somebody else's that names a tag of the mesh does not: the tag goes first", () => {
    const theirs = namespaceObject("theirs", { "istio.io/rev": "prod" });
    const live = { ...OWN, namespaces: [...OWN.namespaces, theirs] };
    assert.deepEqual(refuseRemoval(USES, undefined, live), []);
    const after = { ...USES, revisions: [NEW] };
    assert.match(
      refuseRemoval(USES, after, live)[0] ?? "",
      /by tag prod, .*namespace theirs \(tag/,
    );
  });

  it("an update is held by what it leaves: a gateway that stays on the old control plane", () => {
    const after = { ...USES, revisions: [NEW], tags: [], namespaces: [] };
    assert.match(
      refuseRemoval(USES, after, OWN)[0] ?? "",
      /by workload edge\/web-old, proxy edge\/web-old-6c4f-x;/,
    );
  });

  it("without a control plane that goes, nothing is asked and nothing refused", () => {
    const after = { ...USES, workloads: ["edge/web-new"], namespaces: [] };
    assert.deepEqual(removedRevisions(USES, after), []);
    assert.deepEqual(refuseRemoval(USES, after, OWN), []);
    assert.deepEqual(
      removedRevisions({ ...USES, revisions: [""] }, { ...USES, revisions: [""] }),
      [],
    );
    assert.deepEqual(removedRevisions(USES), [OLD, NEW]);
  });

  it("protected gateways hold all of it, by name", () => {
    assert.deepEqual(refuseProtectedRemoval(USES), []);
    const [text] = refuseProtectedRemoval({ ...USES, protected: ["edge/web"] });
    assert.match(
      text ?? "",
      /^gateway edge\/web cannot be deleted because it is protected; fix: set/,
    );
  });
});

describe("what a mesh notes of itself for its removal", () => {
  const plan = planMesh(
    {
      version: PREVIOUS,
      profile: "minimal",
      revisions: [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      managed: { channel: "rapid" },
      tags: { stable: OLD, blue: NEW },
      gateways: [
        {
          name: "web",
          namespace: "edge",
          revisions: [
            { revision: OLD, weight: 1 },
            { revision: NEW, weight: 1 },
          ],
        },
        { name: "out", namespace: "edge", protect: false, revisions: [{ revision: NEW }] },
      ],
      namespaces: [
        { name: "shop", revision: "stable" },
        { name: "cart", revision: OLD, create: true },
      ],
    },
    overlayLibrary(),
  );
  const objects = objectsWithoutCharts(meshGraph(plan));

  it("is control planes, tags, namespaces, workloads, and gateways that are protected", () => {
    assert.deepEqual(meshUses(plan, objects), {
      revisions: [OLD, NEW, "asm-managed-rapid"],
      tags: ["blue", "stable"],
      namespaces: [
        { name: "shop", created: false },
        { name: "cart", created: true },
      ],
      workloads: [`edge/out-${NEW}`, `edge/web-${OLD}`, `edge/web-${NEW}`],
      protected: ["edge/web"],
      foreignRevisions: [],
    });
  });

  it("gateways alone have no control plane, whatever revision they name", () => {
    const alone = planMesh(
      {
        version: NEWEST,
        revision: OLD,
        profile: "empty",
        gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: OLD }] }],
      },
      overlayLibrary(),
    );
    const uses = meshUses(alone, []);
    assert.deepEqual(uses.revisions, []);
    assert.deepEqual(uses.foreignRevisions, [OLD]);
  });

  it("a revision is somebody else's unless the stack has applied an injector of it", () => {
    const uses = { foreignRevisions: [OLD] };
    const webhooks = (manager: string) =>
      OWN.mutatingWebhooks.map((webhook) => ({
        ...webhook,
        metadata: {
          ...(webhook.metadata as JsonObject),
          managedFields: [{ manager, operation: "Apply", fieldsV1: {} }],
        },
      }));
    assert.equal(isForeign(OLD, uses, { mutatingWebhooks: webhooks("other") }, "own"), true);
    assert.equal(isForeign(OLD, uses, { mutatingWebhooks: webhooks("own") }, "own"), false);
    assert.equal(isForeign(NEW, uses, { mutatingWebhooks: webhooks("other") }, "own"), false);
  });
});

describe("what has made a pod", () => {
  it("its Deployment, through the ReplicaSet; else its owner; nothing for a pod by itself", () => {
    const labels = { "istio.io/rev": OLD };
    const made = (kind: string, name: string) =>
      workloadOf(madeBy(kind, name, pod("a", { namespace: "edge", labels })));
    assert.equal(workloadOf(gatewayPod("web-old", OLD)), "edge/web-old");
    assert.equal(made("StatefulSet", "db"), "edge/db");
    assert.equal(made("ReplicaSet", "by-hand"), "edge/by-hand");
    assert.equal(workloadOf(pod("a", { labels })), undefined);
  });
});
