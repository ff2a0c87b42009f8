import assert from "node:assert/strict";
import { SKIP_AWAIT, withoutServiceAwait } from "../../../components/objects/serviceAwait";
import type { K8sObject } from "../../../mesh/k8s/objects";

function object(kind: string, spec: K8sObject["spec"] = {}): K8sObject {
  const metadata = { name: "istiod", annotations: { team: "mesh" } };
  return { apiVersion: "v1", kind, metadata, spec };
}

describe("waiting for Services", () => {
  it("does without for one inside the cluster, and keeps its annotations", () => {
    const { metadata } = withoutServiceAwait(object("Service"));
    assert.deepEqual(metadata.annotations, { team: "mesh", ...SKIP_AWAIT });
  });

  it("still waits for the address of a load balancer", () => {
    const service = object("Service", { type: "LoadBalancer" });
    assert.equal(withoutServiceAwait(service), service);
  });

  it("leaves other objects alone", () => {
    const config = object("ConfigMap");
    assert.equal(withoutServiceAwait(config), config);
  });
});
