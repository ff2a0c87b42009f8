import assert from "node:assert/strict";
import type { JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { DATA_PLANE } from "../../mesh/managed/dataPlane";
import { MANAGED_CRD, managedPath } from "../../mesh/managed/objects";
import type { ManagedInputs } from "../../mesh/model/managedInputs";
import type { MeshNamespaceInputs } from "../../mesh/model/meshNamespaceInputs";
import type { ApiServer } from "../cluster/apiServer";
import { startKwokCluster } from "../cluster/kwokCluster";
import { type LiveCluster, liveCluster, namespace } from "../support/liveCluster";
import { programStack } from "../support/programStack";
import type { TestStack } from "../support/stack";
import { stages } from "../support/stages";
import { useTestCache } from "../support/temporary";
import { toolsFor } from "../support/tools";

const REVISION = "asm-managed";
const ASKED: ManagedInputs = { provisioning: "resource", timeoutSeconds: 60 };
const DEPLOYMENT = `/apis/apps/v1/namespaces/edge/deployments/web-${REVISION}`;

/** As far as anybody here looks: Google's own has more fields. */
const CRD: K8sObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: MANAGED_CRD },
  spec: {
    group: "mesh.cloud.google.com",
    scope: "Namespaced",
    names: {
      kind: "ControlPlaneRevision",
      listKind: "ControlPlaneRevisionList",
      plural: "controlplanerevisions",
      singular: "controlplanerevision",
    },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
              status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};

const WEBHOOK: K8sObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: `istiod-${REVISION}`, labels: { "istio.io/rev": REVISION } },
  webhooks: [
    {
      name: "rev.object.sidecar-injector.istio.io",
      // Nobody answers here: pods do without.
      clientConfig: { url: "https://127.0.0.1:1/inject" },
      failurePolicy: "Ignore",
      timeoutSeconds: 1,
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      objectSelector: { matchLabels: { "istio.io/rev": REVISION } },
      rules: [
        { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
      ],
    },
  ],
};

describe("a managed control plane on a real API server", () => {
  const stage = stages();
  let api: ApiServer;
  let live: LiveCluster;
  let stack: TestStack;
  let undo: () => void;

  function declare(
    managed?: ManagedInputs,
    gatewayRevision?: string,
    cart?: Partial<MeshNamespaceInputs>,
  ): void {
    const program = { kubeconfig: api.kubeconfig, managed, gatewayRevision, cart };
    stack.configure({ "mesh:program": program });
  }

  /** What Google's controllers write once they are done. */
  async function provision(): Promise<void> {
    const conditions = [{ type: "ProvisioningFinished", status: "True" }];
    await live.applyStatus({
      apiVersion: "mesh.cloud.google.com/v1beta1",
      kind: "ControlPlaneRevision",
      metadata: { name: REVISION, namespace: "istio-system" },
      status: { conditions },
    });
  }

  before(async function () {
    const tools = await toolsFor(this);
    undo = useTestCache();
    process.env.PULUMI_HOME ??= tools.home;
    api = await startKwokCluster();
    live = liveCluster(api.kubeconfig);
    const names = ["istio-system", "edge", "shop", "cart"];
    await Promise.all(names.map((name) => live.apply(namespace(name))));
    stack = await programStack(tools, "managed");
  });

  after(async () => {
    await api?.stop();
    undo?.();
  });

  stage(
    "says what is missing where the fleet has no mesh feature; nothing is created",
    async () => {
      declare({ ...ASKED, timeoutSeconds: 3 }, REVISION);
      const { output } = await stack.failure();
      assert.match(
        output,
        /still not ready after 3 s: the CRD controlplanerevisions\.\S+ is not there yet/,
      );
      assert.equal((await live.cluster.call("GET", DEPLOYMENT)).status, 404);
    },
  );

  stage("a gateway waits for Google and for the webhook", async () => {
    await live.apply(CRD);
    declare(ASKED, REVISION);
    const update = stack.up();
    await stack.untilSaid("Google has not provisioned asm-managed yet");
    assert.equal((await live.cluster.call("GET", DEPLOYMENT)).status, 404);
    await provision();
    await stack.untilSaid("the injection webhook of asm-managed is not there yet");
    assert.equal((await live.cluster.call("GET", DEPLOYMENT)).status, 404);
    await live.apply(WEBHOOK);
    await update;
    const asked = await live.get(managedPath(REVISION));
    assert.deepEqual(asked.spec, { type: "managed_service", channel: "regular" });
    const { spec } = await live.get(DEPLOYMENT);
    const path = "template.metadata.labels";
    const labels = getPath(spec as JsonObject, path) as Record<string, string>;
    assert.equal(labels["istio.io/rev"], REVISION);
  });

  stage("what Google writes into the resource is no change", async () => {
    const { changes } = await stack.preview();
    assert.deepEqual(changes, []);
  });

  stage("a namespace says who replaces its pods, whatever kubectl has said there", async () => {
    const annotations = async () => {
      const { metadata } = await live.get("/api/v1/namespaces/cart");
      const { [DATA_PLANE]: proxy, team } = (metadata as { annotations: JsonObject }).annotations;
      return { proxy, team };
    };
    await live.cluster.call(
      "PATCH",
      "/api/v1/namespaces/cart",
      { metadata: { annotations: { [DATA_PLANE]: '{"managed":"false"}', team: "a" } } },
      "merge",
    );
    declare(ASKED, REVISION, { managedDataPlane: true });
    await stack.up();
    assert.deepEqual(await annotations(), { proxy: '{"managed":"true"}', team: "a" });
    assert.deepEqual((await stack.preview()).changes, []);
    declare(ASKED, REVISION, {});
    const { changes } = await stack.up();
    assert.deepEqual(await annotations(), { proxy: undefined, team: "a" });
    assert.deepEqual(
      changes.map(({ op, type }) => `${op} ${type}`),
      ["update servicemesh:index:MeshNamespace", "update kubernetes:core/v1:NamespacePatch"],
      "no workload restarts",
    );
    declare(ASKED, REVISION);
    await stack.up();
  });

  stage("it is not given up while a namespace of somebody else's uses it", async () => {
    await live.apply(namespace("shop", { "istio.io/rev": REVISION }));
    declare();
    const { output } = await stack.failure();
    assert.match(output, /the control plane asm-managed is still used by namespace shop/);
    await live.get(managedPath(REVISION));
  });

  stage("and goes once nobody does", async () => {
    await live.apply(namespace("shop"));
    await stack.up();
    assert.equal((await live.cluster.call("GET", managedPath(REVISION))).status, 404);
  });
});
