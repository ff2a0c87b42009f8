import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { pathText } from "../../../mesh/common/propertyPath";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { objectFaults } from "../../../mesh/objectFaults/objectFaults";

const labels = { app: "istiod" };

function deployment(pod: JsonObject, metadata: JsonObject = {}): K8sObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "istiod", namespace: "istio-system" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...metadata },
        spec: { containers: [{ name: "discovery" }], ...pod },
      },
    },
  };
}

const service = (...ports: Json[]): K8sObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s" },
  spec: { ports },
});

const pathsOf = (object: K8sObject) =>
  objectFaults([object]).map(({ segments }) => pathText(segments));

describe("rendered objects that the API server would refuse", () => {
  it("a workload without containers", () => {
    const path = "spec.template.spec.containers";
    assert.deepEqual(pathsOf(deployment({ containers: null })), [path]);
    assert.deepEqual(pathsOf(deployment({ containers: [] })), [path]);
  });

  it("no template that is not one of pods", () => {
    const group = { apiVersion: "networking.istio.io/v1", kind: "WorkloadGroup" };
    const spec = { template: { serviceAccount: "shop" } };
    assert.deepEqual(pathsOf({ ...group, metadata: { name: "g" }, spec }), []);
  });

  it("a map in a map of texts, with the path that was meant", () => {
    const annotations = { prometheus: { "io/scrape": "true" } };
    const [fault] = objectFaults([deployment({}, { annotations })]);
    assert.match(fault?.fix ?? "", /annotations\.prometheus\\\.io\/scrape$/);
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: 1 } };
    assert.deepEqual(pathsOf(map), ["data.a"]);
  });

  it("what has to be unique and is not", () => {
    const mount = (name: string) => ({ name, mountPath: "/etc/x" });
    const container = { name: "discovery", volumeMounts: [mount("a"), mount("b")] };
    const volumes = [{ name: "a" }, { name: "b" }];
    assert.deepEqual(pathsOf(deployment({ containers: [container], volumes })), [
      "spec.template.spec.containers[0].volumeMounts[1]",
    ]);
    assert.deepEqual(pathsOf(deployment({ volumes: [{ name: "a" }, { name: "a" }] })), [
      "spec.template.spec.volumes[1]",
    ]);
    assert.deepEqual(pathsOf(service({ name: "a", port: 80 }, { name: "b", port: 80 })), [
      "spec.ports[1]",
    ]);
    assert.deepEqual(
      pathsOf(service({ name: "a", port: 53 }, { name: "b", port: 53, protocol: "UDP" })),
      [],
    );
  });

  it("a mount of a volume that is not there", () => {
    const container = { name: "discovery", volumeMounts: [{ name: "a", mountPath: "/a" }] };
    assert.deepEqual(pathsOf(deployment({ containers: [container] })), [
      "spec.template.spec.containers[0].volumeMounts[0].name",
    ]);
  });

  it("a selector that does not match the template", () => {
    assert.deepEqual(pathsOf(deployment({}, { labels: { app: "other" } })), [
      "spec.selector.matchLabels.app",
    ]);
    assert.deepEqual(pathsOf(deployment({})), []);
  });
});
