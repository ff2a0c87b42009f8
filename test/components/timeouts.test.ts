import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { ServiceMesh, type ServiceMeshArgs } from "../../components";
import { withRealCharts } from "../support/meshProgram";
import { runProgram } from "../support/mocks";

type Options = Pick<pulumi.CustomResourceOptions, "customTimeouts" | "hooks">;

const CLUSTER = { kind: "cluster", kubeconfig: "/none" } as const;

describe("each part of a mesh has its time", () => {
  const common = withRealCharts();

  /** Options of the workloads and Services, by kind and name of the object. */
  async function optionsOf(args: Partial<ServiceMeshArgs> = {}): Promise<Map<string, Options>> {
    const seen = new Map<string, Options>();
    const note: pulumi.ResourceTransformation = ({ type, name, opts }) => {
      if (type.startsWith("kubernetes:")) {
        seen.set(`${type.split(":").at(-1)} ${name.split("/").at(-1)}`, opts);
      }
      return undefined;
    };
    const all = {
      ...common(),
      profile: "ambient",
      revision: "blue",
      overlays: ["legacy-default-ingressgateway"],
      gateways: [{ name: "web", namespace: "edge", revisions: [{ revision: "blue" }] }],
      ...args,
    };
    const { errors } = await runProgram(() => {
      new ServiceMesh("mesh", all as ServiceMeshArgs, { transformations: [note] });
    });
    assert.deepEqual(errors, []);
    return seen;
  }

  const createSeconds = (seen: Map<string, Options>, title: string) =>
    seen.get(title)?.customTimeouts?.create;

  it("by default, on GKE, and as `timeouts` say", async () => {
    const standard = await optionsOf();
    const onGke = await optionsOf({ platform: "gke" } as Partial<ServiceMeshArgs>);
    const own = await optionsOf({
      timeouts: { controlPlane: 1, cni: 2, ztunnel: 3, gateways: 4 },
    } as Partial<ServiceMeshArgs>);
    const cases: [string, string, string, string][] = [
      ["Deployment istiod-blue", "300s", "900s", "1s"],
      ["DaemonSet istio-cni-node", "600s", "600s", "2s"],
      ["DaemonSet ztunnel", "600s", "600s", "3s"],
      ["Deployment istio-ingressgateway", "300s", "900s", "4s"],
      ["Service istio-ingressgateway", "300s", "900s", "4s"],
      ["Deployment web-blue", "300s", "900s", "4s"],
    ];
    for (const [title, usual, gke, given] of cases) {
      assert.equal(createSeconds(standard, title), usual, title);
      assert.equal(createSeconds(onGke, title), gke, `${title} on GKE`);
      assert.equal(createSeconds(own, title), given, title);
    }
    assert.equal(createSeconds(own, "ConfigMap istio-blue"), undefined, "nothing waits for it");
  });

  it("on a cluster, workloads are followed, and Services that wait for an address, and nothing else", async () => {
    const seen = await optionsOf({ target: CLUSTER });
    const followed = [...seen]
      .filter(([, { hooks }]) =>
        (hooks?.onError ?? []).some(({ name }) => name === "mesh:rollout-fails"),
      )
      .map(([title]) => title)
      .sort();
    assert.deepEqual(followed, [
      "DaemonSet istio-cni-node",
      "DaemonSet ztunnel",
      "Deployment istio-ingressgateway",
      "Deployment istiod-blue",
      "Deployment web-blue",
      "Service istio-ingressgateway",
    ]);
    const names = (title: string) => {
      const { hooks = {} } = seen.get(title) ?? {};
      const { beforeUpdate = [], onError = [] } = hooks;
      return [...(beforeUpdate as pulumi.ResourceHook[]), ...onError].map(({ name }) => name);
    };
    assert.deepEqual(names("Deployment istiod-blue"), [
      "mesh-precheck:check",
      "mesh:rollout-begins",
      "mesh:adopt:scaling",
      "mesh:adopt:failed",
      "mesh:rollout-fails",
    ]);
    assert.deepEqual(
      names("Deployment web-blue").slice(-5),
      [
        "mesh-edge-web:mesh:capacity",
        "mesh:rollout-begins",
        "mesh:adopt:scaling",
        "mesh:adopt:failed",
        "mesh:rollout-fails",
      ],
      "gates come first",
    );
  });

  it("without a cluster nobody is asked", async () => {
    const seen = await optionsOf({ target: { kind: "render", directory: "unused" } });
    assert.ok([...seen.values()].every(({ hooks }) => (hooks?.onError ?? []).length === 0));
  });
});
