import assert from "node:assert/strict";
import type { ApiAnswer, Cluster } from "../../../adapters/cluster/cluster";
import {
  readList,
  readSnapshot,
  requireList,
  requireSnapshot,
} from "../../../adapters/cluster/snapshot";
import { listPath, RESOURCES, type ResourceId } from "../../../mesh/snapshot/resources";

const FORBIDDEN =
  'pods is forbidden: User "ci" cannot list resource "pods" in API group "" at the cluster scope';

function clusterOf(answer: (path: string) => ApiAnswer): {
  readonly cluster: Cluster;
  readonly calls: string[];
} {
  const calls: string[] = [];
  const call: Cluster["call"] = (_, url) => {
    calls.push(url);
    return Promise.resolve(answer(url.split("?")[0] ?? ""));
  };
  return { cluster: { call }, calls };
}

const refusing = (status: number, message = "no") =>
  clusterOf(() => ({ status, body: { message } })).cluster;

describe("the reader of a cluster's lists", () => {
  it("lists each resource once, with apiVersion and kind in each object", async () => {
    const items = [{ metadata: { name: "a" } }];
    const { cluster, calls } = clusterOf(() => ({ status: 200, body: { items } }));
    const read = await readSnapshot(cluster, ["deployments", "namespaces"]);
    assert.deepEqual(read.deployments, [
      { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" } },
    ]);
    assert.deepEqual(
      calls.map((url) => url.split("?")[0]),
      ["/apis/apps/v1/deployments", "/api/v1/namespaces"],
    );
  });

  it("lists one namespace, by labels", async () => {
    const { cluster, calls } = clusterOf(() => ({ status: 200, body: { items: [] } }));
    await readList(cluster, "pods", { namespace: "shop", labelSelector: "app=cart" });
    assert.match(
      calls.join(),
      /^\/api\/v1\/namespaces\/shop\/pods\?labelSelector=app%3Dcart&limit=/,
    );
  });

  it("drops who set which field of pods, and keeps it of Deployments", async () => {
    const metadata = { name: "a", managedFields: [{ manager: "kubectl" }] };
    const { cluster } = clusterOf(() => ({ status: 200, body: { items: [{ metadata }] } }));
    const { pods, deployments } = await requireSnapshot(cluster, ["pods", "deployments"]);
    assert.deepEqual(pods[0]?.metadata, { name: "a" });
    assert.deepEqual(deployments[0]?.metadata, metadata);
  });

  it("403: unread, and the fix names the right", async () => {
    assert.deepEqual(await readList(refusing(403, FORBIDDEN), "pods"), {
      unread: `/api/v1/pods: ${FORBIDDEN}`,
      fix: "grant ci the verb list on pods in the whole cluster",
    });
  });

  it("401: unread, also for what only some clusters have", async () => {
    const read = await readList(refusing(401), "controlPlaneRevisions");
    assert.match(JSON.stringify(read), /"fix":"log in again/);
  });

  it("404: a resource of a CRD has no objects, one of Kubernetes' own is unread", async () => {
    const isEmpty = async (id: ResourceId) => Array.isArray(await readList(refusing(404), id));
    const ids = Object.keys(RESOURCES) as ResourceId[];
    const empty = await Promise.all(ids.map(isEmpty));
    assert.deepEqual(
      ids.filter((_, index) => empty[index]),
      [
        "scaledObjects",
        "controlPlaneRevisions",
        "gatewayResources",
        "destinationRules",
        "peerAuthentications",
        "workloadEntries",
        "telemetries",
        "authorizationPolicies",
        "envoyFilters",
      ],
    );
  });

  it("a guard gets the error of a list that it needs", async () => {
    await assert.rejects(requireList(refusing(403, FORBIDDEN), "pods"), { status: 403 });
    await assert.rejects(requireSnapshot(refusing(500), ["pods"]), { status: 500 });
    assert.deepEqual(await requireList(refusing(404), "envoyFilters"), []);
  });

  it("paths of groups and of the core API", () => {
    assert.equal(listPath("services", "shop"), "/api/v1/namespaces/shop/services");
    assert.equal(listPath("budgets"), "/apis/policy/v1/poddisruptionbudgets");
  });
});
