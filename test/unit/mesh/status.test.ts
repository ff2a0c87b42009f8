import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { imageVersion } from "../../../mesh/k8s/imageVersion";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { ServiceMeshInputs } from "../../../mesh/model/serviceMeshInputs";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { checkFilter } from "../../../mesh/status/filter";
import { meshStatus, type StatusOptions } from "../../../mesh/status/status";
import type { MeshStatus, StatusSource } from "../../../mesh/status/types";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";
import { patchAfter } from "../../support/minors";
import { pattern } from "../../support/pattern";
import { rollout, pod as rolloutPod } from "../failure/objects";
import { configurations } from "../injection/scenarios";
import { injectorConfig, meshConfigMap } from "./injectorConfig";
import { liveGateway, namespace, plane, pod, state } from "./statusObjects";

const REVISIONS = [
  { revision: OLD, weight: 75 },
  { revision: NEW, weight: 25 },
];

function web(revisions: GatewayInputs["revisions"], more: Partial<GatewayInputs> = {}) {
  return { name: "web", namespace: "edge", replicas: 4, revisions, ...more };
}

/** The lines of what is pending: `SEVERITY CHECK OBJECT: REASON`. */
function lines({ pending }: MeshStatus): string[] {
  return pending.map(
    ({ severity, check, object, reason }) => `${severity} ${check} ${object}: ${reason}`,
  );
}

function checks(status: MeshStatus): string[] {
  return status.pending.map(({ check }) => check);
}

/** Two control planes, a tag and two namespaces; the gateway stands at 75 to 25. */
function upgrading(gateway = liveGateway(web(REVISIONS), GOOD), more: readonly JsonObject[] = []) {
  return state({
    mutatingWebhooks: configurations("old", "new", "prod-old"),
    namespaces: [
      namespace("istio-system"),
      namespace("edge"),
      namespace("shop", { "istio.io/rev": "prod" }),
      namespace("plain"),
    ],
    deployments: [plane(OLD, PREVIOUS), plane(NEW, NEWEST), ...gateway.deployments],
    services: gateway.services,
    pods: [
      ...gateway.pods,
      pod("shop", "cart-1", { revision: OLD, tag: PREVIOUS }),
      pod("shop", "cart-2", { revision: OLD, tag: `${PREVIOUS}-distroless` }),
      pod("plain", "job-1"),
      ...more,
    ],
  });
}

const GOOD = [
  { ready: 3, tag: PREVIOUS },
  { ready: 1, tag: NEWEST },
];

const INPUTS: ServiceMeshInputs = {
  version: PREVIOUS,
  profile: "minimal",
  revisions: [{ revision: OLD }, { revision: NEW, version: NEWEST }],
  tags: { prod: OLD },
  gateways: [web(REVISIONS)],
  namespaces: [{ name: "shop", revision: "prod" }],
};

function against(live: StatusSource, inputs: Partial<ServiceMeshInputs> = {}): MeshStatus {
  return meshStatus(live, { desired: planMesh({ ...INPUTS, ...inputs }, overlayLibrary()).facts });
}

describe("mesh status: a canary that has its wanted share", () => {
  const status = meshStatus(upgrading());

  it("shows each control plane with version, pods, webhooks and users", () => {
    assert.deepEqual(status.revisions, [
      {
        name: OLD,
        kind: "istiod",
        version: PREVIOUS,
        webhooks: { total: 2, withCaBundle: 2 },
        users: { tags: ["prod"], namespaces: 1, workloads: 0, gateways: 1, pods: 5 },
        istiod: {
          namespace: "istio-system",
          deployment: `istiod-${OLD}`,
          ready: 2,
          wanted: 2,
          image: `docker.io/istio/pilot:${PREVIOUS}`,
        },
      },
      {
        name: NEW,
        kind: "istiod",
        version: NEWEST,
        webhooks: { total: 2, withCaBundle: 2 },
        users: { tags: [], namespaces: 0, workloads: 0, gateways: 1, pods: 1 },
        istiod: {
          namespace: "istio-system",
          deployment: `istiod-${NEW}`,
          ready: 2,
          wanted: 2,
          image: `docker.io/istio/pilot:${NEWEST}`,
        },
      },
    ]);
    assert.deepEqual(status.tags, [{ name: "prod", revision: OLD }]);
  });

  it("shows the wanted and the actual share of each revision of the gateway", () => {
    assert.deepEqual(status.gateways, [
      {
        namespace: "edge",
        name: "web",
        kind: "ingress",
        service: { type: "LoadBalancer", addresses: ["203.0.113.7"] },
        revisions: [
          {
            deployment: `web-${OLD}`,
            serves: true,
            revision: OLD,
            ready: 3,
            wanted: 3,
            wishedPercent: 75,
            sharePercent: 75,
          },
          {
            deployment: `web-${NEW}`,
            serves: true,
            revision: NEW,
            ready: 1,
            wanted: 1,
            wishedPercent: 25,
            sharePercent: 25,
          },
        ],
      },
    ]);
  });

  it("counts proxies by revision and version, whatever the variant of the image", () => {
    assert.deepEqual(status.proxies, [
      { revision: OLD, version: PREVIOUS, pods: 5, outdated: false },
      { revision: NEW, version: NEWEST, pods: 1, outdated: false },
    ]);
  });

  it("shows namespaces of the mesh, and no others", () => {
    assert.deepEqual(
      status.namespaces.map(({ name, label, revision, pods }) => ({
        name,
        label,
        revision,
        injected: pods?.injected,
        toRestart: pods?.toRestart,
      })),
      [
        { name: "edge", label: undefined, revision: undefined, injected: 4, toRestart: 0 },
        { name: "shop", label: "istio.io/rev=prod", revision: OLD, injected: 2, toRestart: 0 },
      ],
    );
  });

  it("has nothing pending, also against the stack that made it", () => {
    assert.deepEqual(lines(status), []);
    const compared = against(upgrading());
    assert.deepEqual(lines(compared), []);
    assert.deepEqual(
      compared.gateways[0]?.revisions.map(({ weight }) => weight),
      [75, 25],
    );
  });

  it("is plain data that JSON keeps as it is, and does not change what it reads", () => {
    const live = upgrading();
    const before = structuredClone(live);
    assert.deepEqual(JSON.parse(JSON.stringify(meshStatus(live))), meshStatus(live));
    assert.deepEqual(live, before);
    assert.equal(status.time, "2026-01-01T02:00:00.000Z");
  });
});

describe("mesh status: a stopped canary", () => {
  const stopped = [
    { ready: 3, tag: PREVIOUS },
    { ready: 0, tag: NEWEST },
  ];
  const gateway = liveGateway(web(REVISIONS), stopped);

  it("says which revision lacks its share, by the stack's weight", () => {
    const status = against(upgrading(gateway));
    assert.ok(
      lines(status).includes(
        `warning gateway-share gateway edge/web: ${OLD} has 100 % of the ready pods and not 75 % (weight 75); ${NEW} has 0 % of the ready pods and not 25 % (weight 25)`,
      ),
      lines(status).join("\n"),
    );
  });

  it("gives the cause, which is diagnosed as in a failed update", () => {
    const image = "hub/proxyv2:no-such-tag";
    const waiting = { state: { waiting: { reason: "ImagePullBackOff" } } };
    const found = rollout([rolloutPod(`web-${NEW}-x`, waiting, { image })]);
    const live = { ...upgrading(gateway), rollouts: [found] };
    const [first] = meshStatus(live).pending.filter(({ check }) => check === "gateway-rollout");
    assert.equal(first?.severity, "warning");
    assert.equal(first?.object, `Deployment edge/web-${NEW}`);
    assert.match(
      first?.reason ?? "",
      pattern`^0 of 1 pods are new and ready; pod web-${NEW}-x, container istio-proxy: the image hub/proxyv2:no-such-tag cannot be pulled`,
    );
    assert.match(first?.fix ?? "", /correct the image's hub and tag/);
  });

  it("without more about the workload, its pods say something", () => {
    const labels = { "app.kubernetes.io/instance": `web-${NEW}`, "istio.io/rev": NEW };
    const broken = pod("edge", `web-${NEW}-y`, { labels, tag: NEWEST, ready: false });
    const status = meshStatus(upgrading(gateway, [broken]));
    assert.ok(
      lines(status).includes(
        `info gateway-rollout Deployment edge/web-${NEW}: 0 of 1 pods are new and ready; pod web-${NEW}-y: is Running`,
      ),
      lines(status).join("\n"),
    );
  });

  it("no ready pod at all is an error, and comes first", () => {
    const dead = liveGateway(web([{ revision: OLD }]), [{ ready: 0, tag: PREVIOUS }]);
    const status = meshStatus(upgrading(dead));
    assert.equal(
      lines(status)[0],
      "error gateway-down gateway edge/web: no ready pod is behind its Service",
    );
    assert.ok(!checks(status).includes("gateway-share"));
  });
});

describe("mesh status: half-done steps", () => {
  it("a cutover: the old pods drain, and the last one tells how long it may take", () => {
    const leaving = [
      pod("edge", `web-${OLD}-0`, {
        revision: OLD,
        tag: PREVIOUS,
        leavesAt: "2026-01-01T02:00:42Z",
      }),
      pod("edge", `web-${OLD}-1`, {
        revision: OLD,
        tag: PREVIOUS,
        leavesAt: "2026-01-01T02:00:10Z",
      }),
    ];
    const now = liveGateway(web([{ revision: NEW }]), [{ ready: 4, tag: NEWEST }]);
    assert.deepEqual(lines(meshStatus(upgrading(now, leaving))), [
      `info draining Namespace edge: 2 pods on the way out (proxy of ${OLD}), 42 s left at most`,
    ]);
  });

  it("a pod that should have gone long ago is named", () => {
    const stuck = pod("edge", "web-x", {
      revision: OLD,
      tag: PREVIOUS,
      leavesAt: "2026-01-01T01:50:00Z",
    });
    const [line] = lines(meshStatus(upgrading(undefined, [stuck])));
    assert.equal(
      line,
      "warning draining Namespace edge: 1 pod should have been gone for 600 s: web-x",
    );
  });

  it("a gateway that changes its revision in place: pods count for who made them", () => {
    const gateway = liveGateway(web([{ revision: NEW }]), [
      { ready: 4, tag: PREVIOUS, revision: OLD },
    ]);
    const status = meshStatus(upgrading(gateway));
    assert.deepEqual(
      status.gateways[0]?.revisions.map(
        ({ revision, deployment, wishedPercent, sharePercent }) => ({
          revision,
          deployment,
          wishedPercent,
          sharePercent,
        }),
      ),
      [
        { revision: OLD, deployment: `web-${NEW}`, wishedPercent: 0, sharePercent: 100 },
        { revision: NEW, deployment: `web-${NEW}`, wishedPercent: 100, sharePercent: 0 },
      ],
    );
    assert.ok(
      lines(status).includes(
        `info restart Namespace edge: 4 pods to restart for the proxy of their label (4 of ${OLD})`,
      ),
      lines(status).join("\n"),
    );
  });

  it("a gateway that its namespace's label has moved waits for a restart, and is not wrong", () => {
    const inputs = web([{ revision: NEW }], { injection: "namespace" });
    const gateway = liveGateway(inputs, [{ ready: 4, tag: PREVIOUS, revision: OLD }]);
    const labelled = (revision: string, found = gateway) => {
      const live = upgrading(found);
      const namespaces = [
        ...live.lists.namespaces.filter(({ metadata }) => (metadata as JsonObject).name !== "edge"),
        namespace("edge", { "istio.io/rev": revision }),
      ];
      return { ...live, lists: { ...live.lists, namespaces } };
    };
    const inputsAt = (revision: string) => ({
      gateways: [{ ...inputs, revisions: [{ revision }] }],
      namespaces: [
        { name: "shop", revision: "prod" },
        { name: "edge", revision },
      ],
    });
    assert.deepEqual(
      lines(against(labelled(OLD), inputsAt(OLD))),
      [],
      "what injected it is asked for",
    );
    assert.deepEqual(lines(against(labelled(NEW), inputsAt(NEW))), [
      `info restart Namespace edge: 4 pods to restart for the proxy of ${NEW}, by istio.io/rev=${NEW} (4 of ${OLD})`,
    ]);
    const rolling = liveGateway(inputs, [{ ready: 3, tag: NEWEST, revision: NEW }]);
    const [first] = against(labelled(NEW, rolling), inputsAt(NEW)).pending;
    assert.equal(first?.check, "gateway-rollout");
    assert.deepEqual(first?.revisions, [NEW]);
  });

  it("a gateway that only one revision serves: the other is kept warm", () => {
    const inputs = web(
      [
        { revision: OLD, weight: 100 },
        { revision: NEW, weight: 0 },
      ],
      { traffic: "active", active: OLD },
    );
    const gateway = liveGateway(inputs, [
      { ready: 4, tag: PREVIOUS },
      { ready: 1, tag: NEWEST },
    ]);
    const status = against(upgrading(gateway), { gateways: [inputs] });
    assert.deepEqual(
      status.gateways.map(({ name, revisions }) => ({
        name,
        shares: revisions.map(({ serves, sharePercent }) => [serves, sharePercent]),
      })),
      [
        {
          name: "web",
          shares: [
            [true, 100],
            [false, 0],
          ],
        },
      ],
    );
    assert.deepEqual(lines(status), []);
  });

  it("a moved tag: its namespace's pods are to restart, and the stack knows", () => {
    const live = upgrading();
    const moved = state({
      ...live.lists,
      mutatingWebhooks: configurations("old", "new", "prod-new"),
    });
    const [shop] = meshStatus(moved).namespaces.filter(({ name }) => name === "shop");
    assert.equal(shop?.revision, NEW);
    assert.deepEqual(shop?.pods?.byRevision, { [OLD]: 2 });
    assert.deepEqual(lines(against(moved)), [
      `info restart Namespace shop: 2 pods to restart for the proxy of ${NEW}, by istio.io/rev=prod (2 of ${OLD})`,
      `info stack tag prod: points to ${NEW}; the stack has it on ${OLD}`,
    ]);
  });

  it("another type of image: those that have the old one are to restart, with the reason", () => {
    const live = upgrading();
    const injectorConfigs = [
      injectorConfig(OLD, { time: "2025-01-01T00:00:00Z" }),
      meshConfigMap(OLD, { imageType: "distroless" }),
    ];
    const status = meshStatus(state({ ...live.lists, injectorConfigs }));
    assert.deepEqual(
      lines(status).filter((text) => text.includes("Namespace shop")),
      [
        `info restart Namespace shop: 1 pod to restart for the proxy of ${OLD}, by istio.io/rev=prod; 1 has an old image type (default, now distroless)`,
      ],
    );
    const [pending] = status.pending.filter(({ object }) => object === "Namespace shop");
    assert.match(pending?.fix ?? "", /another `token`/);
  });

  it("an upgrade in place: proxies older than their istiod are to restart", () => {
    const live = upgrading();
    const deployments = live.lists.deployments.map((object) =>
      (object.metadata as JsonObject).name === `istiod-${OLD}`
        ? plane(OLD, patchAfter(PREVIOUS))
        : object,
    );
    const status = meshStatus(state({ ...live.lists, deployments }));
    assert.deepEqual(
      status.proxies.map(({ revision, outdated }) => [revision, outdated]),
      [
        [OLD, true],
        [NEW, false],
      ],
    );
    assert.equal(status.namespaces.find(({ name }) => name === "shop")?.pods?.toRestart, 2);
  });

  it("what a stack has and the cluster does not yet", () => {
    const live = upgrading(liveGateway(web([{ revision: OLD }]), [{ ready: 4, tag: PREVIOUS }]));
    const deployments = live.lists.deployments.filter(
      (object) => (object.metadata as JsonObject).name !== `istiod-${NEW}`,
    );
    const before = state({
      ...live.lists,
      deployments,
      mutatingWebhooks: configurations("old", "prod-old"),
    });
    const namespaces = [{ name: "shop", revision: NEW }];
    assert.deepEqual(
      lines(against(before, { namespaces })).filter((line) => line.startsWith("info")),
      [
        `info stack revision ${NEW}: the stack has it (Istio ${NEWEST}), and the cluster does not yet`,
        `info stack gateway edge/web: the stack has revision ${NEW} (25 %), and the cluster not yet`,
        `info stack Namespace shop: has istio.io/rev=prod; the stack has it on ${NEW}`,
      ],
    );
  });

  it("the image that a stack gives istiod, which need not be of its charts' version", () => {
    const live = upgrading();
    const revisions = [{ revision: OLD }, { revision: NEW, version: NEWEST, tag: "1.29.4" }];
    const said = lines(against(live, { revisions })).filter((line) => line.includes("runs Istio"));
    assert.deepEqual(said, [
      `info stack revision ${NEW}: runs Istio ${NEWEST}; the stack has 1.29.4`,
    ]);
  });

  it("what the stack has given up", () => {
    const status = against(upgrading(), {
      revisions: [{ revision: OLD }],
      gateways: [web([{ revision: OLD }])],
    });
    assert.deepEqual(
      lines(status).filter((line) => line.includes(" stack ")),
      [
        `info stack revision ${NEW}: is in the cluster, and not in the stack`,
        `info stack gateway edge/web: Deployment web-${NEW} of revision ${NEW} is there, and not in the stack`,
      ],
    );
  });

  it("a stack that is locked, and one that was killed", () => {
    const stack = {
      stack: "prod",
      lock: { by: "me@laptop (process 7)", since: "2026-01-01T01:00:00Z" },
      pendingOperations: ["updating web", "creating pdb"],
    };
    assert.deepEqual(lines(meshStatus(upgrading(), { stack })), [
      "warning stack-operations stack prod: an update ended in the middle of updating web and 1 more",
      "info stack-lock stack prod: is locked by me@laptop (process 7) since 2026-01-01T01:00:00Z: an update runs, or was killed",
    ]);
  });
});

describe("mesh status: what is wrong", () => {
  function withPlane(object: JsonObject, more: Parameters<typeof state>[0] = {}) {
    return meshStatus(
      state({
        mutatingWebhooks: configurations("old"),
        deployments: [object],
        ...more,
      }),
    );
  }

  it("istiod without a ready pod is an error with the pod's reason", () => {
    const labels = { app: "istiod", "istio.io/rev": OLD };
    const broken = {
      ...pod("istio-system", "istiod-x", { labels, ready: false }),
      status: {
        phase: "Pending",
        conditions: [
          {
            type: "PodScheduled",
            status: "False",
            reason: "Unschedulable",
            message: "0/3 nodes are available",
          },
        ],
      },
    };
    assert.deepEqual(lines(withPlane(plane(OLD, PREVIOUS, { ready: 0 }), { pods: [broken] })), [
      `error control-plane Deployment istio-system/istiod-${OLD}: 0 of 2 pods are new and ready; pod istiod-x: Unschedulable: 0/3 nodes are available`,
    ]);
  });

  it("istiod that is scaled to 0", () => {
    const status = withPlane(plane(OLD, PREVIOUS, { ready: 0, wanted: 0 }));
    assert.deepEqual(lines(status), [
      `error control-plane Deployment istio-system/istiod-${OLD}: it is scaled to 0`,
    ]);
  });

  it("a webhook without a certificate although istiod is ready", () => {
    const bare = configurations("old").map((config) => ({
      ...config,
      webhooks: (config.webhooks as JsonObject[]).map((hook) => ({
        ...hook,
        clientConfig: { ...(hook.clientConfig as JsonObject), caBundle: "" },
      })),
    }));
    assert.deepEqual(lines(withPlane(plane(OLD, PREVIOUS), { mutatingWebhooks: bare })), [
      `warning webhook revision ${OLD}: 2 of its 2 injection webhooks have no caBundle, so new pods get no proxy`,
    ]);
  });

  it("proxies and a tag of a revision that is gone", () => {
    const status = withPlane(plane(NEW, NEWEST), {
      mutatingWebhooks: configurations("new", "prod-old"),
      namespaces: [namespace("shop")],
      pods: [pod("shop", "cart", { revision: OLD, tag: PREVIOUS })],
    });
    assert.equal(status.revisions.find(({ name }) => name === OLD)?.kind, "gone");
    assert.deepEqual(lines(status), [
      `error control-plane revision ${OLD}: has no istiod and no webhook any more, and still 1 proxy`,
      `error tag tag prod: points to ${OLD}, which has no istiod and no webhook of its own`,
      `warning unclaimed Namespace shop: 1 pod would lose the proxy in a restart: no webhook injects them any more (1 of ${OLD})`,
    ]);
  });

  it("a namespace labelled for what is not there, and one that two webhooks inject", () => {
    const status = withPlane(plane(OLD, PREVIOUS), {
      mutatingWebhooks: configurations("old", "default", "tag-default-old"),
      namespaces: [
        namespace("lost", { "istio.io/rev": "1-27-0" }),
        namespace("twice", { "istio-injection": "enabled" }),
      ],
    });
    const found = lines(status).filter((line) => line.startsWith("error injection"));
    assert.equal(found.length, 2, found.join("\n"));
    assert.match(
      found[0] ?? "",
      /Namespace lost: no webhook of a revision or tag 1-27-0 is in the cluster/,
    );
    assert.match(found[1] ?? "", /Namespace twice: more than one webhook injects the pod/);
  });

  it("a gateway's pod that nobody injected, once for its ReplicaSet", () => {
    const auto = ["a", "b"].map((name) => ({
      ...pod("edge", `web-${name}`, { tag: "auto", ready: false }),
    }));
    for (const one of auto) {
      Object.assign(one.metadata as JsonObject, { ownerReferences: [{ name: "web-7d9" }] });
    }
    const status = withPlane(plane(OLD, PREVIOUS), {
      namespaces: [namespace("edge", { "istio-injection": "disabled" })],
      pods: auto,
    });
    const found = status.pending.filter(({ check }) => check === "image-auto");
    assert.equal(found.length, 1);
    assert.match(found[0]?.reason ?? "", /its proxy has the image auto, since no webhook/);
  });

  it("a default validator that calls a Service which is not there", () => {
    const client = { service: { name: "istiod-1-27-0", namespace: "istio-system" } };
    const validatingWebhooks = [
      { metadata: { name: "istiod-default-validator" }, webhooks: [{ clientConfig: client }] },
    ];
    const status = withPlane(plane(OLD, PREVIOUS), { validatingWebhooks });
    assert.deepEqual(status.defaultValidator, {
      target: "Service istio-system/istiod-1-27-0",
      hasCaBundle: false,
    });
    assert.match(lines(status)[0] ?? "", /^error default-validator .* cannot be changed$/);
  });

  it("a default validator shows the revision behind the tag's Service", () => {
    const name = "istiod-revision-tag-default";
    const client = { service: { name, namespace: "istio-system" }, caBundle: "Y2VydA==" };
    const status = withPlane(plane(OLD, PREVIOUS), {
      services: [
        {
          metadata: { name, namespace: "istio-system" },
          spec: { selector: { app: "istiod", "istio.io/rev": OLD } },
        },
      ],
      validatingWebhooks: [
        { metadata: { name: "istiod-default-validator" }, webhooks: [{ clientConfig: client }] },
      ],
    });
    assert.equal(status.defaultValidator?.revision, OLD);
    assert.deepEqual(lines(status), []);
  });

  it("an autoscaler at its most, but not one with a single number", () => {
    const autoscaler = (name: string, min: number, max: number) => ({
      metadata: { name, namespace: "edge" },
      spec: {
        minReplicas: min,
        maxReplicas: max,
        scaleTargetRef: { kind: "Deployment", name },
      },
      status: { currentReplicas: max },
    });
    const live = upgrading();
    const status = meshStatus(
      state({
        ...live.lists,
        autoscalers: [
          autoscaler(`web-${OLD}`, 1, 3),
          autoscaler(`web-${NEW}`, 1, 1),
          autoscaler("other", 1, 3),
        ],
      }),
    );
    assert.deepEqual(lines(status), [
      `warning autoscaler HorizontalPodAutoscaler edge/web-${OLD}: is at its maximum of 3 pods`,
    ]);
  });

  it("a load balancer without an address", () => {
    const gateway = liveGateway(web(REVISIONS), GOOD, "");
    const status = meshStatus(upgrading(gateway));
    assert.deepEqual(lines(status), [
      "warning gateway-address gateway edge/web: its load balancer has no address yet",
    ]);
  });
});

describe("mesh status: namespaces and their pods", () => {
  function shop(labels: Readonly<Record<string, string>>, pods: readonly JsonObject[]) {
    const status = meshStatus(
      state({
        mutatingWebhooks: configurations("old", "new", "prod-old"),
        deployments: [plane(OLD, PREVIOUS), plane(NEW, NEWEST)],
        namespaces: [namespace("shop", labels)],
        pods,
      }),
    );
    return status.namespaces[0];
  }

  it("pods that were there before the label get their proxy by a restart", () => {
    const found = shop({ "istio.io/rev": OLD }, [
      pod("shop", "cart"),
      pod("shop", "off", { labels: { "sidecar.istio.io/inject": "false" } }),
      pod("shop", "agent", { spec: { hostNetwork: true } }),
      pod("shop", "nightly", { owner: "Job" }),
      pod("shop", "done", { phase: "Succeeded" }),
    ]);
    assert.deepEqual(found?.pods, {
      injected: 0,
      uninjected: 4,
      ambient: 0,
      byRevision: {},
      toRestart: 1,
      unclaimed: 0,
    });
  });

  it("a proxy that runs as a native sidecar is found", () => {
    const image = `docker.io/istio/proxyv2:${PREVIOUS}`;
    const native = pod("shop", "cart", {
      revision: OLD,
      spec: { initContainers: [{ name: "istio-proxy", image, restartPolicy: "Always" }] },
    });
    assert.equal(shop({ "istio.io/rev": OLD }, [native])?.pods?.injected, 1);
  });

  it("a pod that names a revision itself is right on that one", () => {
    const own = pod("shop", "cart", {
      revision: NEW,
      tag: NEWEST,
      labels: { "istio.io/rev": NEW },
    });
    const found = shop({}, [own]);
    assert.equal(found?.label, undefined);
    assert.equal(found?.pods?.toRestart, 0);
    assert.equal(found?.pods?.unclaimed, 0);
  });

  it("ambient: no sidecars, ztunnel and CNI as node agents", () => {
    const daemonSet = (name: string, labels: JsonObject, container: string, ready: number) => ({
      metadata: { name, namespace: "istio-system", generation: 1 },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name: container, image: `istio/${container}:${NEWEST}` }] },
        },
      },
      status: {
        observedGeneration: 1,
        desiredNumberScheduled: 3,
        updatedNumberScheduled: 3,
        numberAvailable: ready,
      },
    });
    const status = meshStatus(
      state({
        mutatingWebhooks: configurations("new"),
        deployments: [plane(NEW, NEWEST)],
        daemonSets: [
          daemonSet("ztunnel", { app: "ztunnel" }, "istio-proxy", 2),
          daemonSet("istio-cni-node", { "k8s-app": "istio-cni-node" }, "install-cni", 3),
        ],
        namespaces: [namespace("shop", { "istio.io/dataplane-mode": "ambient" })],
        pods: [
          pod("shop", "cart", { annotations: { "ambient.istio.io/redirection": "enabled" } }),
          pod("istio-system", "ztunnel-1", {
            labels: { app: "ztunnel" },
            tag: NEWEST,
            revision: NEW,
          }),
        ],
      }),
    );
    assert.deepEqual(
      status.agents.map(({ kind, version, ready, wanted }) => [kind, version, ready, wanted]),
      [
        ["cni", NEWEST, 3, 3],
        ["ztunnel", NEWEST, 2, 3],
      ],
    );
    assert.deepEqual(status.proxies, []);
    const [found] = status.namespaces;
    assert.deepEqual([found?.mode, found?.pods?.ambient], ["ambient", 1]);
    assert.deepEqual(lines(status), [
      "info node-agent DaemonSet istio-system/ztunnel: 2 of 3 pods are new and ready",
    ]);
  });
});

describe("mesh status: a managed control plane", () => {
  const record = (conditions: readonly JsonObject[]) => ({
    metadata: { name: "asm-managed", namespace: "istio-system" },
    spec: { channel: "regular", type: "managed_service" },
    status: { conditions: [...conditions] },
  });
  const webhook = configurations("new").map((config) => ({
    ...config,
    metadata: {
      ...config.metadata,
      name: "istiod-asm-managed",
      labels: { ...(config.metadata.labels as JsonObject), "istio.io/rev": "asm-managed" },
    },
    webhooks: (config.webhooks as JsonObject[]).map((hook) => ({
      ...hook,
      clientConfig: { url: "https://mesh.example/inject" },
    })),
  }));

  function managed(conditions: readonly JsonObject[]) {
    return meshStatus(
      state({
        mutatingWebhooks: webhook,
        controlPlaneRevisions: [record(conditions)],
        namespaces: [namespace("shop")],
        pods: [
          pod("shop", "cart", {
            revision: "asm-managed",
            tag: "1.23.3-asm.2",
            labels: { "sidecar.istio.io/inject": "false" },
          }),
        ],
      }),
    );
  }

  it("is shown with its channel; no istiod and no certificate are missed", () => {
    const status = managed([{ type: "Reconciled", status: "True" }]);
    assert.deepEqual(
      status.revisions.map(({ name, kind, channel, istiod }) => ({ name, kind, channel, istiod })),
      [{ name: "asm-managed", kind: "managed", channel: "regular", istiod: undefined }],
    );
    assert.deepEqual(status.proxies, [
      { revision: "asm-managed", version: "1.23.3-asm.2", pods: 1, outdated: false },
    ]);
    assert.deepEqual(lines(status), []);
  });

  it("that stalls is an error with Google's words", () => {
    const message = "fleet membership is missing";
    const status = managed([
      { type: "Reconciled", status: "False", reason: "Provisioning" },
      { type: "Stalled", status: "True", reason: "NotRegistered", message },
    ]);
    assert.deepEqual(lines(status), [
      `error managed-control-plane ControlPlaneRevision asm-managed: Google cannot provision asm-managed: NotRegistered: ${message}`,
    ]);
  });
});

describe("mesh status: filters", () => {
  const live = upgrading(undefined, [
    pod("shop", "late", { revision: OLD, tag: PREVIOUS, leavesAt: "2026-01-01T02:00:42Z" }),
  ]);
  const only = (filter: StatusOptions["filter"]) => meshStatus(live, { filter });

  it("by revision: who uses it, with the gateways whole", () => {
    const status = only({ revision: NEW });
    assert.deepEqual(
      status.revisions.map(({ name }) => name),
      [NEW],
    );
    assert.deepEqual(status.tags, []);
    assert.equal(status.gateways[0]?.revisions.length, 2);
    assert.deepEqual(
      status.namespaces.map(({ name }) => name),
      ["edge"],
    );
    assert.deepEqual(lines(status), []);
  });

  it("a tag stands for its revision", () => {
    const { time: _, ...byTag } = only({ revision: "prod" });
    const { time: __, ...byName } = only({ revision: OLD });
    assert.deepEqual(byTag, byName);
    assert.deepEqual(
      byTag.pending.map(({ check }) => check),
      ["draining"],
    );
  });

  it("by namespace: the control planes stay", () => {
    const status = only({ namespace: "shop" });
    assert.equal(status.revisions.length, 2);
    assert.deepEqual(status.gateways, []);
    assert.deepEqual(status.proxies, [
      { revision: OLD, version: PREVIOUS, pods: 2, outdated: false },
    ]);
    assert.deepEqual(
      status.namespaces.map(({ name }) => name),
      ["shop"],
    );
  });

  it("a name that is nowhere is refused with the near one", () => {
    const filter = { revision: `${NEW}1`, namespace: "shpo" };
    const problems = checkFilter(filter, meshStatus(live), ["edge", "shop"]);
    assert.deepEqual(
      problems.map(({ source, value, fix }) => [source, value, fix]),
      [
        ["--revision", `${NEW}1`, `did you mean "${NEW}"?`],
        ["--namespace", "shpo", 'did you mean "shop"?'],
      ],
    );
    assert.deepEqual(checkFilter({ revision: "prod" }, meshStatus(live), undefined), []);
  });
});

describe("mesh status: what cannot be read", () => {
  const forbidden = (list: "pods" | "mutatingwebhookconfigurations" | "deployments") => ({
    list,
    reason: `${list} is forbidden`,
    fix: `grant ci the verb list on ${list}`,
  });

  it("pods: gateways by their Deployments, and no number that would be made up", () => {
    const live = upgrading();
    const status = meshStatus(state({ ...live.lists, pods: [] }, { unread: [forbidden("pods")] }));
    assert.deepEqual(
      status.gateways[0]?.revisions.map(({ ready, sharePercent }) => [ready, sharePercent]),
      [
        [3, 75],
        [1, 25],
      ],
    );
    assert.equal(status.revisions[0]?.users.pods, undefined);
    assert.equal(status.namespaces[0]?.pods, undefined);
    assert.deepEqual(lines(status), []);
  });

  it("webhooks: nobody is told to restart, and no proxy is called lost", () => {
    const live = upgrading();
    const unread = [forbidden("mutatingwebhookconfigurations")];
    const status = meshStatus(state({ ...live.lists, mutatingWebhooks: [] }, { unread }));
    assert.equal(status.namespaces.find(({ name }) => name === "shop")?.pods?.toRestart, undefined);
    assert.deepEqual(lines(status), []);
  });

  it("Deployments: a revision is not called gone", () => {
    const live = upgrading();
    const status = meshStatus(
      state({ ...live.lists, deployments: [] }, { unread: [forbidden("deployments")] }),
    );
    assert.deepEqual(
      status.revisions.map(({ kind }) => kind),
      ["unknown", "unknown"],
    );
    assert.deepEqual(lines(status), []);
  });
});

describe("mesh status: versions of images", () => {
  for (const [image, version] of [
    [`docker.io/istio/proxyv2:${NEWEST}`, NEWEST],
    [`registry:5000/istio/proxyv2:${NEWEST}-debug`, NEWEST],
    ["gke.gcr.io/asm/proxyv2:1.23.3-asm.2-distroless", "1.23.3-asm.2"],
    [`istio/pilot:${NEWEST}@sha256:0123`, NEWEST],
    ["registry:5000/istio/proxyv2", undefined],
    ["istio/proxyv2:latest", undefined],
    ["istio/pilot@sha256:0123", undefined],
    ["auto", undefined],
  ] as const) {
    it(`${image} is ${version}`, () => {
      assert.equal(imageVersion(image), version);
    });
  }

  it("5,000 pods are read in a moment", () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `cart-${index}`);
    const pods = names.map((name) => pod("shop", name, { revision: OLD, tag: PREVIOUS }));
    const live = upgrading(undefined, pods);
    const started = process.hrtime.bigint();
    const status = meshStatus(live);
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    assert.equal(status.namespaces.find(({ name }) => name === "shop")?.pods?.injected, 5_002);
    assert.ok(seconds < 5, `${seconds} s`);
  });
});
