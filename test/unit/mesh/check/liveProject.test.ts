import assert from "node:assert/strict";
import { projectNeeds } from "../../../../mesh/checks/precheck/projectNeeds";
import { liveProject } from "../../../../mesh/checks/validate/liveProject";
import type { JsonObject } from "../../../../mesh/common/json";
import { goodMesh, istiod } from "./goodMesh";

const CLUSTER = { project: "shop", location: "europe-west1", cluster: "main" };
const POOL = "projects/shop/locations/europe-west1/caPools/mesh";

function proxy(env: Readonly<Record<string, string>>, image = "proxyv2:1.23.3-asm.2"): JsonObject {
  return {
    metadata: { name: "web", namespace: "edge", labels: {}, annotations: { "istio.io/rev": "a" } },
    spec: {
      containers: [
        {
          name: "istio-proxy",
          image,
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
        },
      ],
    },
  };
}

const workloads = [{ kind: "Deployment", object: istiod("a", "1.23.3-asm.2") } as const];
const trust = { TRUST_DOMAIN: "fleet.svc.id.goog" };

function apis(pod: JsonObject): string[] {
  const needs = projectNeeds(CLUSTER, liveProject({ pods: [pod], workloads }));
  return needs.apis.map(({ project, service }) => `${project} ${service.split(".")[0]}`);
}

describe("validate --gcp: what a running mesh needs of its project", () => {
  it("are GKE and the firewall where nothing of the mesh is Google's", () => {
    const { pods, workloads } = goodMesh();
    const { images, mesh } = liveProject({ pods, workloads });
    assert.ok(images.length > 0 && !images.includes("shop:1"), images.join(", "));
    assert.deepEqual(Object.keys(mesh), ["version"]);
    assert.deepEqual(apis(proxy({})), ["shop compute", "shop container"]);
  });

  it("are the APIs of Mesh CA where proxies ask it, by its name or by its address", () => {
    const wanted = [
      "fleet gkehub",
      "fleet iamcredentials",
      "fleet mesh",
      "fleet meshca",
      "fleet meshconfig",
      "shop compute",
      "shop container",
      "shop mesh",
    ];
    assert.deepEqual(apis(proxy({ CA_PROVIDER: "GoogleCA", ...trust })), wanted);
    assert.deepEqual(apis(proxy({ CA_ADDR: "meshca.googleapis.com:443", ...trust })), wanted);
  });

  it("are those of a CA pool where proxies ask it", () => {
    const found = apis(proxy({ CA_PROVIDER: "GoogleCAS", CA_ADDR: POOL, ...trust }));
    assert.ok(found.includes("shop privateca"), found.join(", "));
  });

  it("are a repository of Artifact Registry that its images come from, and the fleet of a channel", () => {
    const image = "europe-docker.pkg.dev/images/istio/proxyv2:1.31.0";
    const pod = proxy({}, image);
    const { repositories } = projectNeeds(CLUSTER, liveProject({ pods: [pod], workloads }));
    assert.deepEqual(repositories, [
      { project: "images", location: "europe", repository: "istio" },
    ]);
    const managed = { ...pod, metadata: { annotations: { "istio.io/rev": "asm-managed-rapid" } } };
    const desired = liveProject({ pods: [managed], workloads });
    assert.deepEqual(desired.mesh.managed, { channel: "rapid" });
    assert.equal(projectNeeds(CLUSTER, desired).needsFleet, true);
  });

  it("has no images of workloads, whose proxy may be an init container", () => {
    const containers = [{ name: "app", image: "shop:1" }];
    const { metadata, spec } = proxy({});
    const sidecar = (spec as JsonObject).containers as JsonObject[];
    const pod = { metadata, spec: { containers, initContainers: sidecar } } as JsonObject;
    assert.deepEqual(liveProject({ pods: [pod], workloads }).images, []);
  });

  it("is nothing for what could not be read", () => {
    const unread = { unread: "forbidden" };
    assert.deepEqual(liveProject({ pods: unread, workloads: unread }), {
      mesh: { version: "" },
      images: [],
    });
  });
});
