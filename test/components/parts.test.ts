import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import {
  Base,
  Cni,
  ControlPlane,
  Crds,
  type MeshArgs,
  OverlayGateways,
  Ztunnel,
} from "../../components";
import type { CrdFacts } from "../../mesh/k8s/crd";
import { NEWEST } from "../../toolchain/versions";
import { withRealCharts } from "../support/meshProgram";
import {
  awaited,
  outputValue,
  type Recording,
  type Registered,
  runProgram,
} from "../support/mocks";
import { ISTIO_CRDS } from "../support/newestObjects";

type Part = new (
  name: string,
  args: MeshArgs,
  opts?: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

function objectsOf({ resources }: Recording): Registered[] {
  return resources.filter(({ type }) => type.startsWith("kubernetes:"));
}

function titles(recording: Recording): string[] {
  return objectsOf(recording)
    .map(({ type, name }) => `${type.split(":").at(-1)} ${name.slice(name.indexOf(":") + 1)}`)
    .sort();
}

describe("parts of a mesh", () => {
  const common = withRealCharts();

  const create = (part: Part, args: Partial<MeshArgs> = {}) =>
    runProgram(() => new part("part", { ...common(), ...args } as MeshArgs));

  const cases: readonly [Part, Partial<MeshArgs>, readonly string[]][] = [
    [
      Base,
      {},
      ["Namespace istio-system", "ServiceAccount istio-system/istio-reader-service-account"],
    ],
    [
      Cni,
      { cni: { environment: "gke" } },
      [
        "ClusterRole istio-cni",
        "ClusterRole istio-cni-repair-role",
        "ClusterRoleBinding istio-cni",
        "ClusterRoleBinding istio-cni-repair-rolebinding",
        "ConfigMap kube-system/istio-cni-config",
        "DaemonSet kube-system/istio-cni-node",
        "ServiceAccount kube-system/istio-cni",
      ],
    ],
    [
      Ztunnel,
      { profile: "ambient" },
      ["DaemonSet istio-system/ztunnel", "ServiceAccount istio-system/ztunnel"],
    ],
    [
      OverlayGateways,
      {},
      [
        "Deployment istio-system/istio-ingressgateway",
        "HorizontalPodAutoscaler istio-system/istio-ingressgateway",
        "Role istio-system/istio-ingressgateway-sds",
        "RoleBinding istio-system/istio-ingressgateway-sds",
        "Service istio-system/istio-ingressgateway",
        "ServiceAccount istio-system/istio-ingressgateway-service-account",
      ],
    ],
  ];

  for (const [part, args, expected] of cases) {
    describe(part.name, () => {
      let recording: Recording;
      before(async () => {
        recording = await create(part, args);
      });

      it("has a token of this package and its objects as children", () => {
        assert.deepEqual(recording.errors, []);
        const [root, ...others] = recording.resources;
        assert.equal(root?.type, `servicemesh:index:${part.name}`);
        for (const { name, parent } of others) {
          assert.equal(parent, root?.urn, name);
        }
      });

      it("registers exactly its objects, and no CRD", () => {
        assert.deepEqual(titles(recording), expected);
      });

      it("warns of a place that Istio retires, with its replacement", async () => {
        const { warnings } = await create(part, { ...args, hub: "gcr.io/istio-release" });
        const [said] = warnings.filter((text) => text.includes("Istio retires"));
        assert.match(said ?? "", /^inputs: hub: names gcr\.io\/istio-release, .*docker\.io\/istio/);
      });

      it("names them the same in every run", async () => {
        assert.deepEqual(titles(await create(part, args)), expected);
      });
    });
  }

  it("that is not asked for registers nothing but itself", async () => {
    const recording = await create(Cni);
    assert.deepEqual(recording.errors, []);
    assert.deepEqual(titles(recording), []);
  });

  describe("ControlPlane", () => {
    it("has the revision in its objects' names and as an output", async () => {
      let plane: ControlPlane | undefined;
      const recording = await runProgram(() => {
        plane = new ControlPlane("istiod", { ...common(), revision: "blue" });
      });
      const missing = titles(recording).filter((title) => !title.includes("blue"));
      assert.deepEqual(missing, []);
      assert.ok(titles(recording).includes("Deployment istio-system/istiod-blue"));
      assert.ok(plane);
      assert.equal(await outputValue(plane.revision), "blue");
      assert.ok((await outputValue(plane.objects)).includes("Deployment istio-system/istiod-blue"));
    });

    it("takes typed inputs and overlays as two ways to say the same", async () => {
      const configOf = async (args: Partial<MeshArgs>) => {
        const recording = await create(ControlPlane, args);
        const config = objectsOf(recording).find(({ name }) => name.endsWith("istio-system/istio"));
        assert.ok(config);
        return (config.inputs.data as { mesh: string }).mesh;
      };
      const typed = await configOf({ accessLog: { encoding: "JSON" } });
      assert.equal(typed, await configOf({ overlays: ["access-log-json"] }));
      assert.match(typed, /accessLogEncoding: JSON/);
    });

    it("runs side by side with another revision: not one object in common", async () => {
      const both = await runProgram(() => {
        new ControlPlane("blue", { ...common(), revision: "blue" });
        new ControlPlane("green", { ...common(), revision: "green" });
      });
      const all = titles(both);
      assert.deepEqual([...new Set(all)], all);
    });
  });

  describe("Crds", () => {
    const crdName = ({ inputs }: Registered) => (inputs.metadata as { name: string }).name;

    it("without a target are the manifests themselves, kept when the stack goes", async () => {
      const recording = await create(Crds);
      const crds = objectsOf(recording);
      assert.deepEqual(crds.map(crdName).sort(), ISTIO_CRDS);
      for (const { name, type, retainOnDelete, inputs } of crds) {
        assert.equal(type, "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition");
        assert.ok(retainOnDelete, `${name} would go with the stack`);
        assert.ok(inputs.spec !== undefined);
      }
    });

    it("with a target are tracked by digest, with hooks that deliver them", async () => {
      const target = { kind: "render", directory: "unused" } as const;
      const recording = await runProgram(() => new Crds("crds", { ...common(), target }));
      const [set] = recording.resources.filter(({ type }) => type === "servicemesh:index:CrdSet");
      assert.deepEqual(set?.hooks, ["crds:deliver", "crds:deliver"]);
      const tracked = Object.entries(set.inputs.crds as Record<string, CrdFacts>);
      assert.deepEqual(tracked.map(([name]) => name).sort(), ISTIO_CRDS);
      for (const [name, facts] of tracked) {
        assert.match(facts.digest, /^[0-9a-f]{64}$/, name);
        assert.equal(facts.istioVersion, NEWEST);
        assert.ok(!("spec" in facts), "the whole manifest slows every preview down");
      }
      assert.deepEqual(objectsOf(recording), []);
    });
  });

  it("CRDs go with the stack on request", async () => {
    const args = { ...common(), crdsOnDestroy: "delete" } as const;
    const whole = await runProgram(() => new Crds("crds", args));
    assert.ok(objectsOf(whole).every(({ retainOnDelete }) => !retainOnDelete));
    const target = { kind: "render", directory: "unused" } as const;
    const { resources } = await runProgram(() => new Crds("crds", { ...args, target }));
    const [set] = resources.filter(({ type }) => type === "servicemesh:index:CrdSet");
    assert.ok(set?.removalHooks.includes("crds:remove-all"));
  });

  it("istiod starts after its permissions and its configuration", async () => {
    const objects = objectsOf(await create(ControlPlane));
    const istiod = objects.find(({ type }) => type.endsWith(":Deployment"));
    const needed = objects.filter(({ type }) =>
      /:(\w*Role\w*|ConfigMap|ServiceAccount)$/.test(type),
    );
    assert.ok(istiod && needed.length > 6);
    assert.ok(needed.every(({ urn }) => istiod.dependencies.includes(urn)));
  });

  it("webhooks go before everything that answers them", async () => {
    const recording = await create(ControlPlane);
    const objects = objectsOf(recording);
    const isWebhook = ({ type }: { type: string }) => type.includes("WebhookConfiguration");
    const others = objects.filter((object) => !isWebhook(object)).map(({ urn }) => urn);
    const webhooks = objects.filter(isWebhook);
    assert.ok(webhooks.length > 1 && others.length > 10);
    for (const webhook of webhooks) {
      const all = awaited(recording, webhook);
      assert.deepEqual(
        others.filter((urn) => !all.has(urn)),
        [],
        webhook.name,
      );
    }
  });

  it("make what depends on them wait for all their objects", async () => {
    const recording = await runProgram(() => {
      const base = new Base("base", common());
      new ControlPlane("istiod", common(), { dependsOn: base });
    });
    const urns = recording.resources
      .filter(({ name }) => name.startsWith("base:"))
      .map(({ urn }) => urn);
    const istiod = recording.resources.filter(({ name }) => name.startsWith("istiod:"));
    assert.ok(urns.length === 2 && istiod.length > 10);
    for (const object of istiod) {
      const all = awaited(recording, object);
      assert.deepEqual(
        urns.filter((urn) => !all.has(urn)),
        [],
        object.name,
      );
    }
  });

  it("put their namespaces before the objects in them", async () => {
    const recording = await create(Base);
    const [namespace, account] = objectsOf(recording);
    assert.equal(namespace?.type, "kubernetes:core/v1:Namespace");
    assert.ok(account?.dependencies.includes(namespace?.urn ?? ""));
  });
});
