import assert from "node:assert/strict";
import type { Cluster } from "../../adapters/cluster/cluster";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../toolchain/versions";
import type { ApiServer } from "../cluster/apiServer";
import { kwokStack } from "../support/kwokStack";
import { ISTIO_CRDS } from "../support/newestObjects";
import { pattern } from "../support/pattern";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { toolsFor } from "../support/tools";

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GATEWAYS = "/apis/networking.istio.io/v1/namespaces/istio-gateways/gateways";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/istio-gateways/deployments";
const ADMISSION = "/apis/admissionregistration.k8s.io/v1";
const TAG_WEBHOOK = "istio-revision-tag-stable";

/** Any bytes: nothing calls the webhooks here. */
const CA_BUNDLE = Buffer.from("a certificate").toString("base64");

interface Configuration {
  readonly metadata: { readonly name: string };
  readonly webhooks: readonly { readonly name: string }[];
}

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
  const stage = stages();
  let api: ApiServer;
  let cluster: Cluster;
  let stack: TestStack;

  before(async function () {
    const scene = await kwokStack(await toolsFor(this), "live", {
      "mesh:version": PREVIOUS,
      "mesh:overlays": ["cni-gcp", "termination-drain-30s", "strict-mtls"],
      "mesh:revisions": [{ revision: OLD }, { revision: NEW, version: NEWEST }],
      "mesh:tags": { stable: OLD },
    });
    ({ api, stack } = scene);
    ({ cluster } = scene.live);
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

  /** What istiod does once it runs: it writes its certificate into its own webhooks. */
  async function actAsIstiod(kind: string): Promise<void> {
    const path = `${ADMISSION}/${kind.toLowerCase()}s`;
    const { body } = await cluster.call("GET", path);
    for (const { metadata, webhooks } of body.items as unknown as Configuration[]) {
      const patch = {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind,
        metadata: { name: metadata.name },
        webhooks: webhooks.map(({ name }) => ({
          name,
          clientConfig: { caBundle: CA_BUNDLE },
          ...(kind.startsWith("Validating") && { failurePolicy: "Fail" }),
        })),
      };
      const query = "?fieldManager=pilot-discovery&force=true";
      const answer = await cluster.call("PATCH", `${path}/${metadata.name}${query}`, patch);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
    }
  }

  stage("takes every object of two control planes, a tag and the CNI plugin", async () => {
    await stack.up();
    assert.equal((await names(CRDS)).length, ISTIO_CRDS.length);
    assert.ok((await names(`${ADMISSION}/mutatingwebhookconfigurations`)).includes(TAG_WEBHOOK));
  });

  stage("makes no gateway while the webhook has no certificate, and names it", async () => {
    stack.configure({
      "mesh:gateways": gateways({ [OLD]: 90, [NEW]: 10 }),
      "mesh:timeouts": { injection: 5 },
    });
    const { output } = await stack.failure();
    assert.match(output, /still not ready after 5 s/);
    assert.match(output, pattern`istio-sidecar-injector-${OLD}`);
    assert.match(output, /caBundle|certificate/);
    assert.deepEqual(await names(DEPLOYMENTS), []);
  });

  stage("takes a gateway of each kind once istiod has written its webhooks", async () => {
    await actAsIstiod("MutatingWebhookConfiguration");
    await actAsIstiod("ValidatingWebhookConfiguration");
    stack.configure({ "mesh:timeouts": undefined });
    await stack.up();
    assert.deepEqual(await names(GATEWAYS), ["east-istiod", "east-services", "out", "web"].sort());
  });

  stage("previews no change after it, also with a refresh", async () => {
    assert.deepEqual(operations((await stack.preview()).changes), []);
    const refreshed = await stack.preview(["--refresh"]);
    const objects = refreshed.changes.filter(({ op }) => op !== "refresh");
    assert.deepEqual(operations(objects), []);
  });

  stage("cuts over, and the Service keeps its identity", async () => {
    const path = "/api/v1/namespaces/istio-gateways/services/web";
    const before = (await cluster.call("GET", path)).body.metadata as { uid: string };
    stack.configure({ "mesh:gateways": gateways({ [NEW]: 100 }) });
    await stack.up();
    const after = (await cluster.call("GET", path)).body.metadata as { uid: string };
    assert.equal(after.uid, before.uid);
    assert.deepEqual(await names(DEPLOYMENTS), [`east-${NEW}`, `out-${NEW}`, `web-${NEW}`]);
  });

  stage("keeps the pods when an autoscaler takes over their number", async () => {
    const [web, ...others] = gateways({ [NEW]: 100 });
    const autoscaling = { minReplicas: 2, maxReplicas: 6 };
    const { replicas: _, ...scaled } = { ...web, autoscaling } as Record<string, unknown>;
    stack.configure({ "mesh:gateways": [scaled, ...others] });
    await stack.up();
    const { body } = await cluster.call("GET", `${DEPLOYMENTS}/web-${NEW}`);
    assert.equal((body.spec as { replicas: number }).replicas, 4);
    assert.deepEqual(operations((await stack.preview()).changes), []);
  });

  stage("moves a namespace: its label comes, istio-injection goes, the rest stays", async () => {
    const manager = "?fieldManager=someone&force=true";
    const labels = { "istio-injection": "enabled", team: "cart" };
    const cart = { apiVersion: "v1", kind: "Namespace", metadata: { name: "cart", labels } };
    await cluster.call("PATCH", `/api/v1/namespaces/cart${manager}`, cart);
    const restart = { batchSize: 2, timeoutSeconds: 60 };
    stack.configure({ "mesh:namespaces": [{ name: "cart", revision: "stable", restart }] });
    await stack.up();

    const { metadata } = (await cluster.call("GET", "/api/v1/namespaces/cart")).body;
    const { labels: moved } = metadata as { labels: Record<string, string> };
    assert.equal(moved["istio.io/rev"], "stable");
    assert.equal(moved["istio-injection"], undefined);
    assert.equal(moved.team, "cart");
    assert.deepEqual(operations((await stack.preview()).changes), []);
  });

  stage("does not remove a revision that a namespace of the cluster still uses", async () => {
    const labels = { "istio.io/rev": OLD };
    const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } };
    const path = "/api/v1/namespaces/shop?fieldManager=someone&force=true";
    assert.equal((await cluster.call("PATCH", path, shop)).status, 201);
    stack.configure({
      "mesh:tags": { stable: NEW },
      "mesh:revisions": [{ revision: NEW, version: NEWEST }],
    });
    const { output } = await stack.failure();
    assert.match(output, /shop/);
    const istiods = await names("/apis/apps/v1/namespaces/istio-system/deployments");
    assert.deepEqual(istiods, [`istiod-${OLD}`, `istiod-${NEW}`]);
  });

  stage("goes on once nothing uses it", async () => {
    const labels = { "istio.io/rev": NEW };
    const shop = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } };
    const path = "/api/v1/namespaces/shop?fieldManager=someone&force=true";
    assert.equal((await cluster.call("PATCH", path, shop)).status, 200);
    await stack.up();
    const istiods = await names("/apis/apps/v1/namespaces/istio-system/deployments");
    assert.deepEqual(istiods, [`istiod-${NEW}`]);
  });
});
