import assert from "node:assert/strict";
import { stringify } from "yaml";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { effectMessages, type LiveEffects } from "../../../mesh/effects/effectMessages";
import { effectsOf } from "../../../mesh/effects/effectsOf";
import type { K8sObject } from "../../../mesh/k8s/objects";

const object = (apiVersion: string, kind: string, name: string, more: JsonObject): K8sObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "istio-system" },
  ...more,
});

interface Pods {
  readonly image?: string;
  readonly labels?: JsonObject;
  readonly env?: readonly JsonObject[];
  readonly resources?: JsonObject;
  readonly replicas?: number;
}

const APP = { app: "x" };

function workload(
  kind: string,
  name: string,
  { image = "hub/p:1.28.2", labels = {}, env, resources, replicas }: Pods = {},
) {
  const container: JsonObject = {
    name: "proxy",
    image,
    ...(env !== undefined && { env: [...env] }),
    ...(resources !== undefined && { resources }),
  };
  const template = {
    metadata: { labels: { ...APP, ...labels } },
    spec: { containers: [container] },
  };
  const count: JsonObject = replicas === undefined ? {} : { replicas };
  return object("apps/v1", kind, name, { spec: { ...count, template } });
}

const deployment = (name: string, pods?: Pods) => workload("Deployment", name, pods);

function scaler(name: string, minReplicas: number, maxReplicas: number) {
  const scaleTargetRef = { kind: "Deployment", name };
  return object("autoscaling/v2", "HorizontalPodAutoscaler", name, {
    spec: { minReplicas, maxReplicas, scaleTargetRef },
  });
}

const budget = (minAvailable: number) =>
  object("policy/v1", "PodDisruptionBudget", "x", {
    spec: { minAvailable, selector: { matchLabels: APP } },
  });

const service = (name: string, type: string, ports: readonly number[] = [443]) =>
  object("v1", "Service", name, {
    spec: { type, ports: ports.map((port) => ({ name: `p${port}`, port })) },
  });

const meshConfig = (mesh: Json, name = "istio") =>
  object("v1", "ConfigMap", name, { data: { mesh: stringify(mesh) } });

function said(before: readonly K8sObject[], after: readonly K8sObject[], live: LiveEffects = {}) {
  // Pulumi's state sorts keys and knows nothing but JSON.
  const old = JSON.parse(JSON.stringify(effectsOf(before)));
  return effectMessages(old, effectsOf(after), { live }).map(({ text }) => text);
}

describe("what a step does, by the objects before and after", () => {
  it("of values that may be secrets, only that they change: names and words stay", () => {
    const istiod = (image: string) =>
      object("apps/v1", "Deployment", "istiod", {
        spec: { template: { spec: { containers: [{ name: "discovery", image }] } } },
      });
    const config = (trustDomain: string, mode: string, format: string) =>
      meshConfig({ trustDomain, outboundTrafficPolicy: { mode }, accessLogFormat: format });
    const balancer = (loadBalancerIP: string, app: string) =>
      object("v1", "Service", "web", {
        spec: { type: "LoadBalancer", loadBalancerIP, selector: { app }, ports: [{ port: 80 }] },
      });
    const before = [
      istiod("old.io/a:1"),
      config("old.org", "ALLOW_ANY", "old-x"),
      balancer("192.0.2.1", "old-a"),
    ];
    const after = [
      istiod("new.io/b:2"),
      config("new.org", "REGISTRY_ONLY", "new-x"),
      balancer("192.0.2.2", "new-a"),
    ];
    const [plain, secret] = [false, true].map((isSecret) =>
      effectMessages(effectsOf(before), effectsOf(after), { isSecret }).map(({ text }) => text),
    );
    assert.match(plain?.join("\n") ?? "", /image old\.io\/a:1 becomes new\.io\/b:2/);
    assert.deepEqual(secret, [
      "the pods of Deployment istio-system/istiod (1 pod) restart: image [secret] becomes [secret].",
      "Service istio-system/web: the requested address changes from [secret] to [secret].",
      "Service istio-system/web sends to pods with [secret] from now on (before: [secret]).",
      "mesh config: outboundTrafficPolicy.mode becomes REGISTRY_ONLY (before: ALLOW_ANY): requests to hosts that the mesh does not know are refused from now on.",
      "mesh config: trustDomain becomes [secret] (before: [secret]): policies that name the old identities no longer match, unless trustDomainAliases has the old domain.",
      "mesh config: accessLogFormat becomes [secret], for all proxies at once.",
    ]);
  });

  it("nothing is said of objects that stay, whatever the order of their keys", () => {
    const one = [
      deployment("a"),
      meshConfig({ a: 1, b: { c: 1, d: 2 } }),
      service("a", "LoadBalancer"),
    ];
    const other = [meshConfig({ b: { d: 2, c: 1 }, a: 1 }), ...one.slice(2), deployment("a")];
    assert.deepEqual(said(one, other), []);
  });

  it("nothing is said of what an older version of the package did not keep", () => {
    const [before, after] = [1, 2].map((count) =>
      effectsOf([service("x", "LoadBalancer", [count])]),
    );
    const { selectors, caBundles, services, ...kept } = before ?? effectsOf([]);
    assert.deepEqual(effectMessages(kept, after ?? effectsOf([])), []);
    assert.notDeepEqual(effectMessages({ ...kept, services }, after ?? effectsOf([])), []);
  });

  it("pods restart by image, label or field, with their number, autoscaler and budget", () => {
    const newer = { image: "hub/p:1.29.1" };
    assert.deepEqual(
      said(
        [deployment("a", { replicas: 2 }), budget(1)],
        [deployment("a", { ...newer, replicas: 2 }), budget(1)],
      ),
      [
        "the pods of Deployment istio-system/a (2 pods, disruption budget minAvailable: 1) restart: image hub/p:1.28.2 becomes 1.29.1.",
      ],
    );
    assert.deepEqual(
      said(
        [deployment("a"), scaler("a", 1, 5)],
        [deployment("a", { labels: { v: "2" } }), scaler("a", 1, 5)],
      ),
      [
        "the pods of Deployment istio-system/a (1 to 5 pods by its autoscaler) restart: label v changes.",
      ],
    );
    assert.deepEqual(
      said(
        [deployment("a")],
        [deployment("a", { env: [{ name: "X", value: "1" }], image: "other/p:1" })],
      ),
      [
        "the pods of Deployment istio-system/a (1 pod) restart: image hub/p:1.28.2 becomes other/p:1, variable X of container proxy changes.",
      ],
    );
  });

  it("workloads that restart for the same reason share a sentence, and the cluster's numbers win", () => {
    const names = ["a", "b", "c", "d", "e", "f", "g"];
    const pods = { "Deployment istio-system/a": 6 };
    const [text, ...more] = said(
      names.map((name) => deployment(name)),
      names.map((name) => deployment(name, { image: "hub/p:1.29.1" })),
      { pods },
    );
    assert.match(
      text ?? "",
      /^the pods of Deployment istio-system\/a \(6 pods now\), .* and 2 more restart: image/,
    );
    assert.deepEqual(more, []);
  });

  it("a node agent interrupts its nodes, not so many pods", () => {
    const agent = (name: string, image: string) => workload("DaemonSet", name, { image });
    assert.deepEqual(
      said([agent("istio-cni-node", "hub/c:1")], [agent("istio-cni-node", "hub/c:2")]),
      [
        "DaemonSet istio-system/istio-cni-node restarts on every node, 1 at a time (image hub/c:1 becomes 2); new pods on a node wait until its agent is back.",
      ],
    );
    const [known] = said(
      [agent("istio-cni-node", "hub/c:1")],
      [agent("istio-cni-node", "hub/c:2")],
      {
        pods: { "DaemonSet istio-system/istio-cni-node": 3 },
      },
    );
    assert.match(known ?? "", /restarts on 3 nodes, 1 at a time \(image/);
    const [ztunnel] = said([agent("ztunnel", "hub/z:1")], [agent("ztunnel", "hub/z:2")]);
    assert.match(ztunnel ?? "", /connections of ambient pods on a node end/);
  });

  it("a Service that goes takes its address along, and is said with its pods", () => {
    assert.deepEqual(said([deployment("gw"), service("gw", "LoadBalancer")], []), [
      "Deployment istio-system/gw is deleted with its pods and its LoadBalancer Service: its address is lost.",
    ]);
    assert.deepEqual(said([service("alone", "LoadBalancer"), service("inside", "ClusterIP")], []), [
      "Service istio-system/alone (LoadBalancer) is deleted, and its address is lost.",
    ]);
    assert.deepEqual(
      said([service("gw", "LoadBalancer", [80, 443])], [service("gw", "LoadBalancer", [80])]),
      [
        "Service istio-system/gw: port 443 (p443) is closed, and so is its node port; the address stays.",
      ],
    );
  });

  it("other numbers of pods and another budget need no restart", () => {
    assert.deepEqual(
      said([deployment("a", { replicas: 1 })], [deployment("a", { replicas: 3 }), budget(2)]),
      [
        "Deployment istio-system/a: 1 pod before, 3 pods from now on.",
        "Deployment istio-system/a gets a disruption budget (minAvailable: 2).",
      ],
    );
    assert.deepEqual(said([deployment("a"), budget(2)], [deployment("a"), budget(1)]), [
      "Deployment istio-system/a: its disruption budget changes from minAvailable: 2 to minAvailable: 1.",
    ]);
    assert.deepEqual(said([deployment("a"), budget(2)], [deployment("a")]), [
      "Deployment istio-system/a loses its disruption budget (minAvailable: 2): draining nodes may evict all of its pods at once.",
    ]);
  });

  it("mesh config: what traffic may do is a warning, the rest is named", () => {
    const texts = said(
      [meshConfig({ accessLogFile: "", defaultConfig: { concurrency: 2 } })],
      [
        meshConfig({
          accessLogFile: "/dev/stdout",
          outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
          discoverySelectors: [{ matchLabels: { mesh: "on" } }],
          defaultConfig: { concurrency: 4 },
        }),
      ],
    );
    assert.deepEqual(texts, [
      "mesh config: outboundTrafficPolicy.mode becomes REGISTRY_ONLY (before: ALLOW_ANY): requests to hosts that the mesh does not know are refused from now on.",
      "mesh config: discoverySelectors changes: proxies lose the Services and policies of namespaces that no selector matches.",
      "mesh config: accessLogFile becomes /dev/stdout, for all proxies at once.",
      "mesh config: proxies take the new defaultConfig (concurrency) when their pods restart.",
    ]);
    assert.deepEqual(
      said([meshConfig({})], [meshConfig({ enableAutoMtls: true })]),
      [],
      "a default that is written down",
    );
  });

  it("a provider that goes is named with who uses it, in the mesh's objects and in the cluster", () => {
    const zipkin = meshConfig({ extensionProviders: [{ name: "z", zipkin: { port: 1 } }] });
    const telemetry = object("telemetry.istio.io/v1", "Telemetry", "tracing", {
      spec: { tracing: [{ providers: [{ name: "z" }] }] },
    });
    assert.deepEqual(said([zipkin, telemetry], [meshConfig({}), telemetry]), [
      "mesh config: extension provider z is removed, but Telemetry istio-system/tracing names it.",
    ]);
    const [live] = said([zipkin], [meshConfig({})], {
      providerUsers: { z: ["AuthorizationPolicy shop/a", "Telemetry shop/b"] },
    });
    assert.match(
      live ?? "",
      /removed, but AuthorizationPolicy shop\/a, Telemetry shop\/b name it: requests that the AuthorizationPolicy covers are refused from now on\./,
    );
  });

  it("what is the same for several control planes is one sentence, and names them if there are others", () => {
    const configs = (mesh: Json, ...names: string[]) => names.map((name) => meshConfig(mesh, name));
    const [text, ...more] = said(
      [...configs({}, "istio", "istio-b"), meshConfig({}, "istio-c")],
      [...configs({ enableAutoMtls: false }, "istio", "istio-b"), meshConfig({}, "istio-c")],
    );
    assert.equal(
      text,
      "mesh config of control planes default, b: enableAutoMtls becomes false (before: true): proxies send plain text unless a DestinationRule says otherwise.",
    );
    assert.deepEqual(more, []);
    const all = said(
      configs({}, "istio", "istio-b"),
      configs({ rootNamespace: "r" }, "istio", "istio-b"),
    );
    assert.equal(all.length, 1);
    assert.match(all[0] ?? "", /^mesh config: rootNamespace becomes r/);
  });

  it("namespaces that istiod no longer watches are named, by their labels in the cluster", () => {
    const selector = (value: string) =>
      meshConfig({ discoverySelectors: [{ matchLabels: { mesh: value } }] });
    const namespaces = { shop: { mesh: "on" }, cart: {}, edge: { mesh: "new" } };
    assert.deepEqual(said([meshConfig({})], [selector("new")], { namespaces }), [
      "mesh config: discoverySelectors changes: istiod no longer watches shop, cart, so proxies lose the Services and policies there.",
    ]);
    assert.deepEqual(said([selector("new")], [selector("on")], { namespaces: { cart: {} } }), [
      "mesh config: discoverySelectors changes: istiod still watches every namespace that it watches now.",
    ]);
    const broken = { discoverySelectors: [{ matchExpressions: [{ key: "a", operator: "Is" }] }] };
    assert.deepEqual(
      said([meshConfig({})], [meshConfig(broken)], { namespaces }),
      [
        "mesh config: discoverySelectors changes: istiod still watches every namespace that it watches now.",
      ],
      "istiod ignores the list",
    );
  });

  it("a Service that sends to other pods, and a workload that is made again", () => {
    const to = (selector: JsonObject) =>
      object("v1", "Service", "gw", { spec: { type: "ClusterIP", ports: [], selector } });
    assert.deepEqual(said([to({ app: "a" })], [to({ app: "b" })]), [
      "Service istio-system/gw sends to pods with app=b from now on (before: app=a).",
    ]);
    const ofTag = (revision: string): K8sObject => ({
      ...to({ "istio.io/rev": revision }),
      metadata: { name: "istiod-revision-tag-t", labels: { "istio.io/tag": "t" } },
    });
    assert.deepEqual(said([ofTag("a")], [ofTag("b")]), [], "the sentence about the tag says it");
    const own = (selector: JsonObject) => {
      const { spec, ...rest } = deployment("gw");
      return { ...rest, spec: { ...(spec as JsonObject), selector } } as K8sObject;
    };
    assert.deepEqual(
      said([own({ matchLabels: { app: "x" } })], [own({ matchLabels: { app: "x", v: "2" } })]),
      [
        "Deployment istio-system/gw is deleted and made again, because the selector of its pods changes from app=x to app=x and v=2.",
      ],
    );
  });

  it("webhooks: configurations that come and go, and what becomes of a CA bundle", () => {
    const webhook = (caBundle?: string) =>
      object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validator", {
        webhooks: [
          {
            name: "rev",
            objectSelector: { matchLabels: { "istio.io/rev": "a" } },
            clientConfig: caBundle === undefined ? {} : { caBundle },
          },
        ],
      });
    const title = "ValidatingWebhookConfiguration istio-system/validator";
    const whom = "namespaces with any labels, objects with istio.io/rev=a";
    assert.deepEqual(said([webhook()], []), [
      `${title} is deleted: istiod no longer checks Istio configuration when somebody applies it.`,
    ]);
    assert.deepEqual(said([], [webhook()]), [`${title} is new, for ${whom}.`]);
    assert.deepEqual(said([webhook()], [webhook("one")]), [
      `${title}: its CA bundle comes from the inputs from now on, and istiod no longer writes it.`,
    ]);
    assert.deepEqual(said([webhook("one")], [webhook("two")]), [
      `${title}: the inputs set another CA bundle: the API server no longer trusts certificates of the one before.`,
    ]);
    assert.deepEqual(said([webhook("one")], [webhook()]), [
      `${title}: the inputs no longer set its CA bundle: the one in the cluster stays until istiod writes its own.`,
    ]);
  });

  it("an object with a selector that nobody can read stops no preview", () => {
    const selector = { matchExpressions: [{ key: "a", operator: "Is" }] };
    const budgetOf = object("policy/v1", "PodDisruptionBudget", "x", { spec: { selector } });
    const hook = object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "i", {
      webhooks: [{ name: "rev", namespaceSelector: selector }],
    });
    assert.match(
      said([], [deployment("a"), budgetOf, hook]).join(),
      /namespaces with a selector that is not valid, objects with any labels/,
    );
  });

  it("webhooks: another selector, with both", () => {
    const webhook = (label: string) =>
      object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "injector", {
        webhooks: [{ name: "rev", namespaceSelector: { matchLabels: { "istio.io/rev": label } } }],
      });
    assert.deepEqual(said([webhook("a")], [webhook("b")]), [
      "MutatingWebhookConfiguration istio-system/injector: webhook rev is for namespaces with istio.io/rev=b, objects with any labels from now on (before: namespaces with istio.io/rev=a, objects with any labels).",
    ]);
  });

  it("mutual TLS of a namespace, and what is injected into new pods", () => {
    const policy = (mode: string) =>
      object("security.istio.io/v1", "PeerAuthentication", "default", { spec: { mtls: { mode } } });
    assert.deepEqual(said([policy("PERMISSIVE")], [policy("STRICT")]), [
      "PeerAuthentication istio-system/default becomes STRICT: workloads refuse plain text from now on.",
    ]);
    const injector = (name: string, level: string) =>
      object("v1", "ConfigMap", name, {
        data: {
          config:
            "{{ .Values.global.proxy.logLevel }} {{ (.Values.pilot.env).A }} {{ .Values.global.waypoint.resources }}",
          values: JSON.stringify({
            global: {
              proxy: { logLevel: level },
              configValidation: level,
              waypoint: { resources: { limits: { cpu: level } } },
            },
            pilot: { env: { A: 1, B: level } },
          }),
        },
      });
    const names = ["istio-sidecar-injector", "istio-sidecar-injector-blue"];
    assert.deepEqual(
      said(
        names.map((name) => injector(name, "a")),
        names.map((name) => injector(name, "b")),
      ),
      [
        "control planes default, blue inject changed proxies into new pods (values.global.proxy.logLevel). Running pods keep theirs until they restart.",
        "control planes default, blue restart the pods of waypoints with other settings (values.global.waypoint.resources.limits.cpu).",
      ],
    );
  });
});
