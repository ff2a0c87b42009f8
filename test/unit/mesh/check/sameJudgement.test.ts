import assert from "node:assert/strict";
import { checkPlannedDrain } from "../../../../mesh/checks/precheck/drain";
import { goneRevisions } from "../../../../mesh/checks/precheck/leftovers";
import { livePlanes } from "../../../../mesh/checks/precheck/livePlanes";
import { checkPodSecurity } from "../../../../mesh/checks/precheck/podSecurity";
import { checkUpgrade } from "../../../../mesh/checks/precheck/upgrade";
import { validateMesh } from "../../../../mesh/checks/validate/validate";
import type { JsonObject } from "../../../../mesh/common/json";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { meshStatus } from "../../../../mesh/status/status";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../../toolchain/versions";
import { minorAfter, minorsBefore } from "../../../support/minors";
import { state } from "../statusObjects";
import { goodMesh, istiod, pod, service, slice } from "./goodMesh";
import { deployment, desiredMesh, injector, liveWith, namespace, texts } from "./precheckSupport";

type Labels = Readonly<Record<string, string>>;

/** What istiod makes of a Gateway of the class `istio-waypoint`. */
const WAYPOINT_LABELS: Labels = {
  "gateway.networking.k8s.io/gateway-name": "waypoint",
  "gateway.istio.io/managed": "istio.io-mesh-controller",
  "sidecar.istio.io/inject": "false",
};

function waypoint(labels: Labels = WAYPOINT_LABELS): JsonObject {
  return {
    metadata: { name: "waypoint", namespace: "shop", labels: { ...labels } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { "gateway.networking.k8s.io/gateway-name": "waypoint" } },
      template: {
        metadata: { labels: { ...labels }, annotations: { "istio.io/rev": OLD } },
        spec: {
          terminationGracePeriodSeconds: 2,
          containers: [
            {
              name: "istio-proxy",
              image: `docker.io/istio/proxyv2:${PREVIOUS}`,
              args: ["proxy", "waypoint"],
            },
          ],
        },
      },
    },
    status: { availableReplicas: 0, conditions: [{ type: "Available", status: "False" }] },
  };
}

describe("status, validate and precheck judge alike: gateways", () => {
  const mesh = (object: JsonObject) => {
    const good = goodMesh();
    return {
      ...good,
      workloads: [...good.workloads, { kind: "Deployment" as const, object }],
      services: [
        ...good.services,
        service("waypoint", "shop", { "gateway.networking.k8s.io/gateway-name": "waypoint" }),
      ],
      endpointSlices: [...good.endpointSlices, slice("waypoint", "shop")],
    };
  };

  it("a waypoint is one for status", () => {
    const { gateways } = meshStatus(state({ deployments: [waypoint()] }));
    assert.deepEqual(
      gateways.map(({ name, kind }) => `${kind} ${name}`),
      ["waypoint waypoint"],
    );
  });

  it("a waypoint is one for validate: without pods it is an error", () => {
    const found = validateMesh(mesh(waypoint())).filter(({ severity }) => severity === "error");
    assert.deepEqual(
      found.map(({ check, object }) => `${check} ${object}`),
      ["gateway Deployment shop/waypoint"],
    );
  });

  it("by its arguments alone it is a waypoint too, and not a gateway of Istio's own API", () => {
    const labels = { "gateway.networking.k8s.io/gateway-name": "waypoint" };
    const { gateways } = meshStatus(state({ deployments: [waypoint(labels)] }));
    assert.equal(gateways[0]?.kind, "waypoint");
  });

  it("a DaemonSet of ztunnel is a node agent and no gateway", () => {
    const ztunnel = {
      metadata: { name: "ztunnel", namespace: "istio-system" },
      spec: {
        template: {
          metadata: { labels: { app: "ztunnel" } },
          spec: {
            containers: [
              {
                name: "istio-proxy",
                image: `docker.io/istio/ztunnel:${PREVIOUS}`,
                args: ["proxy", "ztunnel"],
              },
            ],
          },
        },
      },
    };
    const good = goodMesh();
    const workloads = [...good.workloads, { kind: "DaemonSet" as const, object: ztunnel }];
    const found = validateMesh({ ...good, workloads }).filter(({ check }) => check === "gateway");
    assert.deepEqual(
      found.map(({ object }) => object),
      ["Deployment istio-gateways/web"],
    );
  });

  it("a DaemonSet of gateway pods is one for both", () => {
    const labels = { app: "edge" };
    const daemonSet = {
      metadata: { name: "edge", namespace: "shop", labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { "inject.istio.io/templates": "gateway" } },
          spec: { containers: [{ name: "istio-proxy", image: "auto" }] },
        },
      },
      status: { desiredNumberScheduled: 3, numberAvailable: 2, updatedNumberScheduled: 3 },
    };
    const status = meshStatus(
      state({ daemonSets: [daemonSet], services: [service("edge", "shop", labels)] }),
    );
    assert.deepEqual(
      status.gateways.map(({ name, revisions }) => [name, revisions[0]?.wanted]),
      [["edge", 3]],
    );
    assert.deepEqual(
      status.pending.filter(({ check }) => check === "gateway-rollout").map(({ object }) => object),
      ["DaemonSet shop/edge"],
    );
    const good = goodMesh();
    const workloads = [...good.workloads, { kind: "DaemonSet" as const, object: daemonSet }];
    const found = validateMesh({ ...good, workloads }).filter(({ check }) => check === "gateway");
    assert.deepEqual(
      found.map(({ object }) => object),
      ["Deployment istio-gateways/web", "DaemonSet shop/edge"],
    );
  });

  it("an application's pod with a sidecar is none", () => {
    const found = validateMesh({
      ...goodMesh(),
      pods: [pod("cart-0", "shop", { app: "cart" }, { image: "auto" })],
    }).filter(({ check, severity }) => check === "gateway-image" && severity === "error");
    assert.equal(found.length, 1);
  });
});

describe("status, validate and precheck judge alike: version of a control plane", () => {
  const named = (image: string, labels: Labels = {}) => {
    const object = istiod(NEW, NEWEST);
    const metadata = object.metadata as { labels: Labels } & JsonObject;
    return {
      apiVersion: "apps/v1",
      kind: "Deployment",
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
      spec: {
        ...(object.spec as JsonObject),
        template: { metadata: {}, spec: { containers: [{ name: "discovery", image }] } },
      },
    };
  };
  const byAll = (object: K8sObject) => {
    const good = goodMesh();
    const status = meshStatus(state({ deployments: [object] }));
    const [validated] = validateMesh({
      ...good,
      workloads: [{ kind: "Deployment", object }],
    }).filter(({ object: title }) => title.startsWith(`istiod ${NEW}`));
    return {
      status: status.revisions.find(({ name }) => name === NEW)?.version,
      precheck: livePlanes([object])[0]?.version,
      validate: /\((.*)\)/.exec(validated?.object ?? "")?.[1],
    };
  };
  const digest = `registry.local/pilot@sha256:${"0".repeat(64)}`;

  for (const [title, object, version] of [
    ["a tag that begins with v", named(`registry.local/pilot:v${NEWEST}`), NEWEST],
    ["a distroless build", named(`registry.local/pilot:v${NEWEST}-distroless`), NEWEST],
    [
      "a digest, by the chart's label",
      named(digest, { "app.kubernetes.io/version": NEWEST }),
      NEWEST,
    ],
  ] as const) {
    it(title, () => {
      assert.deepEqual(byAll(object), { status: version, precheck: version, validate: version });
    });
  }

  it("nobody knows it for a digest alone", () => {
    assert.deepEqual(byAll(named(digest)), {
      status: undefined,
      precheck: "",
      validate: undefined,
    });
  });
});

describe("validate and precheck judge alike: drain against grace period", () => {
  const UNTIL_IDLE = [
    { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
    { name: "MINIMUM_DRAIN_DURATION", value: "60s" },
  ];
  const workload = (env: JsonObject[], annotations: Labels = {}) => {
    const own = deployment("shop/cart", {
      terminationGracePeriodSeconds: 30,
      containers: [
        { name: "app", image: "shop:1" },
        { name: "istio-proxy", image: "auto", env },
      ],
    });
    const template = (own.spec as { template: { metadata: JsonObject } }).template;
    template.metadata.annotations = { ...annotations };
    return own;
  };
  const prechecked = (own: K8sObject) =>
    texts(
      checkPlannedDrain(
        desiredMesh({}, [injector(NEW)]),
        liveWith({
          workloads: [own],
          namespaces: [namespace("shop", { "istio.io/rev": NEW })],
        }),
      ),
    );
  const validated = (object: K8sObject) => {
    const good = goodMesh();
    const workloads = [...good.workloads, { kind: "Deployment" as const, object }];
    return texts(validateMesh({ ...good, workloads })).filter((text) =>
      /^error Deployment shop\/cart: drains/.test(text),
    );
  };

  it("MINIMUM_DRAIN_DURATION of 60 s against a grace period of 30 s is found by both", () => {
    assert.match(
      prechecked(workload(UNTIL_IDLE)).join(),
      /^warning Namespace shop: the proxies of Deployment cart drain for 60 s, and Kubernetes kills the pods after 30 s; fix: kubectl -n shop patch/,
    );
    assert.match(validated(workload(UNTIL_IDLE)).join(), /drains 60 s \(MINIMUM_DRAIN_DURATION\)/);
  });

  it("also where the annotation sets it for the proxy", () => {
    const config =
      'proxyMetadata: { EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true", MINIMUM_DRAIN_DURATION: 60s }';
    const own = workload([], { "proxy.istio.io/config": config });
    assert.equal(prechecked(own).length, 1);
    assert.equal(validated(own).length, 1);
  });

  it("it counts only for a proxy that ends with its last connection", () => {
    const own = workload(UNTIL_IDLE.slice(1));
    assert.deepEqual([...prechecked(own), ...validated(own)], []);
  });

  it("then terminationDrainDuration does not count", () => {
    const short = [
      { name: "EXIT_ON_ZERO_ACTIVE_CONNECTIONS", value: "true" },
      { name: "MINIMUM_DRAIN_DURATION", value: "5s" },
    ];
    const own = workload(short, {
      "proxy.istio.io/config": "terminationDrainDuration: 60s",
    });
    assert.deepEqual([...prechecked(own), ...validated(own)], []);
  });
});

describe("status, validate and precheck judge alike: an istiod outside of the cluster", () => {
  const NEW_REVISION = NEW;
  const named = (name: string) => ({ namespace: "istio-system", name });
  /** The new revision's webhooks, and the Service that they call, without its istiod. */
  const byAll = (called: JsonObject) => {
    const good = goodMesh();
    const workloads = good.workloads.filter(
      ({ object }) => (object.metadata as JsonObject).name !== `istiod-${NEW_REVISION}`,
    );
    const services = [
      ...good.services.filter(
        ({ metadata }) => (metadata as JsonObject).name !== `istiod-${NEW_REVISION}`,
      ),
      called,
    ];
    const { mutatingWebhooks } = good;
    const endpointSlices = good.endpointSlices.filter(
      ({ metadata }) => (metadata as JsonObject).name !== `istiod-${NEW_REVISION}-1`,
    );
    const found = validateMesh({ ...good, workloads, services, endpointSlices });
    const status = meshStatus(
      state({ mutatingWebhooks, services, deployments: workloads.map(({ object }) => object) }),
    );
    return {
      status: status.revisions.find(({ name }) => name === NEW_REVISION)?.kind,
      validate: found
        .filter(({ object }) => object.endsWith(NEW_REVISION))
        .map(({ check, severity }) => `${severity} ${check}`),
      precheck: goneRevisions(
        [...mutatingWebhooks, { ...called, kind: "Service" } as K8sObject] as K8sObject[],
        [OLD],
      ).map(({ revision }) => revision),
    };
  };
  const labels = { app: "istiod", "istio.io/rev": NEW_REVISION };
  const { name, namespace: place } = named(`istiod-${NEW_REVISION}`);

  it("a Service without a selector leads to it, and somebody else sees to its endpoints", () => {
    const { selector: _, ...spec } = service(name, place, {}).spec as JsonObject;
    assert.deepEqual(byAll({ ...service(name, place, {}, labels), spec }), {
      status: "remote",
      validate: ["info control-plane", "ok injection-webhook"],
      precheck: [],
    });
  });

  it("a Service with a selector and nothing behind it is what a removed one has left", () => {
    assert.deepEqual(byAll(service(name, place, labels, labels)), {
      status: "gone",
      validate: ["error injection-webhook"],
      precheck: [NEW_REVISION],
    });
  });

  it("while Services cannot be read, nobody calls it gone", () => {
    const unread = [{ list: "services", reason: "services is forbidden", fix: "grant it" }];
    const { mutatingWebhooks } = goodMesh();
    const kinds = meshStatus(state({ mutatingWebhooks }, { unread })).revisions;
    assert.deepEqual([...new Set(kinds.map(({ kind }) => kind))], ["unknown"]);
  });
});

describe("status and validate judge alike: a rollout that will not end", () => {
  it("an image that cannot be pulled, also where only the pods are known", () => {
    const good = goodMesh();
    const web = good.workloads.find(
      ({ object }) => (object.metadata as JsonObject).name === "web",
    )?.object;
    const stuck = {
      ...web,
      status: { ...(web?.status as JsonObject), replicas: 2, updatedReplicas: 1 },
    };
    const waiting = { reason: "ImagePullBackOff", message: "not found" };
    const broken = pod("web-1", "istio-gateways", { app: "web" });
    const pods = [
      {
        ...broken,
        status: {
          phase: "Pending",
          containerStatuses: [
            { name: "istio-proxy", image: "x:1", ready: false, state: { waiting } },
          ],
        },
      },
    ];
    const status = meshStatus(state({ deployments: [stuck], pods })).pending.find(
      ({ check }) => check === "gateway-rollout",
    );
    const validated = validateMesh({
      ...good,
      workloads: [{ kind: "Deployment", object: stuck }],
      pods,
    }).find(({ check }) => check === "gateway");
    assert.deepEqual([status?.severity, validated?.severity], ["warning", "warning"]);
    for (const found of [status, validated]) {
      assert.match(found?.reason ?? "", /the image x:1 cannot be pulled \(ImagePullBackOff\)/);
      assert.match(found?.fix ?? "", /^correct the image's hub and tag/);
    }
  });
});

describe("status, validate and precheck judge alike: versions of proxies", () => {
  const byAll = (version: string) => {
    const good = goodMesh();
    const proxy = { namespace: "shop", pod: "cart-0", version, stale: [] };
    const sync = [{ pod: "istio-system/istiod", revision: NEW, proxies: [proxy] }];
    const live = pod(
      "cart-0",
      "shop",
      {},
      {
        image: `docker.io/istio/proxyv2:${version}`,
        annotations: { "istio.io/rev": NEW },
      },
    );
    const proxies = [{ namespace: "shop", pod: "cart-0", revision: NEW, version }];
    return {
      status: meshStatus(state({ deployments: [istiod(NEW, NEWEST)], pods: [live] })).proxies[0]
        ?.outdated,
      validate: validateMesh({ ...good, sync }).find(({ check }) => check === "proxy-version")
        ?.severity,
      precheck: checkUpgrade(desiredMesh(), liveWith({ proxies })).map(
        ({ severity }) => severity,
      )[0],
    };
  };

  for (const [version, expected] of [
    [NEWEST, { status: false, validate: "ok", precheck: undefined }],
    [PREVIOUS, { status: true, validate: "info", precheck: undefined }],
    [minorsBefore(2), { status: true, validate: "error", precheck: "error" }],
    [minorAfter(), { status: false, validate: "error", precheck: "error" }],
  ] as const) {
    it(`a proxy of ${version} at a control plane of ${NEWEST}`, () => {
      assert.deepEqual(byAll(version), expected);
    });
  }
});

describe("status and precheck judge alike: whether a namespace asks for proxies", () => {
  for (const [labels, asks] of [
    [{ "istio.io/rev": "gone" }, true],
    [{ "istio-injection": "enabled" }, true],
    [{ "istio-injection": "disabled", "istio.io/rev": "gone" }, false],
    [{ "istio-injection": "off", "istio.io/rev": "gone" }, false],
  ] as const) {
    it(JSON.stringify(labels), () => {
      const strict = { ...labels, "pod-security.kubernetes.io/enforce": "baseline" };
      const namespaces = [namespace("shop", strict)];
      const prechecked = checkPodSecurity(desiredMesh(), liveWith({ namespaces }));
      const { pending } = meshStatus(state({ namespaces }));
      assert.equal(prechecked.length > 0, asks);
      assert.equal(
        pending.some(({ check }) => check === "injection"),
        asks,
      );
    });
  }
});
