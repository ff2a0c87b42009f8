import type { K8sObject } from "../../mesh/k8s/objects";
import { type LiveCluster, liveCluster } from "../support/liveCluster";
import { GATEWAYS, untilReady } from "./shop";

/** Pods of each gateway here, ours and the peers'. */
export const PODS = 4;

const BYSTANDER = "bystander";

/** A gateway as Istio's documentation has it, and the steps that people take with it today. */
export interface Peer {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  /** Creates it on a revision, and waits until it is ready. */
  install(revision: string): Promise<void>;
  /** Moves it to a revision, and waits until that is done. */
  moveTo(revision: string): Promise<void>;
}

/**
 * Source: https://istio.io/latest/docs/setup/additional-setup/gateway/ (Deploying a gateway); what is
 * left out there has Kubernetes' defaults.
 */
function deployment(name: string, gateway: string, revision: string): K8sObject {
  const labels = { istio: gateway };
  const resources = { requests: { cpu: "100m", memory: "64Mi" } };
  const container = {
    name: "istio-proxy",
    image: "auto",
    imagePullPolicy: "IfNotPresent",
    resources,
  };
  const template = {
    metadata: {
      annotations: { "inject.istio.io/templates": "gateway" },
      labels: {
        ...labels,
        "sidecar.istio.io/inject": "true",
        "istio.io/rev": revision,
        version: name,
      },
    },
    spec: { containers: [container] },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: GATEWAYS },
    spec: { replicas: PODS, selector: { matchLabels: { ...labels, version: name } }, template },
  };
}

function service(gateway: string): K8sObject {
  const ports = [{ name: "http", port: 80 }];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: gateway, namespace: GATEWAYS },
    spec: { selector: { istio: gateway }, ports },
  };
}

async function create(live: LiveCluster, name: string, gateway: string, revision: string) {
  await live.apply(deployment(name, gateway, revision));
  await untilReady(live, GATEWAYS, name);
}

/**
 * Starts as many proxies as a rollback does, which serve nobody. What clients see of it is the machine's share in a step: pods that start take the CPU of those that serve.
 */
export async function startBystanders(kubeconfig: string, revision: string): Promise<void> {
  await create(liveCluster(kubeconfig, "kubectl"), BYSTANDER, BYSTANDER, revision);
}

export async function removeBystanders(kubeconfig: string): Promise<void> {
  await liveCluster(kubeconfig, "kubectl").remove(deployment(BYSTANDER, BYSTANDER, ""));
}

/**
 * The documented canary: `kubectl apply` of a second Deployment behind the same Service, and
 * `kubectl delete deployment` of the first once the second is ready.
 *
 * @see https://istio.io/latest/docs/setup/additional-setup/gateway/#canary-upgrade-advanced
 */
export function applyAndDelete(kubeconfig: string): Peer {
  const live = liveCluster(kubeconfig, "kubectl");
  const name = "peer-canary";
  let current = "";
  return {
    name,
    selector: { istio: name },
    async install(revision) {
      await live.apply(service(name));
      current = revision;
      await create(live, `${name}-${revision}`, name, revision);
    },
    async moveTo(revision) {
      await create(live, `${name}-${revision}`, name, revision);
      await live.remove(deployment(`${name}-${current}`, name, current));
      current = revision;
    },
  };
}

/**
 * The documented upgrade in place: another revision on the pods, and a rolling restart.
 *
 * @see https://istio.io/latest/docs/setup/additional-setup/gateway/#in-place-upgrade
 */
export function rollingRestart(kubeconfig: string): Peer {
  const live = liveCluster(kubeconfig, "kubectl");
  const name = "peer-rolling";
  return {
    name,
    selector: { istio: name },
    async install(revision) {
      await live.apply(service(name));
      await create(live, name, name, revision);
    },
    moveTo: (revision) => create(live, name, name, revision),
  };
}
