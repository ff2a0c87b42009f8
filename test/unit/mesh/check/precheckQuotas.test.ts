import assert from "node:assert/strict";
import { checkQuotas } from "../../../../mesh/checks/precheck/quotas";
import type { JsonObject } from "../../../../mesh/common/json";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { NEW } from "../../../../toolchain/versions";
import {
  deployment,
  desiredMesh,
  injector,
  liveWith,
  namespace,
  object,
  texts,
} from "./precheckSupport";

describe("precheck: quotas and LimitRanges", () => {
  const istiod = deployment("istio-system/istiod", {
    containers: [
      {
        name: "discovery",
        image: "pilot:1",
        resources: { requests: { cpu: "500m", memory: "2Gi" } },
      },
    ],
  });
  const quota = (hard: JsonObject, used: JsonObject = {}, spec: JsonObject = {}) =>
    object("v1", "ResourceQuota", "istio-system/all", {
      spec: { hard, ...spec },
      status: { used },
    });
  const range = (limit: JsonObject) =>
    object("v1", "LimitRange", "istio-system/range", {
      spec: { limits: [{ type: "Container", ...limit }] },
    });
  const check = (live: Parameters<typeof liveWith>[0]) =>
    texts(checkQuotas(desiredMesh({}, [istiod]), liveWith(live)));

  it("room enough, and quotas for other things or some priority classes, are fine", () => {
    for (const own of [
      quota({ "requests.cpu": "1", pods: "10" }, { "requests.cpu": "500m", pods: "9" }),
      quota({ services: "0", "count/secrets": "0" }),
      quota({ pods: "0" }, {}, { scopeSelector: { matchExpressions: [] } }),
      quota({ "requests.memory": "2Gi" }),
    ]) {
      assert.deepEqual(check({ quotas: [own] }), []);
    }
  });

  it("too little of something is an error that says how much is missing", () => {
    assert.deepEqual(
      check({ quotas: [quota({ "requests.cpu": "1" }, { "requests.cpu": "800m" })] }).length,
      1,
    );
    assert.match(
      check({ quotas: [quota({ pods: "3" }, { pods: "3" })] }).join(),
      /^error ResourceQuota istio-system\/all: has 0 pods left, and the new pods need 1: Kubernetes refuses some of them; fix: raise pods by 1 at least: kubectl -n istio-system patch resourcequota all --type=merge -p '\{"spec":\{"hard":\{"pods":"4"\}\}\}'$/,
    );
  });

  it("a quota on limits refuses pods that have none, unless a LimitRange gives them one", () => {
    const quotas = [quota({ "limits.cpu": "10" })];
    assert.match(
      check({ quotas }).join(),
      /counts limits\.cpu, and Deployment istio-system\/istiod does not say how much \(container discovery\): Kubernetes refuses its pods; fix: set its resources\.limits\.cpu/,
    );
    assert.deepEqual(check({ quotas, limitRanges: [range({ default: { cpu: "1" } })] }), []);
    assert.match(
      check({ quotas, limitRanges: [range({ default: { cpu: "20" } })] }).join(),
      /has 10 limits\.cpu left, and the new pods need 20/,
    );
  });

  it("an old workload needs room for one more pod only; a new one for all", () => {
    const scaled = { ...istiod, spec: { ...(istiod.spec as JsonObject), replicas: 4 } };
    const quotas = [quota({ pods: "8" }, { pods: "6" })];
    const desired = desiredMesh({}, [scaled]);
    assert.match(texts(checkQuotas(desired, liveWith({ quotas }))).join(), /need 4/);
    assert.deepEqual(
      checkQuotas(desired, liveWith({ quotas, existing: [{ planned: scaled, live: scaled }] })),
      [],
    );
  });

  it("a LimitRange that is too small or too large for a container is an error", () => {
    assert.deepEqual(
      check({ limitRanges: [range({ max: { memory: "2Gi" }, min: { cpu: "500m" } })] }),
      [],
    );
    assert.match(
      check({ limitRanges: [range({ max: { memory: "1Gi" } })] }).join(),
      /^error LimitRange istio-system\/range: the container discovery of Deployment istio-system\/istiod asks for 2Gi memory, above the most that is allowed \(1Gi\)/,
    );
    assert.match(
      check({ limitRanges: [range({ min: { cpu: "1" } })] }).join(),
      /asks for 500m cpu, below the least that is allowed \(1\)/,
    );
  });

  it("quotas of other namespaces do not count", () => {
    const elsewhere = object("v1", "ResourceQuota", "shop/all", { spec: { hard: { pods: "0" } } });
    assert.deepEqual(check({ quotas: [elsewhere] }), []);
  });

  it("sums are exact, and said as people write them", () => {
    const left = { "requests.cpu": "500m", "requests.memory": "1536Mi" };
    const quotas = [quota({ "requests.cpu": "1.3", "requests.memory": "3Gi" }, left)];
    assert.match(
      check({ quotas: [quota({ "requests.cpu": "1.2" }, { "requests.cpu": "0.7" })] }).join(),
      /^$/,
    );
    assert.match(
      check({ quotas }).join(),
      /has 1536Mi requests\.memory left, and the new pods need 2Gi.*raise requests\.memory by 512Mi/,
    );
  });

  it("a workload that stays as it is makes no pods, whatever the API server has filled in", () => {
    const filled = deployment(
      "istio-system/istiod",
      {
        restartPolicy: "Always",
        containers: [
          {
            name: "discovery",
            image: "pilot:1",
            imagePullPolicy: "IfNotPresent",
            resources: { requests: { cpu: "0.5", memory: "2Gi" } },
          },
        ],
      },
      { replicas: 1 },
    );
    const quotas = [quota({ pods: "1" }, { pods: "1" })];
    const found = (planned: K8sObject) =>
      texts(
        checkQuotas(
          desiredMesh({}, [planned]),
          liveWith({ quotas, existing: [{ planned, live: filled }] }),
        ),
      );
    assert.deepEqual(found(istiod), []);
    const moved = deployment("istio-system/istiod", {
      containers: [{ name: "discovery", image: "pilot:2" }],
    });
    assert.match(found(moved).join(), /has 0 pods left, and the new pods need 1/);
    const more = { ...istiod, spec: { ...(istiod.spec as JsonObject), replicas: 3 } };
    assert.match(found(more).join(), /the new pods need 2/);
  });

  it("a container that runs before the others counts where it needs more than all of them", () => {
    const cpu = (name: string, amount: string, more: JsonObject = {}) => ({
      name,
      resources: { requests: { cpu: amount } },
      ...more,
    });
    const own = deployment("istio-system/istiod", {
      initContainers: [cpu("helper", "200m", { restartPolicy: "Always" }), cpu("setup", "900m")],
      containers: [cpu("discovery", "500m")],
    });
    const quotas = [quota({ "requests.cpu": "1" })];
    assert.match(
      texts(checkQuotas(desiredMesh({}, [own]), liveWith({ quotas }))).join(),
      /need 1100m/,
    );
  });

  it("a default limit below a request, and a pod that is too large as a whole, are errors", () => {
    assert.match(
      check({ limitRanges: [range({ default: { memory: "1Gi" } })] }).join(),
      /asks for 2Gi memory, above the limit that it gets by default \(1Gi\): Kubernetes refuses its pods; fix: raise default\.memory to 2Gi: kubectl -n istio-system patch limitrange range --type=json -p '\[\{"op":"replace","path":"\/spec\/limits\/0\/default\/memory","value":"2Gi"\}\]'/,
    );
    assert.match(
      check({ limitRanges: [range({ type: "Pod", max: { memory: "1Gi" } })] }).join(),
      /a pod of Deployment istio-system\/istiod has no limit of memory, which must be 1Gi at most/,
    );
    const limits = { default: { cpu: "4" }, maxLimitRequestRatio: { cpu: "4" } };
    assert.match(
      check({ limitRanges: [range(limits)] }).join(),
      /may use more than 4 times the cpu that it asks for \(limit 4, request 500m\)/,
    );
    assert.deepEqual(check({ limitRanges: [range({ ...limits, default: { cpu: "2" } })] }), []);
  });
});

const SIDECAR = `{{- define "resources" }}
  {{ toYaml (omitNil .Values.global.proxy.resources) | indent 6 }}
{{- end }}
spec:
  initContainers:
  - name: istio-init
    resources:
  {{ template "resources" . }}
  containers:
  - name: istio-proxy
    resources:
  {{ template "resources" . }}
`;
const GATEWAY = "spec:\n  containers:\n  - name: istio-proxy\n";

describe("precheck: quotas count proxies that are injected", () => {
  const PROXY = {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "2000m", memory: "1024Mi" },
  };

  /** What istiod injects from, as the charts render it. */
  const configuration = (resources: JsonObject = PROXY) =>
    object("v1", "ConfigMap", `istio-system/istio-sidecar-injector-${NEW}`, {
      metadata: { labels: { "istio.io/rev": NEW } },
      data: {
        values: JSON.stringify({ global: { proxy: { resources } } }),
        config: JSON.stringify({
          defaultTemplates: ["sidecar"],
          templates: {
            sidecar: SIDECAR,
            gateway: GATEWAY,
            mine: "spec:\n  containers:\n  - name: istio-proxy\n    resources: {}\n",
          },
        }),
      },
    });

  function gateway(resources: JsonObject | undefined, annotations: JsonObject = {}) {
    const container = { name: "istio-proxy", image: "auto", ...(resources && { resources }) };
    return object("apps/v1", "Deployment", "edge/web", {
      spec: {
        replicas: 2,
        template: { metadata: { labels: {}, annotations }, spec: { containers: [container] } },
      },
    });
  }

  const quota = (hard: JsonObject) => object("v1", "ResourceQuota", "edge/all", { spec: { hard } });
  const range = (limit: JsonObject) =>
    object("v1", "LimitRange", "edge/range", {
      spec: { limits: [{ type: "Container", ...limit }] },
    });

  function check(
    workload: K8sObject,
    live: Parameters<typeof liveWith>[0],
    resources?: JsonObject,
    revision = NEW,
  ) {
    const namespaces = [namespace("edge", { "istio.io/rev": revision })];
    const objects = [injector(NEW), configuration(resources), workload];
    return texts(checkQuotas(desiredMesh({}, objects), liveWith({ namespaces, ...live })));
  }

  const NO_CPU = { quotas: [quota({ "limits.cpu": "0", "requests.cpu": "0" })] };
  const needs = (found: readonly string[]) =>
    found.map((text) => /the new pods need (\S+):/.exec(text)?.[1]);

  it("the proxy of the mesh, once for each pod", () => {
    assert.deepEqual(needs(check(gateway(undefined), NO_CPU)), ["4", "200m"]);
  });

  it("what the gateway declares itself wins, and a limit stands for its request", () => {
    const own = { limits: { cpu: "300m" } };
    const alone = { "sidecar.istio.io/interceptionMode": "NONE" };
    assert.deepEqual(needs(check(gateway(own, alone), NO_CPU)), ["600m", "600m"]);
    // istio-init comes before, with the mesh's limit of 2.
    assert.deepEqual(needs(check(gateway(own), NO_CPU)), ["4", "600m"]);
  });

  it("a single annotation takes the place of all that the mesh says", () => {
    const annotations = { "sidecar.istio.io/proxyCPU": "250m" };
    const found = check(gateway(undefined, annotations), NO_CPU);
    assert.match(
      found[0] ?? "",
      /counts limits\.cpu, and Deployment edge\/web does not say how much/,
    );
    assert.deepEqual(needs(found.slice(-1)), ["500m"]);
  });

  it("the namespace's defaults win over the mesh's: the API server fills them in first", () => {
    const limitRanges = [range({ default: { cpu: "1" }, defaultRequest: { cpu: "50m" } })];
    const alone = gateway(undefined, { "sidecar.istio.io/interceptionMode": "NONE" });
    assert.deepEqual(needs(check(alone, { ...NO_CPU, limitRanges })), ["2", "100m"]);
  });

  it("a mesh without resources for its proxies leaves the container before them silent too", () => {
    const found = check(gateway(PROXY), { quotas: [quota({ "limits.cpu": "9" })] }, {});
    assert.equal(found.length, 1);
    assert.match(
      found[0] ?? "",
      /\(container istio-init\).*fix: set values\.global\.proxy\.resources\.limits\.cpu in an overlay/,
    );
  });

  it("the gateway template adds nothing: what is not declared is refused", () => {
    const annotations = { "inject.istio.io/templates": "gateway" };
    assert.deepEqual(needs(check(gateway(PROXY, annotations), NO_CPU)), ["4", "200m"]);
    assert.match(
      check(gateway(undefined, annotations), { quotas: [quota({ "limits.cpu": "9" })] }).join(),
      /does not say how much \(container istio-proxy\).*fix: set resources\.limits\.cpu of the gateway, in mesh:gateways or/,
    );
  });

  it("a template of one's own, or a control plane elsewhere, is said to be unknown", () => {
    const quotas = [quota({ "limits.cpu": "9" })];
    const mine = { "inject.istio.io/templates": "mine" };
    for (const found of [
      check(gateway(undefined, mine), { quotas }),
      check(gateway(undefined), { quotas }, PROXY, "asm-managed"),
    ]) {
      assert.equal(found.length, 1);
      assert.match(
        found[0] ?? "",
        /^info Deployment edge\/web: .*resources are not known; ResourceQuota edge\/all counts what it declares itself only; fix: set the gateway's resources/,
      );
    }
    assert.deepEqual(check(gateway(PROXY, mine), { quotas }), []);
    const google = { "inject.istio.io/templates": "gateway" };
    assert.deepEqual(check(gateway(PROXY, google), { quotas }, PROXY, "asm-managed"), []);
  });

  it("a LimitRange that is too small for the injected proxy is an error", () => {
    assert.match(
      check(gateway(undefined), {
        limitRanges: [range({ type: "Pod", max: { cpu: "1" } })],
      }).join(),
      /^error LimitRange edge\/range: a pod of Deployment edge\/web asks for 2 cpu, above the most that is allowed \(1\)/,
    );
  });
});
