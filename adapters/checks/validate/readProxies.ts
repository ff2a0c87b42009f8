import { setTimeout as delay } from "node:timers/promises";
import { otherCaOf } from "../../../mesh/checks/validate/proxyCa";
import type { MeshState } from "../../../mesh/checks/validate/state";
import type { JsonObject } from "../../../mesh/common/json";
import { annotationsOf } from "../../../mesh/k8s/istioLabels";
import { isReady, namespaceOf, type Workload } from "../../../mesh/k8s/workload";
import { ownPods, planesIn, readyIstiodPods } from "../../../mesh/snapshot/controlPlanes";
import { gatewayWorkloads } from "../../../mesh/snapshot/gateways";
import { injectedRevision } from "../../../mesh/snapshot/proxies";
import { isUnread, type Reading, type Unread } from "../../../mesh/snapshot/snapshot";
import type { SyncAnswer } from "../../../mesh/snapshot/sync";
import type { PodShell } from "../../cluster/exec";
import { inParallel } from "../../cluster/inParallel";
import { askIstiods } from "../../cluster/istiodSync";
import { proxyCertificate } from "./proxies";

/** How many namespaces are asked for the certificate of one proxy, in addition to gateways. */
const MOST_NAMESPACES = 20;

/** Returns one ready pod with a proxy for each namespace and CA, without gateways. */
function representatives(
  pods: readonly JsonObject[],
  gateways: readonly JsonObject[],
): JsonObject[] {
  const others = pods.filter(
    (pod) =>
      isReady(pod) && injectedRevision(annotationsOf(pod)) !== undefined && !gateways.includes(pod),
  );
  const first = new Map(
    others.map((pod) => [`${namespaceOf(pod)} ${otherCaOf(pod) ?? ""}`, pod] as const).reverse(),
  );
  return [...first.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, pod]) => pod)
    .slice(0, MOST_NAMESPACES);
}

async function readCertificates(
  shell: PodShell,
  workloads: readonly Workload[],
  pods: readonly JsonObject[],
) {
  const gateways = gatewayWorkloads(workloads).flatMap((each) => ownPods(each, pods));
  const ask = (asked: readonly JsonObject[]) =>
    inParallel(asked, (pod) => proxyCertificate(shell, pod));
  return {
    gatewayCertificates: await ask(gateways.filter(isReady)),
    workloadCertificates: await ask(representatives(pods, gateways)),
  };
}

/** A push takes a moment. Configuration that is not acknowledged after this time is stale. */
const SETTLE_MS = 3_000;

const isSettled = (answers: readonly SyncAnswer[]) =>
  answers.every(
    ({ proxies }) => isUnread(proxies) || proxies.every(({ stale }) => stale.length === 0),
  );

async function readSync(
  shell: PodShell,
  workloads: readonly Workload[],
  pods: readonly JsonObject[],
): Promise<SyncAnswer[]> {
  const istiods = readyIstiodPods(planesIn(workloads), pods);
  const answers = await askIstiods(shell, istiods);
  if (isSettled(answers)) {
    return answers;
  }
  await delay(SETTLE_MS);
  return askIstiods(shell, istiods);
}

/** Reads what only the pods themselves can say. */
export async function readProxies(
  shell: PodShell,
  workloads: Reading<Workload[]>,
  pods: Reading<readonly JsonObject[]>,
): Promise<Pick<MeshState, "gatewayCertificates" | "workloadCertificates" | "sync">> {
  if (isUnread(workloads) || isUnread(pods)) {
    const unread = isUnread(workloads) ? workloads : (pods as Unread);
    return { gatewayCertificates: unread, workloadCertificates: unread, sync: unread };
  }
  const certificates = await readCertificates(shell, workloads, pods);
  return { ...certificates, sync: await readSync(shell, workloads, pods) };
}
