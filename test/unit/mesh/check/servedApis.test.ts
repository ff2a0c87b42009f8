import assert from "node:assert/strict";
import { checkServedApis, neededKinds } from "../../../../mesh/checks/precheck/servedApis";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import { NEWEST } from "../../../../toolchain/versions";
import { minorAfter } from "../../../support/minors";
import { object, texts } from "./precheckSupport";

function crd(version: string, served: boolean, istio = NEWEST): K8sObject {
  return object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gateways.example.com", {
    metadata: { labels: { "app.kubernetes.io/version": istio } },
    spec: {
      group: "example.com",
      names: { kind: "Gateway" },
      versions: [{ name: version, served }],
    },
  });
}

const autoscaler = (name: string) =>
  object("autoscaling/v2beta1", "HorizontalPodAutoscaler", `istio-system/${name}`);
const gateway = object("example.com/v1", "Gateway", "edge/web");
const CRD_KIND = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
const GATEWAY_KIND = { apiVersion: "example.com/v1", kind: "Gateway" };

describe("precheck: versions of APIs that the API server does not serve", () => {
  it("each kind is asked for once", () => {
    assert.deepEqual(neededKinds([autoscaler("a"), autoscaler("b")], []), [
      { apiVersion: "autoscaling/v2beta1", kind: "HorizontalPodAutoscaler" },
    ]);
  });

  it("what CRDs of the same update bring counts as served", () => {
    assert.deepEqual(neededKinds([crd("v1", true), gateway], []), [CRD_KIND]);
    assert.deepEqual(neededKinds([crd("v1", false), gateway], []), [CRD_KIND, GATEWAY_KIND]);
    assert.deepEqual(neededKinds([crd("v2", true), gateway], []), [CRD_KIND, GATEWAY_KIND]);
  });

  it("a CRD that stays newer in the cluster brings nothing: what is there decides", () => {
    const newer = crd("v1", true, minorAfter());
    assert.deepEqual(neededKinds([crd("v1", true), gateway], [newer]), [CRD_KIND, GATEWAY_KIND]);
  });

  it("names the objects, the versions that are served and the fix", () => {
    const unserved = {
      apiVersion: "autoscaling/v2beta1",
      kind: "HorizontalPodAutoscaler",
      served: ["autoscaling/v2", "autoscaling/v1"],
    };
    assert.deepEqual(texts(checkServedApis([autoscaler("istiod"), gateway], [unserved])), [
      "error autoscaling/v2beta1 HorizontalPodAutoscaler: the API server does not serve it, but autoscaling/v2, autoscaling/v1: " +
        "it would refuse HorizontalPodAutoscaler istio-system/istiod; fix: take autoscaling/v2: an overlay that sets the " +
        "apiVersion of a HorizontalPodAutoscaler (k8s.overlays) names autoscaling/v2, or goes",
    ]);
    const [text] = texts(checkServedApis([gateway], [{ ...GATEWAY_KIND, served: [] }]));
    assert.match(text ?? "", /nor any other version.*fix: install what serves example\.com\/v1/);
  });
});
