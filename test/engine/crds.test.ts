import assert from "node:assert/strict";
import { type Cluster, openCluster } from "../../adapters/cluster/cluster";
import { clusterDelivery } from "../../components/objects/crd/cluster";
import { isObject, type JsonObject } from "../../mesh/common/json";
import { crdIstioVersion } from "../../mesh/k8s/crd";
import type { K8sObject } from "../../mesh/k8s/objects";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { type ApiServer, startApiServer } from "../cluster/apiServer";
import { until } from "../node/wait";
import { stages } from "../support/stages";

const NAME = "gateways.networking.istio.io";
const PATH = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`;

/** A CRD of an Istio release; each has one more field in its schema than the last. */
function crdOf(version: string, fields: readonly string[]): K8sObject {
  const spec = { type: "object" };
  const properties = Object.fromEntries(fields.map((field) => [field, { type: "string" }]));
  const schema = {
    openAPIV3Schema: { type: "object", properties: { spec: { ...spec, properties } } },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: NAME, labels: { "app.kubernetes.io/version": version } },
    spec: {
      group: "networking.istio.io",
      scope: "Namespaced",
      names: { kind: "Gateway", plural: "gateways", singular: "gateway", listKind: "GatewayList" },
      versions: [{ name: "v1", served: true, storage: true, schema }],
    },
  } as K8sObject;
}

/** CRDs are shared by every control plane of a cluster: the newest one decides (istio#43204). */
describe("CRDs in a real cluster", () => {
  const stage = stages();
  let api: ApiServer;
  let cluster: Cluster;

  const older = crdOf(PREVIOUS, ["selector"]);
  const newer = crdOf(NEWEST, ["selector", "servers"]);

  before(async () => {
    api = await startApiServer();
    cluster = openCluster({ kind: "cluster", kubeconfig: api.kubeconfig });
  });

  after(() => api?.stop());

  /** A delivery as a new update has it. */
  const delivery = () => clusterDelivery(cluster, 30);

  async function live(): Promise<JsonObject> {
    const { status, body } = await cluster.call("GET", PATH);
    assert.equal(status, 200);
    return body;
  }

  function isEstablished({ status }: JsonObject): boolean {
    const conditions =
      isObject(status) && Array.isArray(status.conditions) ? status.conditions : [];
    return conditions.some(
      (each) => isObject(each) && each.type === "Established" && each.status === "True",
    );
  }

  stage("are created, and served when that is done", async () => {
    await delivery().apply(older);
    const found = await live();
    assert.equal(crdIstioVersion(found), PREVIOUS);
    assert.ok(isEstablished(found));
  });

  stage("are brought up to a newer version", async () => {
    await delivery().apply(newer);
    const found = await live();
    assert.equal(crdIstioVersion(found), NEWEST);
    assert.match(JSON.stringify(found.spec), /"servers"/);
  });

  stage("stay as they are when an older version comes", async () => {
    const before = await live();
    await delivery().apply(older);
    assert.deepEqual(await live(), before);
  });

  stage("go on request, and a second time that is no error", async () => {
    await delivery().remove(newer);
    // The API server deletes the objects of the kind first.
    const isGone = async () => (await cluster.call("GET", PATH)).status === 404;
    await until(isGone, 30_000, () => "the CRD is still there");
    await delivery().remove(newer);
  });
});
