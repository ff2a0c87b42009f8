import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MeshNamespace, type MeshNamespaceArgs } from "../../components/mesh/meshNamespace";
import { NEW, NEWEST } from "../../toolchain/versions";
import { type Recording, runProgram } from "../support/mocks";
import { pattern } from "../support/pattern";

const CLUSTER = { kind: "cluster", context: "test" } as const;

function create(args: Partial<MeshNamespaceArgs> = {}): Promise<Recording> {
  const given = { namespace: "shop", revision: NEW, ...args };
  return runProgram(() => new MeshNamespace("shop", given));
}

const children = ({ resources }: Recording) =>
  resources.filter(({ type }) => type !== "servicemesh:index:MeshNamespace");

describe("a namespace in the mesh", () => {
  it("one that is there only gets the label, then is moved and restarted by a step of its own", async () => {
    const recording = await create({ target: CLUSTER, restart: {} });
    assert.deepEqual(recording.errors, []);
    const [patch, enrolment, ...others] = children(recording);
    assert.deepEqual(others, []);
    assert.equal(patch?.type, "kubernetes:core/v1:NamespacePatch");
    assert.deepEqual(patch.inputs, {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: {
        name: "shop",
        labels: { "istio.io/rev": NEW },
        annotations: { "pulumi.com/patchForce": "true" },
      },
    });
    assert.deepEqual(patch.hooks, ["shop:revision", "shop:revision"]);
    assert.equal(enrolment?.name, "shop:enrolment");
    assert.deepEqual(enrolment.inputs, { input: { namespace: "shop", revision: NEW } });
    assert.deepEqual(enrolment.hooks, ["shop:enrol", "shop:enrol"]);
    assert.ok(enrolment.dependencies.includes(patch.urn));
  });

  it("a new one is a Namespace with the label; the default revision has a name too", async () => {
    const [object] = children(await create({ target: CLUSTER, create: true, revision: "" }));
    assert.equal(object?.type, "kubernetes:core/v1:Namespace");
    assert.deepEqual((object.inputs.metadata as { labels: object }).labels, {
      "istio.io/rev": "default",
    });
  });

  it("rendered, it is a plain manifest and nothing else", async () => {
    const recording = await create({ target: { kind: "render", directory: "out" } });
    assert.deepEqual(
      children(recording).map(({ type }) => type),
      ["kubernetes:core/v1:Namespace"],
    );
  });

  it("without a target only the label is set", async () => {
    assert.deepEqual(
      children(await create()).map(({ type }) => type),
      ["kubernetes:core/v1:NamespacePatch"],
    );
  });

  it("the kubeconfig does not go to the component's state", async () => {
    const kubeconfig = "users: [{name: admin, user: {token: hidden}}]";
    const { resources } = await create({ target: { kind: "cluster", kubeconfig } });
    assert.doesNotMatch(JSON.stringify(resources), /hidden/);
  });

  it("says who replaces its pods, beside the label, and only on a revision of Google's", async () => {
    const metadata = async (managedDataPlane?: boolean) => {
      const [patch] = children(await create({ revision: "asm-managed", managedDataPlane }));
      return patch?.inputs.metadata;
    };
    const labels = { "istio.io/rev": "asm-managed" };
    const force = { "pulumi.com/patchForce": "true" };
    assert.deepEqual(await metadata(), { name: "shop", labels, annotations: force });
    assert.deepEqual(await metadata(false), {
      name: "shop",
      labels,
      annotations: { "mesh.cloud.google.com/proxy": '{"managed":"false"}', ...force },
    });
    const { errors } = await create({ managedDataPlane: true });
    assert.match(
      errors.join("\n"),
      pattern`inputs: managedDataPlane: .* the namespace names ${NEW} \(got true\)`,
    );
  });

  it("everything that is wrong is told at once, and nothing is registered", async () => {
    const recording = await create({ revision: NEWEST, restart: { batchSize: 0 } });
    const text = recording.errors.join("\n");
    assert.match(text, pattern`inputs: revision: dots are not allowed .*write "${NEW}"`);
    assert.match(text, /inputs: restart: needs a target/);
    assert.match(text, /inputs: restart.batchSize: is not a count \(got 0\)/);
    assert.deepEqual(children(recording), []);
  });

  it("a preview that does not know the revision yet says so", async () => {
    const unknown = new pulumi.StackReference("other").getOutput("revision");
    const recording = await runProgram(
      () => new MeshNamespace("shop", { namespace: "shop", revision: unknown }),
      { preview: true },
    );
    assert.deepEqual(recording.errors, []);
    assert.ok(!recording.resources.some(({ type }) => type.startsWith("kubernetes:")));
  });
});
