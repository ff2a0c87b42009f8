import assert from "node:assert/strict";
import { type Cluster, openCluster, succeeded } from "../../adapters/cluster/cluster";
import type { JsonObject } from "../../mesh/common/json";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { untilFound } from "../node/wait";

/** Plurals are the kind in lower case and an "s", but for these. */
const PLURALS: Readonly<Record<string, string>> = {
  AuthorizationPolicy: "authorizationpolicies",
  NetworkPolicy: "networkpolicies",
  Telemetry: "telemetries",
};

/** Path of an object at the API server. */
export function pathOf(object: K8sObject): string {
  const { apiVersion, kind, namespace, name } = identityOf(object);
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  const below = namespace === "" ? "" : `/namespaces/${namespace}`;
  return `${root}${below}/${plural}/${name}`;
}

/** What tests do to a cluster besides what the program under test does. */
export interface LiveCluster {
  readonly cluster: Cluster;
  /** Creates or updates, as a user with kubectl would. */
  apply(object: K8sObject): Promise<JsonObject>;
  /** Writes the status, as a controller would. */
  applyStatus(object: K8sObject): Promise<JsonObject>;
  get(path: string): Promise<JsonObject>;
  remove(object: K8sObject): Promise<void>;
}

export function liveCluster(kubeconfig: string, manager = "test"): LiveCluster {
  const cluster = openCluster({ kind: "cluster", kubeconfig });
  const patch = async (path: string, object: K8sObject) => {
    const query = `?fieldManager=${manager}&force=true`;
    return succeeded(objectTitle(object), await cluster.call("PATCH", path + query, object));
  };
  return {
    cluster,
    apply: (object) => patch(pathOf(object), object),
    applyStatus: (object) => patch(`${pathOf(object)}/status`, object),
    async get(path) {
      const answer = await cluster.call("GET", path);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body;
    },
    async remove(object) {
      await cluster.call("DELETE", pathOf(object));
    },
  };
}

/** @example namespace("shop", { "istio-injection": "enabled" }) */
export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): K8sObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { ...labels } } };
}

/** How long controllers may take. */
const SETTLED_MS = 120_000;

type Answer = Awaited<ReturnType<Cluster["call"]>>;

/** Waits until something of an object is so. */
export async function untilAt(
  live: LiveCluster,
  path: string,
  isSo: (object: JsonObject) => boolean,
): Promise<JsonObject> {
  let last: Answer | undefined;
  const look = async () => {
    last = await live.cluster.call("GET", path);
    return last.status === 200 && isSo(last.body) ? last.body : undefined;
  };
  return untilFound(look, SETTLED_MS, () => `${path}: ${JSON.stringify(last?.body)}`);
}
