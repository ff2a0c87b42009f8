import { setTimeout as delay } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { crdIstioVersion, isCrdDowngrade } from "../../mesh/crd";
import type { K8sObject } from "../../mesh/patch/types";
import { identityOf, objectTitle } from "../../mesh/render/objects";
import { openCluster } from "../cluster";
import type { Target } from "../target";
import type { CrdDelivery } from "./delivery";

const FIELD_MANAGER = "pulumi-service-mesh";
const ESTABLISHED_TIMEOUT_MS = 60_000;
const POLL_MS = 250;

interface CrdStatus extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly { type: string; status: string; message?: string }[];
  };
}

function refuseDowngrade(live: KubernetesObject | undefined, next: K8sObject): void {
  const [from, to] = [crdIstioVersion(live ?? {}), crdIstioVersion(next)];
  if (isCrdDowngrade(from, to)) {
    throw new Error(
      `${objectTitle(next)} is of Istio ${from} in the cluster; ${to} would take fields away that objects may use. ` +
        `fix: install the CRDs of ${from} or newer; an older control plane works with them`,
    );
  }
}

function isEstablished(crd: CrdStatus | undefined): boolean {
  return (crd?.status?.conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );
}

/**
 * Delivers CRDs with server-side apply. Conflicts are forced: the fields of Istio's CRDs have no
 * other owner than the Istio installation, which may have been istioctl or Helm before.
 */
export function clusterDelivery(target: Extract<Target, { kind: "cluster" }>): CrdDelivery {
  let opened: ReturnType<typeof openCluster> | undefined;
  return {
    async apply(crd) {
      opened ??= openCluster(target);
      const cluster = await opened;
      refuseDowngrade(await cluster.read(crd), crd);
      await cluster.apply(crd, FIELD_MANAGER);
      const deadline = Date.now() + ESTABLISHED_TIMEOUT_MS;
      while (!isEstablished(await cluster.read(crd))) {
        if (Date.now() > deadline) {
          throw new Error(`${identityOf(crd).name} was not established within 60 s`);
        }
        await delay(POLL_MS);
      }
    },
  };
}
