import assert from "node:assert/strict";
import { type Cluster, openCluster } from "../../components/cluster";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { TestStack } from "../support/stack";
import { ISTIO, PREVIOUS, toolsFor } from "../support/tools";

const OLD = "1-28-2";
const NEW = "1-29-1";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GATEWAYS = "/apis/networking.istio.io/v1/namespaces/istio-gateways/gateways";

type Weights = Readonly<Record<string, number>>;

/** One gateway of each kind, with all that hangs on it. */
function gateways(weights: Weights) {
  const revisions = Object.entries(weights).map(([revision, weight]) => ({ revision, weight }));
  const place = { namespace: "istio-gateways", revisions };
  return [
    {
      ...place,
      name: "web",
      replicas: 4,
      service: { internal: true, sessionAffinity: "ClientIP" },
      tls: [{ hosts: ["shop.example.com"], credentialName: "shop" }],
    },
    {
      ...place,
      name: "out",
      kind: "egress",
      autoscaling: { minReplicas: 2, maxReplicas: 4 },
      hosts: { externalHosts: [{ host: "api.example.com", port: 443, protocol: "TLS" }] },
    },
    {
      ...place,
      name: "east",
      kind: "east-west",
      network: "net-1",
      eastWest: { exposeIstiod: true },
    },
  ];
}

/** What the engine did other than leave alone, by operation and type. */
function operations(changes: readonly { op: string; type: string; name: string }[]): string[] {
  return changes.map(({ op, type, name }) => `${op} ${type} ${name}`);
}

/** A real API server, controllers and scheduler; kwok plays the node, and nothing runs in pods. */
describe("a mesh on a real API server", () => {
  let api: ApiServer;
  let cluster: Cluster;
  let stack: TestStack;

  before(async function () {
    const tools = await toolsFor(this);
    // No istiod runs, so nothing answers its webhooks.
    api = await startKwokCluster({ webhooks: false });
    cluster = openCluster({ kind: "cluster", kubeconfig: api.kubeconfig });
    stack = await TestStack.create(tools, "live", {
      "mesh:target": "cluster",
      "mesh:kubeconfig": api.kubeconfig,
      "mesh:version": PREVIOUS,
      "mesh:profile": "minimal",
      "mesh:overlays": ["cni-gcp", "termination-drain-30s", "strict-mtls"],
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: ISTIO }],
      "mesh:tags": { stable: OLD },
      "mesh:gateways": gateways({ [OLD]: 90, [NEW]: 10 }),
    });
  });

  after(async () => {
    await api?.stop();
  });

  async function names(path: string): Promise<string[]> {
    const { status, body } = await cluster.call("GET", path);
    assert.equal(status, 200, JSON.stringify(body));
    const items = body.items as { metadata: { name: string } }[];
    return items.map(({ metadata }) => metadata.name).sort();
  }

  it("takes every object: two control planes, a tag, a gateway of each kind", async () => {
    await stack.up();
    assert.deepEqual(await names(GATEWAYS), ["east-istiod", "east-services", "out", "web"].sort());
    assert.equal((await names(CRDS)).length, 14);
  }).timeout(180_000);

  it("previews no change after it", async () => {
    const { changes } = await stack.preview();
    assert.deepEqual(operations(changes), []);
  }).timeout(60_000);

  it("C5 cuts over, and the Service keeps its identity", async () => {
    const path = "/api/v1/namespaces/istio-gateways/services/web";
    const before = (await cluster.call("GET", path)).body.metadata as { uid: string };
    stack.configure({ "mesh:gateways": gateways({ [NEW]: 100 }) });
    await stack.up();
    const after = (await cluster.call("GET", path)).body.metadata as { uid: string };
    assert.equal(after.uid, before.uid);
    const deployments = await names("/apis/apps/v1/namespaces/istio-gateways/deployments");
    assert.deepEqual(deployments, [`east-${NEW}`, `out-${NEW}`, `web-${NEW}`]);
  }).timeout(180_000);
});
