import assert from "node:assert/strict";
import { checkGatewayInjection } from "../../../../mesh/checks/precheck/gatewayInjection";
import type { Labels } from "../../../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../../../mesh/model/serviceMeshInputs";
import { NEW, OLD } from "../../../../toolchain/versions";
import { deployment, desiredMesh, injector, namespace, object, texts } from "./precheckSupport";

/** The injector of a revision with both of its webhooks: by the namespace's label, and by the pod's. */
function injectorByBoth(revision: string): K8sObject {
  const base = injector(revision);
  const [byNamespace] = base.webhooks as [Record<string, unknown>];
  const byPod = {
    ...byNamespace,
    name: "object.sidecar-injector.istio.io",
    namespaceSelector: {
      matchExpressions: [
        { key: "istio.io/rev", operator: "DoesNotExist" },
        { key: "istio-injection", operator: "DoesNotExist" },
      ],
    },
    objectSelector: {
      matchExpressions: [{ key: "istio.io/rev", operator: "In", values: [revision] }],
    },
  };
  const notDisabled = { key: "istio-injection", operator: "NotIn", values: ["disabled"] };
  const selector = byNamespace.namespaceSelector as { matchExpressions: unknown[] };
  const own = {
    ...byNamespace,
    namespaceSelector: { matchExpressions: [...selector.matchExpressions, notDisabled] },
  };
  return { ...base, webhooks: [own, byPod] } as unknown as K8sObject;
}

/** A gateway's Deployment, whose pods name their revision. */
const GATEWAY: K8sObject = object("apps/v1", "Deployment", `edge/web-${NEW}`, {
  spec: {
    template: {
      metadata: { labels: { "istio.io/rev": NEW } },
      spec: { containers: [{ name: "istio-proxy", image: "auto" }] },
    },
  },
});

function check(
  labels: Labels,
  {
    live = [],
    inputs = {},
    objects = [GATEWAY, injectorByBoth(NEW)],
    exists = false,
  }: {
    live?: readonly K8sObject[];
    inputs?: Partial<ServiceMeshInputs>;
    objects?: readonly K8sObject[];
    exists?: boolean;
  } = {},
): string[] {
  const desired = desiredMesh(inputs, objects);
  return texts(
    checkGatewayInjection(desired, {
      mutatingWebhooks: live,
      namespaces: [namespace("edge", { ...labels })],
      existing: exists ? [{ planned: GATEWAY, live: GATEWAY }] : [],
    }),
  );
}

describe("precheck: injection of gateways", () => {
  it("a label of the namespace that forbids it is an error before anything is made", () => {
    const [text = "", ...others] = check({ "istio-injection": "disabled" });
    assert.deepEqual(others, []);
    assert.match(text, new RegExp(`^error Deployment edge/web-${NEW}: .*istio-injection=disabled`));
    assert.match(text, /; fix: remove the label istio-injection from the namespace$/);
  });

  it("so is one that hands the pods to another revision", () => {
    const [text = ""] = check({ "istio.io/rev": OLD }, { live: [injectorByBoth(OLD)] });
    assert.match(text, new RegExp(`^error Deployment edge/web-${NEW}: .*${OLD}`));
  });

  it("without such a label nothing is said, though no istiod is there yet", () => {
    assert.deepEqual(check({}), []);
    assert.deepEqual(check({ "istio.io/rev": NEW }), []);
  });

  it("the label counts that the update gives the namespace", () => {
    const inputs = { namespaces: [{ name: "edge", revision: NEW }] };
    assert.deepEqual(check({ "istio-injection": "disabled" }, { inputs }), []);
  });

  it("a gateway that is there keeps its pods, and the guard asks before a change", () => {
    assert.deepEqual(check({ "istio-injection": "disabled" }, { exists: true }), []);
  });

  it("other workloads, and revisions whose injector nobody knows, are left to the guard", () => {
    const objects = [deployment("edge/shop"), injectorByBoth(NEW)];
    assert.deepEqual(check({ "istio-injection": "disabled" }, { objects }), []);
    assert.deepEqual(check({ "istio-injection": "disabled" }, { objects: [GATEWAY] }), []);
  });
});
