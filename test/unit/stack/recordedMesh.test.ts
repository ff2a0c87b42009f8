import assert from "node:assert/strict";
import { recordedMeshes } from "../../../mesh/plan/recordedMesh";

const TYPE = "servicemesh:index:ServiceMesh";
const PREFIX = "urn:pulumi:dev::shop::";
const urn = (type: string, name: string) => `${PREFIX}${type}::${name}`;
const secret = (value: unknown) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  plaintext: JSON.stringify(value),
});

const MESH = { type: TYPE, urn: urn(TYPE, "blue"), inputs: { version: "1.31.0" } };
const PART = { type: "servicemesh:index:Base", urn: urn("Base", "blue-base"), parent: MESH.urn };

function stateOf(...resources: object[]) {
  return { version: 3, deployment: { resources } } as never;
}

describe("the meshes in a state", () => {
  it("have their inputs without the target, and secrets in the clear", () => {
    const inputs = { version: "1.31.0", hub: secret("private.example"), target: { kind: "x" } };
    const [mesh] = recordedMeshes(stateOf({ ...MESH, inputs }));
    assert.deepEqual(mesh, {
      name: "blue",
      inputs: { version: "1.31.0", hub: "private.example" },
      target: { kind: "cluster" },
      secrets: ["private.example"],
    });
  });

  it("go where the provider of their own objects puts them", () => {
    const provider = (name: string, inputs: object) => ({
      type: "pulumi:providers:kubernetes",
      urn: urn("pulumi:providers:kubernetes", name),
      inputs,
    });
    const object = (parent: string, of: { urn: string }) => ({
      type: "kubernetes:core/v1:Service",
      urn: urn("Service", parent),
      parent,
      provider: `${of.urn}::0b9c`,
    });
    const other = provider("other", { kubeconfig: "other.yaml" });
    const own = provider("own", { kubeconfig: secret("kind: Config"), context: "prod" });
    const folder = provider("folder", { renderYamlToDirectory: "out" });
    const state = (used: { urn: string }) =>
      stateOf(
        other,
        own,
        folder,
        MESH,
        object("urn:elsewhere", other),
        PART,
        object(PART.urn, used),
      );
    const [cluster] = recordedMeshes(state(own));
    assert.deepEqual(cluster?.target, {
      kind: "cluster",
      kubeconfig: "kind: Config",
      context: "prod",
    });
    assert.deepEqual(cluster?.secrets, ["kind: Config"]);
    const [rendered] = recordedMeshes(state(folder));
    assert.deepEqual(rendered?.target, { kind: "render", directory: "out" });
  });

  it("are none in a state without resources, and none that an update is deleting", () => {
    assert.deepEqual(recordedMeshes({ version: 3, deployment: {} }), []);
    assert.deepEqual(recordedMeshes(stateOf({ ...MESH, delete: true })), []);
  });
});
