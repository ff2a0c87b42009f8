import assert from "node:assert/strict";
import { stackManager } from "../../../mesh/k8s/managers";
import type { K8sObject } from "../../../mesh/k8s/objects";
import {
  adoptionObstacles,
  adoptionPreview,
  adoptionReport,
  type ExistingObject,
  releaseWarning,
} from "../../../mesh/ownership/adoptionMessages";
import { changesBetween, restartsPods } from "../../../mesh/ownership/changes";
import { decideAdoption } from "../../../mesh/ownership/decide";
import { ownerOf } from "../../../mesh/ownership/owner";
import { NEWEST } from "../../../toolchain/versions";
import { entry, live, STACK } from "./objects";

const HELM = {
  "meta.helm.sh/release-name": "istiod",
  "meta.helm.sh/release-namespace": "istio-system",
};
const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } };

function finding(more: Partial<ExistingObject> = {}): ExistingObject {
  const title = "Deployment istio-system/istiod";
  return { title, kind: "Deployment", owner: { title: "istioctl" }, adoption: "take", ...more };
}

describe("adoption: the field manager of a stack", () => {
  it("names the stack", () => {
    assert.equal(stackManager("acme", "mesh", "prod"), STACK);
  });

  it("stays within what the API server allows, and tells long names apart", () => {
    const long = (end: string) => stackManager("acme", "p".repeat(150), end);
    assert.equal(long("a").length, 128);
    assert.notEqual(long("a"), long("b"));
  });
});

describe("adoption: an object that exists", () => {
  for (const [mode, kind, expected] of [
    ["none", "Deployment", "refuse"],
    ["none", "Namespace", "refuse"],
    ["namespaces", "Deployment", "refuse"],
    ["namespaces", "Namespace", "use"],
    ["all", "Deployment", "take"],
    ["all", "Namespace", "use"],
  ] as const) {
    it(`of kind ${kind}: ${expected} with adopt ${mode}`, () => {
      const object = { ...live([entry("helm", {})]), kind };
      assert.equal(decideAdoption(object, STACK, mode), expected);
    });
  }

  it("is the stack's own once the stack has written to it, whatever the mode", () => {
    const object = live([entry("helm", {}), entry(STACK, {}, { operation: "Apply" })]);
    assert.equal(decideAdoption(object, STACK, "none"), "own");
  });
});

describe("adoption: who installed an object", () => {
  const titled = (manager: string, marks = {}) => ownerOf(live([entry(manager, {})], marks)).title;

  it("a release of Helm, by name and namespace", () => {
    const owner = ownerOf(live([entry("helm", {})], { annotations: HELM }));
    assert.equal(owner.title, "Helm release istiod (namespace istio-system)");
    assert.deepEqual(owner.release, { name: "istiod", namespace: "istio-system" });
  });

  for (const [manager, title] of [
    ["istio-operator", "istioctl"],
    [`istioctl-${NEWEST}`, "istioctl"],
    ["kubectl-client-side-apply", "kubectl"],
    ["Terraform", "Terraform"],
    ["argocd-controller", "Argo CD"],
    ["helm-controller", "Flux"],
    ["pulumi-kubernetes-a1b2c3", "another Pulumi stack"],
    ["pulumi-service-mesh/acme/mesh/test", "Pulumi stack acme/mesh/test"],
    ["my-tool", "field manager my-tool"],
  ] as const) {
    it(`${manager} is ${title}`, () => {
      assert.equal(titled(manager), title);
    });
  }

  it("istioctl, by its label, where the managers are unknown", () => {
    const labels = { "operator.istio.io/managed": "Reconcile" };
    assert.equal(titled("old-tool", { labels }), "istioctl");
  });

  it("is asked of installers first, and of nobody where there is none", () => {
    const managers = [entry("kube-controller-manager", {}), entry("helm", {})];
    assert.equal(ownerOf(live(managers)).title, "Helm");
    assert.equal(ownerOf(live([])).title, "nobody known");
  });
});

describe("adoption: what changes", () => {
  const container = (image: string) => ({ containers: [{ name: "istiod", image }] });
  const withSpec = (spec: K8sObject["metadata"], marks = {}): K8sObject => ({
    ...live([], marks),
    spec,
  });

  it("is named by its path, items by their name", () => {
    const [before, after] = ["a", "b"].map((image) =>
      withSpec({ template: { spec: container(image) } }),
    ) as [K8sObject, K8sObject];
    const [change, ...others] = changesBetween(before, after);
    assert.deepEqual(others, []);
    assert.deepEqual(change, {
      path: "spec.template.spec.containers[istiod].image",
      from: "a",
      to: "b",
    });
    assert.ok(change && restartsPods(change));
  });

  it("is neither bookkeeping nor the mark of an installer", () => {
    const before = live([entry("helm", {})], { annotations: HELM, labels: { release: "istiod" } });
    const after = live([], { annotations: { "pulumi.com/patchForce": "true" } });
    assert.deepEqual(changesBetween(before, { ...after, status: { replicas: 1 } }), []);
  });

  it("restarts no pods outside of their template", () => {
    assert.ok(!restartsPods({ path: "spec.replicas" }));
    assert.ok(!restartsPods({ path: "spec.templates" }));
  });
});

describe("adoption: what is said", () => {
  it("a refusal names every object, who installed it, and the fix", () => {
    const refused = [
      finding({ adoption: "refuse" }),
      finding({ adoption: "refuse", title: "Service istio-system/istiod", kind: "Service" }),
    ];
    const [text, ...others] = adoptionObstacles(refused);
    assert.deepEqual(others, []);
    assert.match(text ?? "", /^2 objects are in the cluster already/);
    assert.match(text ?? "", /Deployment istio-system\/istiod: installed by istioctl/);
    assert.match(text ?? "", /Service istio-system\/istiod: installed by istioctl/);
    assert.match(text ?? "", /fix: `pulumi config set mesh:adopt all`/);
  });

  it("a refusal of Namespaces only asks for no more than that", () => {
    const [text] = adoptionObstacles([
      finding({ adoption: "refuse", kind: NAMESPACE.kind, title: "Namespace istio-system" }),
    ]);
    assert.match(text ?? "", /fix: `pulumi config set mesh:adopt namespaces`/);
  });

  it("a take-over is one line for each installer", () => {
    const helm = { title: "Helm release istiod (namespace istio-system)" };
    const found = [finding(), finding(), finding({ owner: helm })];
    const texts = [
      "takes over 2 objects installed by istioctl",
      "takes over 1 object installed by Helm release istiod (namespace istio-system)",
    ];
    assert.deepEqual(
      adoptionPreview(found).map(({ text }) => text),
      texts,
    );
    assert.deepEqual(
      adoptionReport(found).map(({ text }) => text),
      texts.map((text) => text.replace("takes over", "took over")),
    );
  });

  it("a restart of pods is a warning with both values; another change names its path", () => {
    const image = "spec.template.spec.containers[istiod].image";
    const changes = [
      { path: image, from: "a", to: "b" },
      { path: "spec.strategy", from: undefined, to: {} },
    ];
    assert.deepEqual(
      adoptionPreview([finding({ changes })]).filter(({ warning }) => warning),
      [
        {
          text: `Deployment istio-system/istiod: pods restart: ${image}: "a" → "b"`,
          warning: true,
        },
        { text: "Deployment istio-system/istiod: changes spec.strategy", warning: true },
      ],
    );
  });

  it("a restart because of the name of Helm's release says how to keep it", () => {
    const path = "spec.template.metadata.labels.app.kubernetes.io/instance";
    const changes = [{ path, from: "istiod", to: "istio" }];
    const [, warning] = adoptionPreview([finding({ changes })]);
    assert.match(warning?.text ?? "", /fix: .*mesh:releaseNames\.pilot istiod/);
  });

  it("no value is shown of a secret, and no more than a few paths of anything", () => {
    const path = "spec.template.spec.x";
    const secret = adoptionPreview([
      finding({ secret: true, changes: [{ path, from: "old key", to: "new key" }] }),
    ]);
    assert.ok(!secret.some(({ text }) => text.includes("key")), JSON.stringify(secret));
    const many = Array.from({ length: 9 }, (_, i) => ({ path: `data.${i}`, from: 1, to: 2 }));
    assert.match(
      adoptionPreview([finding({ changes: many })])[1]?.text ?? "",
      /data\.4 and 4 more$/,
    );
  });

  it("Helm's release is forgotten with one command, in the right cluster", () => {
    const text = releaseWarning({ name: "istiod", namespace: "istio-system" }, "prod");
    assert.match(
      text,
      /kubectl --context prod --namespace istio-system delete secret --selector owner=helm,name=istiod$/,
    );
  });
});
