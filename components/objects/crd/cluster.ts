import { setTimeout as delay } from "node:timers/promises";
import { type Cluster, succeeded } from "../../../adapters/cluster/cluster";
import { deleteObject, getObject } from "../../../adapters/cluster/objects";
import { requireList } from "../../../adapters/cluster/snapshot";
import { isObject, type JsonObject } from "../../../mesh/common/json";
import { crdIstioVersion, newerCrdVersion } from "../../../mesh/k8s/crd";
import { CRD_MANAGER } from "../../../mesh/k8s/managers";
import { identityOf, type K8sObject, objectTitle } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { listAt, nameOf, namespaceOf } from "../../../mesh/k8s/workload";
import * as pulumi from "../../pulumi/sdk";
import type { CrdDelivery } from "./types";

const POLL_MS = 100;

function pathOf(crd: K8sObject): string {
  return `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${identityOf(crd).name}`;
}

function isEstablished(crd: JsonObject): boolean {
  const status = isObject(crd.status) ? crd.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.some(
    (condition) =>
      isObject(condition) && condition.type === "Established" && condition.status === "True",
  );
}

async function waitUntilEstablished(
  cluster: Cluster,
  crd: K8sObject,
  applied: JsonObject,
  timeoutSeconds: number,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  let live = applied;
  while (!isEstablished(live)) {
    if (Date.now() > deadline) {
      throw new Error(`${objectTitle(crd)} was not established within ${timeoutSeconds} s`);
    }
    await delay(POLL_MS);
    live = (await getObject(cluster, pathOf(crd))) ?? {};
  }
}

/** The number of objects that a message names. */
const MAX_NAMES = 5;

/** Returns the objects of a CRD's kind, or none if the CRD is gone. */
async function objectsOf(cluster: Cluster, crd: JsonObject): Promise<string[]> {
  const versions = listAt(crd, "spec.versions").filter(({ served }) => served === true);
  const [group, plural] = [getPath(crd, "spec.group"), getPath(crd, "spec.names.plural")];
  const path = `/apis/${group}/${versions[0]?.name}/${plural}`;
  const answer = await cluster.call("GET", `${path}?limit=${MAX_NAMES}`);
  return answer.status === 404
    ? []
    : listAt(succeeded(path, answer), "items").map(
        (item) => `${namespaceOf(item)}/${nameOf(item)}`,
      );
}

/** Returns why a CRD must stay, or `undefined` if no one needs it. */
async function neededBy(cluster: Cluster, crd: JsonObject): Promise<string | undefined> {
  const [istiods, objects] = await Promise.all([
    requireList(cluster, "deployments", { labelSelector: "app=istiod" }),
    objectsOf(cluster, crd),
  ]);
  const running = istiods
    .filter((istiod) => getPath(istiod, "metadata.deletionTimestamp") === undefined)
    .map((istiod) => `${namespaceOf(istiod)}/${nameOf(istiod)}`);
  if (objects.length > 0) {
    return `there are objects of its kind (${objects.join(", ")})`;
  }
  return running.length > 0 ? `the control plane ${running.join(", ")} needs it` : undefined;
}

/**
 * Delivers CRDs with server-side apply. Conflicts are forced, because the fields of Istio's CRDs
 * only belong to the Istio installation, which may have been istioctl or Helm before. A newer CRD
 * in the cluster is kept (istio#43204).
 *
 * @param timeoutSeconds how long the API server may take to serve a CRD, in seconds
 */
export function clusterDelivery(cluster: Cluster, timeoutSeconds: number): CrdDelivery {
  const said = new Set<string>();
  // This is not an error: rolling back a canary leads here.
  const keeps = (live: string, next: string): void => {
    if (!said.has(live)) {
      said.add(live);
      void pulumi.log.info(
        `the CRDs of Istio ${live} stay in the cluster: those of ${next} would take fields away that ` +
          "objects may use; an older control plane works with newer ones",
      );
    }
  };
  return {
    async apply(crd) {
      const newer = newerCrdVersion(await getObject(cluster, pathOf(crd)), crd);
      if (newer !== undefined) {
        keeps(newer, crdIstioVersion(crd));
        return;
      }
      const query = `?fieldManager=${CRD_MANAGER}&force=true`;
      const answer = await cluster.call("PATCH", pathOf(crd) + query, crd);
      const applied = succeeded(objectTitle(crd), answer);
      await waitUntilEstablished(cluster, crd, applied, timeoutSeconds);
    },
    async remove(crd) {
      const live = await getObject(cluster, pathOf(crd));
      const reason = live && (await neededBy(cluster, live));
      if (reason === undefined) {
        await deleteObject(cluster, pathOf(crd));
      } else {
        void pulumi.log.info(`${objectTitle(crd)} stays in the cluster: ${reason}`);
      }
    },
  };
}
