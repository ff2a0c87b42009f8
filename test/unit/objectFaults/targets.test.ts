import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { pathText } from "../../../mesh/common/propertyPath";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { missedTargets } from "../../../mesh/objectFaults/targets";

const labels = { app: "istiod" };

function object(kind: string, spec: JsonObject, namespace = "istio-system"): K8sObject {
  return { apiVersion: "v1", kind, metadata: { name: "istiod", namespace }, spec };
}

const workload = (container: JsonObject = {}) =>
  object("Deployment", {
    template: {
      metadata: { labels },
      spec: { containers: [{ ports: [{ name: "grpc", containerPort: 15010 }], ...container }] },
    },
  });

const faults = (...objects: readonly K8sObject[]) =>
  missedTargets(objects).map(({ segments }) => pathText(segments));

const service = (spec: JsonObject, namespace?: string) =>
  object("Service", { selector: labels, ...spec }, namespace);

const scaled = (name: string) =>
  object("HorizontalPodAutoscaler", { scaleTargetRef: { kind: "Deployment", name } });

const budget = (app: string) =>
  object("PodDisruptionBudget", { selector: { matchLabels: { app } } });

describe("objects of a component that point at nothing", () => {
  const right = [
    service({ ports: [{ targetPort: "grpc" }, { targetPort: 8080 }] }),
    scaled("istiod"),
  ];

  it("none of those that point at the component's own workload", () => {
    assert.deepEqual(faults(workload(), ...right, budget("istiod")), []);
  });

  it("a Service whose selector has no pods, also for those of another namespace", () => {
    assert.deepEqual(faults(workload(), service({ selector: { app: "other" } })), [
      "spec.selector",
    ]);
    assert.deepEqual(faults(workload(), service({}, "other")), ["spec.selector"]);
  });

  it("a Service without a selector, whose endpoints somebody else writes, is right", () => {
    assert.deepEqual(faults(workload(), service({ selector: {} })), []);
  });

  it("a port by a name that no container has", () => {
    const found = faults(workload(), service({ ports: [{ targetPort: "grcp" }] }));
    assert.deepEqual(found, ["spec.ports[0].targetPort"]);
  });

  it("a budget of other pods, and an autoscaler of another workload", () => {
    assert.deepEqual(faults(workload(), budget("other")), ["spec.selector"]);
    assert.deepEqual(faults(workload(), scaled("other")), ["spec.scaleTargetRef"]);
  });

  it("a probe of a port by a name that the pod does not have", () => {
    const probe = (port: string | number) => workload({ readinessProbe: { httpGet: { port } } });
    assert.deepEqual(faults(probe("http")), [
      "spec.template.spec.containers[0].readinessProbe.httpGet.port",
    ]);
    assert.deepEqual(
      ["grpc", "8080", 8080].flatMap((port) => faults(probe(port))),
      [],
    );
  });

  it("nothing is said where no workload is", () => {
    assert.deepEqual(faults(service({}), scaled("other")), []);
  });
});
