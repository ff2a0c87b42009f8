import assert from "node:assert/strict";
import { servedKinds } from "../../../mesh/k8s/discovery";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { foreignContents, mayHoldData } from "../../../mesh/ownership/shared/contents";
import { decideLeaving, type LeavingFacts } from "../../../mesh/ownership/shared/leaving";
import { stackMark } from "../../../mesh/ownership/shared/marks";
import { keptInClusterMessage } from "../../../mesh/ownership/shared/sharedPartMessages";
import {
  A,
  annotated,
  B,
  CNI,
  CNI_CONFIG,
  istiodOf,
  managed,
  NAMESPACE,
  READER,
  VALIDATOR,
} from "./objects";

const NONE = { manager: A, heir: false, istiods: [], pods: [], revisions: ["ra"] };

function facts(part: LeavingFacts["part"], object: K8sObject, more: Partial<LeavingFacts> = {}) {
  return { ...NONE, part, object, ...more };
}

function pod(revision: string, initContainers: readonly string[], phase = "Running") {
  return {
    metadata: { namespace: "shop", name: "app", annotations: { "istio.io/rev": revision } },
    spec: { initContainers: initContainers.map((name) => ({ name })) },
    status: { phase },
  };
}

describe("a part that a cluster has once, when a stack no longer declares it", () => {
  const kind = (...args: Parameters<typeof facts>) => decideLeaving(facts(...args)).kind;

  it("goes where nobody else needs it", () => {
    assert.deepEqual(decideLeaving(facts("cni", managed(CNI, A))), { kind: "delete" });
    assert.equal(kind("reader", managed(READER, A, "kube-controller-manager")), "delete");
  });

  it("is left to a stack that uses it, that owns it too, or that lost it", () => {
    const leaving = decideLeaving(facts("cni", annotated(managed(CNI, A), stackMark("user", B))));
    assert.deepEqual(leaving, { kind: "leave", reasons: ["the stack acme/mesh/b uses it"] });
    assert.match(
      keptInClusterMessage("X", leaving, false) ?? "",
      /^X stays in the cluster: the stack/,
    );
    assert.equal(kind("cni", managed(CNI, A, B)), "leave");
    assert.equal(kind("cni", annotated(managed(CNI, A), stackMark("former", B))), "leave");
    assert.equal(kind("namespace", managed(NAMESPACE, A, `${B}/namespaces`)), "leave");
  });

  it("the stack's own marks do not hold it, unless it goes on to use what it owned", () => {
    const former = annotated(managed(CNI, A, `${A}/namespaces`), stackMark("former", A));
    assert.equal(kind("cni", former), "delete");
    assert.equal(kind("cni", annotated(managed(CNI, A), stackMark("user", A))), "leave");
  });

  it("all of a node agent stays as long as a stack uses its DaemonSet", () => {
    const anchor = annotated(managed(CNI, A), stackMark("user", B));
    assert.equal(kind("cni", managed(CNI_CONFIG, A), { anchor }), "leave");
    assert.equal(kind("cni", managed(CNI_CONFIG, A), { anchor: managed(CNI, B) }), "leave");
  });

  it("is not touched once another stack has taken it over", () => {
    assert.deepEqual(decideLeaving(facts("cni", managed(CNI, B))), { kind: "lost" });
  });

  it("stays while a control plane of no stack runs; one of a stack does not hold it", () => {
    const theirs = { istiods: [istiodOf("helm", "rc")] };
    const leaving = decideLeaving(facts("cni", managed(CNI, A), theirs));
    assert.ok(leaving.kind === "keep");
    assert.match(leaving.reasons.join(), /control plane istio-system\/istiod-rc/);
    const ofStacks = { istiods: [istiodOf(A, "ra"), istiodOf(B, "rb")] };
    assert.equal(kind("cni", managed(CNI, A), ofStacks), "delete", "a stack has its mark");
    assert.equal(kind("reader", managed(READER, A), theirs), "keep");
  });

  it("CNI stays while pods of other control planes cannot start without it", () => {
    const leaving = (...pods: object[]) =>
      kind("cni", managed(CNI, A), { pods: pods as LeavingFacts["pods"] });
    assert.equal(leaving(pod("rc", ["istio-validation"])), "keep");
    assert.equal(leaving(pod("rc", ["istio-init"])), "delete");
    assert.equal(leaving(pod("rc", ["istio-validation"], "Succeeded")), "delete");
    assert.equal(leaving(pod("ra", ["istio-validation"])), "delete");
  });

  it("a validator goes with the control plane of its owner, whoever uses it", () => {
    const used = annotated(managed(VALIDATOR, A), stackMark("user", B));
    assert.equal(kind("validator", used, { istiods: [istiodOf(B, "rb")] }), "delete");
    assert.equal(kind("validator", managed(VALIDATOR, B)), "lost");
  });

  it("the last user takes away what owners have left, and nothing of Helm's", () => {
    const left = { manager: B, heir: true };
    assert.equal(kind("cni", managed(CNI_CONFIG, "pulumi-service-mesh-marks"), left), "delete");
    assert.equal(kind("cni", managed(CNI_CONFIG, "helm"), left), "lost");
    assert.equal(kind("cni", managed(CNI_CONFIG, A), left), "lost");
  });

  it("a Namespace stays that holds anything of others, and one of which that is not known", () => {
    const contents = (foreign: string[], unknown: string[] = []) => ({
      contents: { foreign, unknown },
    });
    assert.equal(kind("namespace", managed(NAMESPACE, A), contents([])), "delete");
    const held = decideLeaving(
      facts("namespace", managed(NAMESPACE, A), contents(["ConfigMap a/b"])),
    );
    assert.deepEqual(held, { kind: "keep", reasons: ["it holds ConfigMap a/b"] });
    assert.equal(kind("namespace", managed(NAMESPACE, A), contents([], ["secrets"])), "keep");
  });

  it("a Namespace stays that no stack has made, whatever the configuration says", () => {
    const made = (manager: string) => managed(NAMESPACE, A, manager);
    assert.equal(kind("namespace", made("helm")), "keep");
    assert.equal(kind("namespace", made("kubectl-create")), "keep");
    assert.equal(kind("namespace", made("kubectl-label")), "delete");
    const found = annotated(managed(NAMESPACE, A), stackMark("found", B));
    assert.equal(kind("namespace", found), "keep");
    const [, creator] = managed(NAMESPACE, A, "my-tool").metadata.managedFields as object[];
    const labels = { "f:metadata": { "f:labels": { "f:kubernetes.io/metadata.name": {} } } };
    const metadata = {
      ...managed(NAMESPACE, A).metadata,
      managedFields: [
        ...(managed(NAMESPACE, A).metadata.managedFields as []),
        { ...creator, fieldsV1: labels },
      ],
    };
    assert.equal(kind("namespace", { ...NAMESPACE, metadata } as K8sObject), "keep");
  });
});

describe("what a Namespace holds", () => {
  const configMap = (name: string, ...managers: string[]) =>
    managed(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "istio-system" } },
      ...managers,
    );
  const foreign = (...objects: K8sObject[]) =>
    foreignContents(objects, { manager: A, ownGo: false });

  it("is not of others where Kubernetes or istiod made it, or a controller for another object", () => {
    const owned = configMap("owned", "kubectl-create");
    assert.deepEqual(
      foreign(
        configMap("istio-ca-root-cert", "pilot-discovery"),
        configMap("kube-root-ca.crt"),
        { ...owned, metadata: { ...owned.metadata, ownerReferences: [{ name: "x" }] } },
        { ...owned, metadata: { ...owned.metadata, deletionTimestamp: "now" } },
      ),
      [],
    );
  });

  it("is of others where anybody else wrote it, or nobody is known", () => {
    assert.deepEqual(
      foreign(
        configMap("theirs", "kubectl-create"),
        configMap("edited", "pilot-discovery", "kubectl-edit"),
        configMap("unknown"),
        configMap("b", B),
      ),
      ["theirs", "edited", "unknown", "b"].map((name) => `ConfigMap istio-system/${name}`),
    );
  });

  it("what of the stack is still there stays, but for a preview, in which all of it is", () => {
    const own = configMap("own", A);
    assert.deepEqual(foreign(own), ["ConfigMap istio-system/own"]);
    assert.deepEqual(foreignContents([own], { manager: A, ownGo: true }), []);
  });

  it("is looked for in every kind that can be listed", () => {
    const row = (name: string, kind: string, namespaced = true, verbs = ["list"]) => ({
      name,
      kind,
      namespaced,
      verbs,
    });
    const resources = [
      row("secrets", "Secret"),
      row("nodes", "Node", false),
      row("pods/log", "Pod"),
      row("bindings", "Binding", true, ["create"]),
      row("events", "Event"),
    ];
    const kinds = servedKinds("v1", { resources }).filter(mayHoldData);
    assert.deepEqual(
      kinds.map(({ plural }) => plural),
      ["secrets"],
    );
  });
});
