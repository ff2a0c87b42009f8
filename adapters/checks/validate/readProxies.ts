import { setTimeout as delay } from "node:timers/promises";
import { ownPods } from "../../../mesh/checks/validate/controlPlane";
import { gatewayWorkloads, podsOfGateway } from "../../../mesh/checks/validate/gateways";
import { livePlanes } from "../../../mesh/checks/validate/planes";
import { otherCaOf } from "../../../mesh/checks/validate/proxyCertificates";
import {
  isUnread,
  type MeshState,
  type Reading,
  type SyncAnswer,
  type Unread,
} from "../../../mesh/checks/validate/state";
import type { JsonObject } from "../../../mesh/common/json";
import { injectedRevision } from "../../../mesh/guard/liveUsers";
import type { Workload } from "../../../mesh/guard/rollout";
import { annotationsOf } from "../../../mesh/k8s/istioLabels";
import { isReady, namespaceOf } from "../../../mesh/k8s/workload";
import type { PodShell } from "../../cluster/exec";
import { proxyCertificate, syncAnswer } from "./proxies";

/** Pods that are asked for their certificate at the same time. */
const AT_A_TIME = 4;

async function inGroups<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_A_TIME) {
    results.push(...(await Promise.all(items.slice(start, start + AT_A_TIME).map(run))));
  }
  return results;
}

/** Namespaces of which a proxy is asked for its certificate, besides the gateways'. */
const MOST_NAMESPACES = 20;

/** One ready pod with a proxy of each namespace and CA, of those that are no gateway's. */
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
  const gateways = gatewayWorkloads(workloads).flatMap((each) => podsOfGateway(each, pods));
  const ask = (asked: readonly JsonObject[]) =>
    inGroups(asked, (pod) => proxyCertificate(shell, pod));
  return {
    gatewayCertificates: await ask(gateways.filter(isReady)),
    workloadCertificates: await ask(representatives(pods, gateways)),
  };
}

async function askAll(
  shell: PodShell,
  workloads: readonly Workload[],
  pods: readonly JsonObject[],
): Promise<SyncAnswer[]> {
  const asked = livePlanes(workloads).flatMap(({ deployment, revision }) =>
    ownPods("Deployment", deployment, pods)
      .filter(isReady)
      .map((pod) => ({ pod, revision })),
  );
  return inGroups(asked, ({ pod, revision }) => syncAnswer(shell, pod, revision));
}

/** A push takes a moment; what is still not acknowledged after this is. */
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
  const answers = await askAll(shell, workloads, pods);
  if (isSettled(answers)) {
    return answers;
  }
  await delay(SETTLE_MS);
  return askAll(shell, workloads, pods);
}

/** What is asked of the pods themselves. */
export async function readProxies(
  shell: PodShell,
  workloads: Reading<Workload[]>,
  pods: Reading<JsonObject[]>,
): Promise<Pick<MeshState, "gatewayCertificates" | "workloadCertificates" | "sync">> {
  if (isUnread(workloads) || isUnread(pods)) {
    const unread = isUnread(workloads) ? workloads : (pods as Unread);
    return { gatewayCertificates: unread, workloadCertificates: unread, sync: unread };
  }
  const certificates = await readCertificates(shell, workloads, pods);
  return { ...certificates, sync: await readSync(shell, workloads, pods) };
}
