import assert from "node:assert/strict";
import { reduceSchemas, wordsIn } from "../../../toolchain/kubernetes/reduce";

const CORE = "io.k8s.api.core.v1";

const GENERATED = [
  "func schema_k8sio_api_core_v1_ServiceSpec(ref common.ReferenceCallback) common.OpenAPIDefinition {",
  '\t\t\t\t\t"type": {',
  '\t\t\t\t\t\t\tEnum:        []interface{}{"ClusterIP", "NodePort"},',
  '\t\t\t\t\t"ipFamilies": {',
  '\t\t\t\t\t\t\t\t\t\tEnum:    []interface{}{"IPv4", "IPv6"},',
].join("\n");

const reference = (name: string) => ({ $ref: `#/definitions/${name}` });
const text = { description: "words", type: "string" };

const SWAGGER = {
  [`${CORE}.Service`]: {
    type: "object",
    properties: { spec: reference(`${CORE}.ServiceSpec`), status: reference(`${CORE}.Status`) },
    "x-kubernetes-group-version-kind": [{ group: "", kind: "Service", version: "v1" }],
  },
  [`${CORE}.ServiceSpec`]: {
    type: "object",
    required: ["type"],
    properties: {
      type: text,
      ipFamilies: { type: "array", items: text },
      size: reference("io.k8s.apimachinery.pkg.api.resource.Quantity"),
      selector: { type: "object", additionalProperties: text },
      spec: reference(`${CORE}.ServiceSpec`),
    },
  },
};

describe("schemas of Kubernetes, reduced to what a mesh needs", () => {
  it("the words of a field and of a list's items come from the generated code", () => {
    assert.deepEqual(Object.fromEntries(wordsIn(GENERATED)), {
      [`${CORE}.ServiceSpec.type`]: ["ClusterIP", "NodePort"],
      [`${CORE}.ServiceSpec.ipFamilies`]: ["IPv4", "IPv6"],
    });
  });

  it("a spec is needed where it has needed fields, as it is read as an empty one", () => {
    const { definitions } = reduceSchemas(
      {
        ...SWAGGER,
        [`${CORE}.Pod`]: {
          type: "object",
          properties: { spec: reference(`${CORE}.PodSpec`) },
          "x-kubernetes-group-version-kind": [{ group: "", kind: "Pod", version: "v1" }],
        },
        [`${CORE}.PodSpec`]: { type: "object", required: ["containers"], properties: {} },
      },
      new Map(),
    );
    assert.deepEqual(definitions["core.v1.Pod"]?.required, ["spec"]);
  });

  it("no descriptions, no status, no unknown fields; definitions that contain themselves end", () => {
    const { kinds, definitions } = reduceSchemas(SWAGGER, wordsIn(GENERATED));
    assert.deepEqual(kinds, { "v1 Service": "core.v1.Service" });
    assert.deepEqual(definitions, {
      "core.v1.Service": {
        type: "object",
        required: ["spec"],
        additionalProperties: false,
        properties: { spec: { definition: "core.v1.ServiceSpec" }, status: {} },
      },
      "core.v1.ServiceSpec": {
        type: "object",
        required: ["type"],
        additionalProperties: false,
        properties: {
          type: { type: "string", enum: ["", "ClusterIP", "NodePort"] },
          ipFamilies: { type: "array", items: { type: "string", enum: ["", "IPv4", "IPv6"] } },
          size: { type: ["string", "number"], format: "quantity" },
          selector: { type: "object", additionalProperties: { type: "string" } },
          spec: { definition: "core.v1.ServiceSpec" },
        },
      },
    });
  });
});
