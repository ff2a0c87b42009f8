import assert from "node:assert/strict";
import { foreignEntryFindings } from "../../../mesh/checks/foreignEntries";
import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { foreignEntries, removal } from "../../../mesh/ownership/foreignEntries";
import { entry, live, STACK } from "./objects";

const item = (name: string) => `k:${JSON.stringify({ name })}`;
const inPod = (fields: JsonObject) => ({ "f:spec": { "f:template": { "f:spec": fields } } });
const itself = (fields: JsonObject = {}) => ({ ".": {}, "f:name": {}, ...fields });

const OWN = inPod({
  "f:containers": {
    [item("discovery")]: itself({ "f:env": { [item("A")]: itself({ "f:value": {} }) } }),
  },
});

const FOREIGN = inPod({
  "f:tolerations": {},
  "f:containers": {
    [item("debug")]: itself(),
    [item("discovery")]: {
      "f:env": { [item("B")]: itself(), [item("C")]: itself() },
    },
  },
});

const reference = { configMapKeyRef: { name: "values", key: "GONE" } };
const CONTAINERS = [
  {
    name: "discovery",
    env: [{ name: "A" }, { name: "B" }, { name: "C", valueFrom: reference }],
  },
  { name: "debug" },
];

function workload(entries: Parameters<typeof live>[0]): K8sObject {
  const object = live(entries);
  const spec = { containers: CONTAINERS, tolerations: [{ operator: "Exists" }] };
  return { ...object, spec: { template: { spec } } } as unknown as K8sObject;
}

const apply = { operation: "Apply" };
const of = (manager: string, fields = FOREIGN, more = {}) =>
  workload([entry(STACK, OWN, apply), entry(manager, fields, more)]);
/** What the stack would apply: nothing in any list. */
const NONE = live([]);
const pathsOf = (object: K8sObject, planned: K8sObject | undefined = NONE) =>
  foreignEntries(object, planned).map(({ path }) => path);

describe("entries of others in the lists of a workload", () => {
  const all = [
    "tolerations",
    "containers[debug]",
    "containers[discovery].env[B]",
    "containers[discovery].env[C]",
  ];

  it("are those of any other field manager, another installer's too", () => {
    assert.deepEqual(pathsOf(of("kubectl-edit")), all);
    assert.deepEqual(pathsOf(of("helm")), all);
  });

  it("are none of the stack's own: what it applies, and what webhooks add to that", () => {
    assert.deepEqual(pathsOf(of(STACK)), []);
    assert.deepEqual(pathsOf(of("kubelet", FOREIGN, { subresource: "status" })), []);
    assert.deepEqual(pathsOf(workload([entry(STACK, OWN, apply)])), []);
  });

  it("of an object that no stack has applied, its installer is who owns it", () => {
    const installed = workload([entry("helm", OWN), entry("kubectl-edit", FOREIGN)]);
    assert.deepEqual(pathsOf(installed), all);
    assert.deepEqual(pathsOf(workload([entry("somebody", FOREIGN)])), []);
  });

  it("are none that the next update applies itself", () => {
    assert.deepEqual(pathsOf(of("kubectl-edit"), of("x")), []);
  });

  it("are no list that Kubernetes takes as a whole where it is not known what the stack applies", () => {
    const found = foreignEntries(of("kubectl-edit")).map(({ path }) => path);
    assert.deepEqual(found, all.slice(1));
  });

  it("go by a patch that begins at the end of each list, and looks before it takes away", () => {
    const [first, second] = [
      "/spec/template/spec/containers/1",
      "/spec/template/spec/containers/0/env/2",
    ];
    const steps = removal(foreignEntries(of("kubectl-edit"), NONE));
    assert.deepEqual(steps.slice(0, 5), [
      { op: "remove", path: "/spec/template/spec/tolerations" },
      { op: "test", path: `${first}/name`, value: "debug" },
      { op: "remove", path: first },
      { op: "test", path: `${second}/name`, value: "C" },
      { op: "remove", path: second },
    ]);
  });

  it("are an error if they need what the next version's ConfigMap does not have", () => {
    const map = (data: JsonObject): K8sObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "values", namespace: "istio-system" },
      data,
    });
    const severity = (...objects: K8sObject[]) =>
      foreignEntryFindings(of("kubectl-edit"), { workload: NONE, objects })[0]?.severity;
    assert.equal(severity(map({})), "error");
    assert.equal(severity(map({ GONE: "here" })), "warning");
    assert.equal(severity(), "warning", "a ConfigMap that the mesh does not have is not known");
    assert.deepEqual(foreignEntryFindings(of(STACK)), []);
  });
});
