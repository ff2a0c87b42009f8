import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { NEW, OLD } from "../../../toolchain/versions";
import { deployment, gateway, messages, object, service, violations } from "./objects";

const ADDRESS = { loadBalancer: { ingress: [{ ip: "203.0.113.7" }] } };

describe("the policy gateway-service-protection", () => {
  const NAME = "gateway-service-protection";

  it("wants the Service of a gateway protected", () => {
    assert.deepEqual(messages(NAME, [gateway(), service()]), [
      "Service edge/web: options.protect: has the address of Deployment edge/web, and Pulumi would " +
        "delete or replace it without a question (got false); allowed: true; fix: add { protect: " +
        "true } to the options of the resource; see " +
        "https://www.pulumi.com/docs/iac/concepts/options/protect/",
    ]);
  });

  it("says so of a name that Pulumi has made, too", () => {
    const own = service();
    own.metadata.annotations = { "pulumi.com/autonamed": "true" };
    assert.match(
      messages(NAME, [gateway(), own])[0] ?? "",
      /another Service beside it, with another/,
    );
  });

  it("finds nothing in a protected one, one without a load balancer, and one of other pods", () => {
    assert.deepEqual(messages(NAME, [gateway(), { object: service(), isProtected: true }]), []);
    assert.deepEqual(messages(NAME, [gateway(), service({ type: "ClusterIP" })]), []);
    assert.deepEqual(messages(NAME, [deployment("edge/web"), service()]), []);
    assert.deepEqual(messages(NAME, [gateway("other/web"), service()]), []);
  });
});

describe("the policy gateway-service-address", () => {
  const NAME = "gateway-service-address";

  it("refuses another address", () => {
    const own = service({ loadBalancerIP: "203.0.113.8", status: ADDRESS });
    const [message = ""] = messages(NAME, [gateway(), own]);
    assert.match(message, /spec\.loadBalancerIP: .* from 203\.0\.113\.7 to 203\.0\.113\.8/);
    assert.match(message, /allowed: 203\.0\.113\.7;/);
  });

  it("finds nothing where the address stays, or is none yet", () => {
    const same = service({ loadBalancerIP: "203.0.113.7", status: ADDRESS });
    assert.deepEqual(messages(NAME, [gateway(), same]), []);
    assert.deepEqual(messages(NAME, [gateway(), service({ status: ADDRESS })]), []);
    assert.deepEqual(messages(NAME, [gateway(), service({ type: "ClusterIP" })]), []);
    const named = { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } };
    const byName = service({ loadBalancerIP: "203.0.113.7", status: named });
    assert.deepEqual(messages(NAME, [gateway(), byName]), []);
  });
});

describe("the policy gateway-service-endpoints", () => {
  const NAME = "gateway-service-endpoints";
  const at = (revision: string) => service({}, { app: "web", "istio.io/rev": revision });

  it("refuses a selector of a revision that the gateway has left", () => {
    const [message = ""] = messages(NAME, [gateway(), at(OLD)]);
    assert.match(message, new RegExp(`spec\\.selector: .* \\(got "istio\\.io/rev=${OLD}"\\)`));
    assert.match(
      message,
      new RegExp(`allowed: istio\\.io/rev=${NEW}; fix: take istio\\.io/rev out`),
    );
  });

  it("finds nothing in one that selects pods, or other pods than the gateway's", () => {
    assert.deepEqual(messages(NAME, [gateway(), at(NEW)]), []);
    assert.deepEqual(messages(NAME, [gateway(), service()]), []);
    assert.deepEqual(messages(NAME, [gateway(), service({}, { app: "cart" })]), []);
  });

  it("says nothing while the labels of pods are not known", () => {
    const open = { object: deployment("edge/other"), isOpen: true };
    assert.deepEqual(messages(NAME, [gateway(), at(OLD), open]), []);
  });
});

describe("the policy gateway-selector", () => {
  const resource = (istio: string) =>
    object("Gateway edge/web", { spec: { selector: { istio } } }, "networking.istio.io/v1");

  it("finds a Gateway that selects no gateway, if the stack has one", () => {
    assert.match(
      messages("gateway-selector", [gateway(), resource("ingresgateway")])[0] ?? "",
      /^Gateway edge\/web: spec\.selector\.istio: .* \(got "ingresgateway"\); allowed: ingressgateway; fix: write/,
    );
    assert.deepEqual(messages("gateway-selector", [gateway(), resource("ingressgateway")]), []);
    assert.deepEqual(messages("gateway-selector", [resource("elsewhere")]), []);
  });
});

describe("the policy gateway-disruption-budget", () => {
  const NAME = "gateway-disruption-budget";
  const budget = (spec: JsonObject, name = "web") =>
    object(
      `PodDisruptionBudget edge/${name}`,
      { spec: { selector: { matchLabels: { app: "web" } }, ...spec } },
      "policy/v1",
    );
  const autoscaler = (minReplicas: number) =>
    object("HorizontalPodAutoscaler edge/web", {
      spec: { scaleTargetRef: { kind: "Deployment", name: "web" }, minReplicas, maxReplicas: 9 },
    });

  it("finds one that lets no pod be evicted", () => {
    const [message = ""] = messages(NAME, [gateway(), budget({ minAvailable: 1 })]);
    assert.match(message, /spec\.minAvailable: .* its least number, 1, .* \(got 1\)/);
    assert.match(message, /fix: run 2 pods or more, or write maxUnavailable: 1/);
    for (const spec of <JsonObject[]>[
      { maxUnavailable: 0 },
      { minAvailable: "90%" },
      { minAvailable: 3 },
    ]) {
      const stack = [gateway("edge/web", { replicas: 3 }), budget(spec)];
      assert.equal(messages(NAME, stack).length, 1, JSON.stringify(spec));
    }
  });

  it("finds two budgets for the same pods", () => {
    const two = [budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1 }, "other")];
    assert.match(messages(NAME, [gateway(), ...two])[0] ?? "", /more than one PodDisruptionBudget/);
  });

  it("finds nothing in one that lets a pod go", () => {
    for (const spec of <JsonObject[]>[
      { maxUnavailable: 1 },
      { maxUnavailable: "10%" },
      { minAvailable: "50%" },
    ]) {
      const stack = [gateway("edge/web", { replicas: 3 }), budget(spec)];
      assert.deepEqual(messages(NAME, stack), [], JSON.stringify(spec));
    }
    assert.deepEqual(messages(NAME, [gateway(), autoscaler(2), budget({ minAvailable: 1 })]), []);
  });
});

describe("the policy gateway-targets", () => {
  const autoscaler = (name: string) =>
    object("HorizontalPodAutoscaler edge/web", {
      spec: { scaleTargetRef: { kind: "Deployment", name } },
    });

  it("finds an autoscaler of nothing beside a gateway", () => {
    const [found, ...others] = violations("gateway-targets", [gateway(), autoscaler("wbe")]);
    assert.deepEqual(others, []);
    assert.equal(found?.path, "spec.scaleTargetRef");
    assert.match(found?.reason ?? "", /is no workload that this stack makes/);
    assert.equal(found?.fix, "name one of Deployment web");
    assert.deepEqual(messages("gateway-targets", [gateway(), autoscaler("web")]), []);
  });

  it("leaves other namespaces alone", () => {
    assert.deepEqual(messages("gateway-targets", [gateway("other/web"), autoscaler("wbe")]), []);
  });
});

describe("the policy gateway-drain", () => {
  const draining = (seconds: number, grace: number) =>
    gateway("edge/web", {
      annotations: { "proxy.istio.io/config": `terminationDrainDuration: ${seconds}s` },
      spec: { terminationGracePeriodSeconds: grace },
    });

  it("finds a pod that is killed before its proxy has drained", () => {
    const [found] = violations("gateway-drain", [draining(60, 60)]);
    assert.equal(found?.path, "spec.template.spec.terminationGracePeriodSeconds");
    assert.deepEqual([found?.value, found?.allowed, found?.fix], [60, "more than 60", "write 75"]);
    assert.deepEqual(messages("gateway-drain", [draining(60, 75)]), []);
  });

  it("reads the mesh configuration of the pod's revision", () => {
    const mesh = "defaultConfig: { terminationDrainDuration: 40s }";
    const config = (name: string) => object(`ConfigMap istio-system/${name}`, { data: { mesh } });
    assert.equal(messages("gateway-drain", [gateway(), config(`istio-${NEW}`)]).length, 1);
    assert.deepEqual(messages("gateway-drain", [gateway(), config(`istio-${OLD}`)]), []);
  });
});
