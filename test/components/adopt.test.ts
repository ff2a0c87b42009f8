import assert from "node:assert/strict";
import { ServiceMesh, type ServiceMeshArgs } from "../../components";
import { NEW } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import { type Recording, type Registered, runProgram } from "../support/mocks";

const CLUSTER = { kind: "cluster", context: "test" } as const;
const FOLDER = { kind: "render", directory: "unused" } as const;
/** Names of the resources of what a cluster has once. */
const SHARED =
  /^mesh-(base|cni|policy|default-validator):|^mesh-namespace-shop:shop$|:istiod-default-validator$/;
const STACK = "pulumi-service-mesh/organization/project/stack";

const WHOLE: Partial<ServiceMeshArgs> = {
  profile: "minimal",
  revisions: [{ revision: NEW }],
  overlays: ["cni-gcp", "strict-mtls"],
  tags: { default: NEW },
  gateways: [
    {
      name: "web",
      namespace: "istio-gateways",
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      revisions: [{ revision: NEW, weight: 100 }],
    },
  ],
  namespaces: [
    { name: "shop", revision: NEW, create: true },
    { name: "cart", revision: NEW },
  ],
};

function annotations({ inputs }: Registered): Record<string, string> {
  const { metadata } = inputs as { metadata?: { annotations?: Record<string, string> } };
  return metadata?.annotations ?? {};
}

function objects({ resources }: Recording): Registered[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

function kind({ type }: Registered): string {
  return type.split(":").at(-1) ?? "";
}

describe("whose the objects are", () => {
  const common = withRealCharts();
  const run = (args: Partial<ServiceMeshArgs>) =>
    runProgram(
      () => new ServiceMesh("mesh", { ...common(), ...WHOLE, ...args } as ServiceMeshArgs),
    );

  it("in a cluster, one field manager has them all, and takes what it sets", async () => {
    const mesh = await run({ target: CLUSTER });
    assert.deepEqual(mesh.errors, []);
    assert.ok(objects(mesh).length > 30);
    for (const object of objects(mesh)) {
      const own = kind(object) === "NamespacePatch" ? `${STACK}/namespaces` : STACK;
      assert.equal(annotations(object)["pulumi.com/patchFieldManager"], own, object.name);
      assert.equal(annotations(object)["pulumi.com/patchForce"], "true", object.name);
    }
  });

  it("in a cluster, each is looked for before it is made, and before any other hook", async () => {
    const mesh = await run({ target: CLUSTER });
    for (const object of objects(mesh).filter((one) => kind(one) !== "NamespacePatch")) {
      assert.deepEqual(
        object.hooks.slice(0, 2),
        ["mesh-precheck:check", "mesh:adopt"],
        object.name,
      );
    }
    const web = objects(mesh).find(
      (object) => kind(object) === "Deployment" && object.name.endsWith(`/web-${NEW}`),
    );
    assert.ok(
      web?.hooks.some((hook) => hook.endsWith(":injection")),
      web?.hooks.join(),
    );
  });

  it("all that is made or changed waits for the same precheck; nothing does with precheck: false", async () => {
    const waits = ({ hooks }: Registered) => hooks.filter((hook) => hook === "mesh-precheck:check");
    const mesh = await run({ target: CLUSTER });
    const crds = mesh.resources.filter(({ type }) => type === "servicemesh:index:CrdSet");
    assert.equal(crds.length, 1);
    for (const object of [...objects(mesh), ...crds]) {
      assert.equal(waits(object).length, 2, object.name);
    }
    const unchecked = await run({ target: CLUSTER, precheck: false });
    assert.deepEqual(unchecked.resources.flatMap(waits), []);
    assert.ok(objects(unchecked).some(({ hooks }) => hooks[0] === "mesh:adopt"));
  });

  it("leaves the number of pods to an autoscaler", async () => {
    const mesh = await run({ target: CLUSTER });
    const scaled = objects(mesh)
      .filter((object) => kind(object) === "HorizontalPodAutoscaler")
      .map(({ inputs }) => (inputs.spec as { scaleTargetRef: { name: string } }).scaleTargetRef);
    assert.ok(scaled.length > 1);
    for (const { name } of scaled) {
      const target = objects(mesh).find(
        (object) =>
          kind(object) === "Deployment" &&
          (object.inputs.metadata as { name: string }).name === name,
      );
      assert.ok(target, name);
      assert.equal((target.inputs.spec as { replicas?: number }).replicas, undefined, name);
    }
  });

  it("as manifests, they carry nothing of it", async () => {
    const mesh = await run({ target: FOLDER, adopt: "all" });
    for (const object of objects(mesh)) {
      const own = Object.keys(annotations(object)).filter((key) => key.includes("FieldManager"));
      assert.deepEqual(own, [], object.name);
      assert.ok(!object.hooks.includes("mesh:adopt"), object.name);
      assert.equal(object.retainOnDelete, false, object.name);
    }
  });

  for (const adopt of [undefined, "none", "namespaces", "all"] as const) {
    it(`adopt ${adopt}: what a cluster has once is deleted by a hook, and not by Pulumi`, async () => {
      const mesh = await run({ target: CLUSTER, adopt });
      const namespaces = objects(mesh).filter((object) => kind(object) === "Namespace");
      assert.ok(namespaces.length >= 3);
      for (const { name, retainOnDelete, removalHooks } of objects(mesh)) {
        const isShared = removalHooks.includes("mesh:leave-shared");
        assert.equal(retainOnDelete, isShared, name);
        assert.equal(isShared, SHARED.test(name), name);
      }
    });
  }

  it("another word for adopt is refused, with those that are known", async () => {
    const { errors } = await run({ target: CLUSTER, adopt: "everything" as never });
    assert.match(errors.join("\n"), /adopt: is unknown .*allowed: none, namespaces, all/);
  });

  it("the name of a Helm release goes into the labels of its component's pods only", async () => {
    const mesh = await run({ target: CLUSTER, releaseNames: { pilot: "istiod" } });
    const instances = objects(mesh)
      .filter((object) => ["Deployment", "DaemonSet"].includes(kind(object)))
      .map(({ inputs }) => JSON.stringify(inputs.spec))
      .flatMap((spec) => /"app\.kubernetes\.io\/instance":"(\w+)"/.exec(spec)?.[1] ?? []);
    assert.deepEqual(instances.sort(), ["istio", "istiod"]);
  });
});
