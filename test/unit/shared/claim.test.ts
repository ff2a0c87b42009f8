import assert from "node:assert/strict";
import { decideAdoption } from "../../../mesh/ownership/decide";
import { decideClaim } from "../../../mesh/ownership/shared/claim";
import { leftMark, leftObjects, stackMark } from "../../../mesh/ownership/shared/marks";
import { isAnchor, sharedPart } from "../../../mesh/ownership/shared/parts";
import {
  missingPartsMessage,
  useStartMessage,
  useWarnings,
} from "../../../mesh/ownership/shared/sharedPartMessages";
import { NEWEST, PREVIOUS } from "../../../toolchain/versions";
import { minorsBefore } from "../../support/minors";
import { A, annotated, B, CNI, CNI_CONFIG, managed, NAMESPACE, READER, VALIDATOR } from "./objects";

describe("parts that a cluster has once: whose they are", () => {
  const used = (owner: string | undefined, more: object = {}) => ({
    kind: "use",
    ...(owner && { owner }),
    taken: false,
    orphan: false,
    ...more,
  });

  it("what nobody has, and what the stack owns, is the stack's", () => {
    assert.deepEqual(decideClaim("cni", undefined, A), { kind: "register" });
    assert.deepEqual(decideClaim("cni", managed(CNI, A), A), { kind: "register" });
    assert.deepEqual(decideClaim("cni", managed(CNI, A, B), A), { kind: "register" });
  });

  it("what another stack owns is used, and taken over on request alone", () => {
    assert.deepEqual(decideClaim("cni", managed(CNI, A), B), used("acme/mesh/a"));
    assert.deepEqual(decideClaim("cni", managed(CNI, A), B, "own"), { kind: "register" });
  });

  it("what Helm or kubectl has made is a matter of `adopt`", () => {
    assert.deepEqual(decideClaim("cni", managed(CNI, "helm"), B), { kind: "register" });
  });

  it("`use` creates nothing: it uses whatever is there, and what is not there is missing", () => {
    assert.deepEqual(decideClaim("cni", undefined, A, "use"), { kind: "missing" });
    assert.deepEqual(decideClaim("cni", managed(CNI, "helm"), A, "use"), used(undefined));
    assert.deepEqual(decideClaim("cni", managed(CNI, A), A, "use"), used(undefined));
    assert.match(
      missingPartsMessage(["DaemonSet kube-system/istio-cni-node"]),
      /istio-cni-node; fix: /,
    );
  });

  it("`use` is not about the default validator, which belongs to a control plane", () => {
    assert.deepEqual(decideClaim("validator", undefined, A, "use"), { kind: "register" });
  });

  it("a stack that only labels a Namespace does not own it", () => {
    const labelled = managed(NAMESPACE, "kubectl-create", `${A}/namespaces`);
    assert.deepEqual(decideClaim("namespace", labelled, B), { kind: "register" });
  });

  it("the stack that lost a part is told so", () => {
    const taken = annotated(managed(CNI, B), stackMark("former", A));
    const claim = decideClaim("cni", taken, A);
    assert.deepEqual(claim, used("acme/mesh/b", { taken: true }));
    assert.ok(claim.kind === "use");
    const { text, warning } = useStartMessage({ title: "DaemonSet x", part: "cni", claim });
    assert.match(text, /stack acme\/mesh\/b has taken over the DaemonSet x from this stack/);
    assert.ok(warning);
  });

  it("what nobody owns any more is said in each preview, with the fix, and can be owned", () => {
    const left = annotated(managed(CNI), { ...leftMark(CNI), ...stackMark("user", B) });
    const claim = decideClaim("cni", left, B);
    assert.deepEqual(claim, used(undefined, { orphan: true }));
    assert.ok(claim.kind === "use");
    const [sentence] = useWarnings({ title: "DaemonSet x", part: "cni", claim }, []);
    assert.match(sentence?.text ?? "", /no stack owns the DaemonSet x .*mesh:shared own/);
    assert.deepEqual(decideClaim("cni", left, B, "own"), { kind: "register" });
    assert.equal(decideAdoption(left, B, "none", true), "take");
  });

  it("a node agent that does not fit the stack's control planes is said", () => {
    const claim = used("acme/mesh/a") as never;
    const planes = [{ revision: "rb", version: NEWEST }];
    const words = (version: string) =>
      useWarnings({ title: "DaemonSet x", part: "cni", claim, version }, planes);
    assert.deepEqual(words(PREVIOUS), []);
    assert.match(words(minorsBefore(3))[0]?.text ?? "", /CNI \S+ is 3 minor versions behind/);
  });

  it("only shared parts are taken over from another stack without `adopt`", () => {
    assert.equal(decideAdoption(managed(CNI, A), B, "none", true), "take");
    assert.equal(decideAdoption(managed(CNI, A), B, "none", false), "refuse");
    assert.equal(decideAdoption(managed(CNI, "helm"), B, "none", true), "refuse");
    assert.equal(decideAdoption(managed(NAMESPACE, A), B, "namespaces", true), "take");
  });

  it("parts are known by the names of Istio's charts", () => {
    assert.deepEqual([NAMESPACE, READER, CNI, CNI_CONFIG, VALIDATOR].map(sharedPart), [
      "namespace",
      "reader",
      "cni",
      "cni",
      "validator",
    ]);
    const own = {
      apiVersion: "v1",
      kind: "ClusterRole",
      metadata: { name: "istio-reader-clusterrole-ra" },
    };
    assert.equal(sharedPart(own), undefined);
    assert.ok(isAnchor(CNI, "cni") && !isAnchor(CNI_CONFIG, "cni") && isAnchor(READER, "reader"));
  });

  it("what an owner has left is read again from the annotation", () => {
    const anchor = annotated(CNI, leftMark(CNI_CONFIG));
    assert.deepEqual(leftObjects(anchor), [
      { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "istio-cni-config" },
    ]);
    assert.deepEqual(leftObjects(annotated(CNI, { "pulumi-service-mesh/left-1": "{" })), []);
  });
});
