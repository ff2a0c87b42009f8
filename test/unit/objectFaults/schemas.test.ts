import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { pathText } from "../../../mesh/common/propertyPath";
import type { K8sObject } from "../../../mesh/k8s/objects";
import {
  kubernetesMinors,
  kubernetesSchemas,
  unknownMinorNote,
} from "../../../mesh/objectFaults/kubernetesSchemas";
import { objectFaults } from "../../../mesh/objectFaults/objectFaults";
import type { ObjectSchemas } from "../../../mesh/objectFaults/schemaFaults";
import releases from "../../../toolchain/kubernetes/releases.json";

const ISTIO = "security.istio.io";

function crdOf(kind: string, spec: JsonObject): K8sObject {
  const openAPIV3Schema = { type: "object", properties: { spec } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.toLowerCase()}s.${ISTIO}` },
    spec: {
      group: ISTIO,
      names: { kind },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const custom = (kind: string, spec: JsonObject): K8sObject => ({
  apiVersion: `${ISTIO}/v1`,
  kind,
  metadata: { name: "a", namespace: "shop" },
  spec,
});

const service = (spec: JsonObject): K8sObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "a" },
  spec: { ports: [{ port: 80 }], ...spec },
});

function faultsOf(object: K8sObject, schemas: ObjectSchemas = {}) {
  return objectFaults([object], schemas).map(({ segments, object: _, ...fault }) => ({
    path: pathText(segments),
    ...fault,
  }));
}

describe("schemas of Kubernetes", () => {
  it("are those of the pinned releases", () => {
    const pinned = releases.map((release) => release.split(".").slice(0, 2).join("."));
    assert.deepEqual(kubernetesMinors(), pinned.reverse());
  });

  it("a version has those of its minor, or of the known one that is next to it", () => {
    const minors = ["1.33", "v1.33.4-gke.100", "1.9.0", "1.99", undefined].map(
      (version) => kubernetesSchemas(version).minor,
    );
    const [newest, oldest] = [kubernetesMinors()[0], kubernetesMinors().at(-1)];
    assert.deepEqual(minors, ["1.33", "1.33", oldest, newest, newest]);
  });

  it("a field of a newer minor is refused for an older cluster, and taken where none is named", () => {
    const object = service({ trafficDistribution: "PreferClose" });
    assert.deepEqual(faultsOf(object), []);
    assert.deepEqual(faultsOf(object, { kubernetesVersion: "1.30" }), []);
    const [fault] = faultsOf(object, { kubernetesVersion: "1.29.14" });
    assert.equal(fault?.path, "spec.trafficDistribution");
    assert.equal(fault?.reason, "is no field of Kubernetes 1.29");
  });

  it("a cluster of a minor that is not known is checked against the next one, and that is told", () => {
    const [newest, oldest] = [kubernetesMinors()[0], kubernetesMinors().at(-1)];
    assert.equal(
      unknownMinorNote("v1.99.2-gke.1"),
      `the cluster runs Kubernetes v1.99.2-gke.1: objects are checked against ${newest}, the newest minor that this version of the package knows; fields that are new since then are not checked`,
    );
    assert.equal(
      unknownMinorNote("v1.16.0"),
      `the cluster runs Kubernetes v1.16.0: objects are checked against ${oldest}, the oldest minor that this version of the package knows; fields that the cluster does not have yet are not found`,
    );
    assert.equal(unknownMinorNote(`v${newest}.1`), undefined);
    assert.equal(unknownMinorNote("unknown"), undefined);
  });

  it("what a cluster newer than all known ones may have is taken, and its types are checked", () => {
    const object = service({ newField: 1, type: 1 });
    const paths = faultsOf(object, { kubernetesVersion: "1.99" }).map(({ path }) => path);
    assert.deepEqual(paths, ["spec.type"]);
    const [unknown] = faultsOf(service({ newField: 1 }));
    assert.match(unknown?.fix ?? "", /kubernetesVersion/);
  });

  it("a fault has the value, what is allowed, and the fix", () => {
    assert.deepEqual(faultsOf(service({ type: "Loadbalancer" })), [
      {
        path: "spec.type",
        value: "Loadbalancer",
        reason: "is unknown",
        allowed: "ClusterIP, ExternalName, LoadBalancer, NodePort",
        fix: 'did you mean "LoadBalancer"?',
      },
    ]);
    const [quoted] = faultsOf(service({ publishNotReadyAddresses: "true" }));
    assert.deepEqual([quoted?.allowed, quoted?.fix], ["a boolean", "write it without quotes"]);
  });

  it("the value of a Secret is not shown", () => {
    const { spec: _, ...rest } = service({});
    const [fault] = faultsOf({ ...rest, kind: "Secret", data: { key: "p@ss" } });
    assert.equal(fault?.path, "data.key");
    assert.doesNotMatch(JSON.stringify(fault), /p@ss/);
  });

  it("a kind without a schema has no faults", () => {
    assert.deepEqual(faultsOf(custom("Policy", { any: "thing" })), []);
  });
});

describe("schemas of CRDs", () => {
  const text = { type: "string" };
  const policy = crdOf("Policy", {
    type: "object",
    required: ["host", "port", "limit"],
    properties: {
      host: text,
      port: { "x-kubernetes-int-or-string": true },
      limit: { type: "integer", default: 1, minimum: 1, exclusiveMinimum: true },
      name: { type: "string", pattern: "^[a-z]+$", nullable: true },
      goOnly: { type: "string", pattern: "(?i)^x" },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      labels: { type: "object", additionalProperties: text },
      exact: {
        type: "object",
        properties: { a: text, b: text },
        oneOf: [{ required: ["a"] }, { required: ["b"] }],
      },
    },
  });
  const pathsOf = (spec: JsonObject) =>
    faultsOf(custom("Policy", { host: "a", port: 80, ...spec }), { crds: [policy] }).map(
      ({ path }) => path,
    );

  it("take what the API server takes", () => {
    const free = { free: { any: { thing: 1 } }, labels: { "a.b/c": "d" } };
    assert.deepEqual(pathsOf({ port: "http", name: null, goOnly: "X", limit: 2, ...free }), []);
    assert.deepEqual(pathsOf({ exact: { a: "1" } }), []);
  });

  it("refuse unknown and missing fields, types, limits and patterns", () => {
    assert.deepEqual(pathsOf({ hots: "a" }), ["spec.hots"]);
    assert.deepEqual(pathsOf({ host: null }), ["spec.host"]);
    assert.deepEqual(pathsOf({ port: true }), ["spec.port"]);
    assert.deepEqual(pathsOf({ limit: 1 }), ["spec.limit"]);
    assert.deepEqual(pathsOf({ name: "A" }), ["spec.name"]);
    assert.deepEqual(pathsOf({ labels: { a: 1 } }), ["spec.labels.a"]);
  });

  it("one fault for alternatives of which none or more than one holds", () => {
    assert.deepEqual(pathsOf({ exact: {} }), ["spec.exact"]);
    assert.deepEqual(pathsOf({ exact: { a: "1", b: "2" } }), ["spec.exact"]);
  });

  it("have the metadata of every kind", () => {
    const object = custom("Policy", { host: "a", port: 80 });
    const metadata = { ...object.metadata, lables: { a: "b" } };
    const [fault] = faultsOf({ ...object, metadata }, { crds: [policy] });
    assert.deepEqual([fault?.path, fault?.fix], ["metadata.lables", 'did you mean "labels"?']);
  });
});
