import { isReady, listAt, nameOf, namespaceOf } from "../k8s/workload";
import { isWithoutImage } from "../snapshot/proxies";
import { explainNotInjected } from "./injection";
import type { GatewayRevisionStatus, GatewayStatus, Pending } from "./types";
import type { View } from "./view";

/** The smallest difference between wanted and actual share, in percentage points, that is reported. */
const NOTABLE_POINTS = 5;

const titleOf = ({ namespace, name }: GatewayStatus) => `gateway ${namespace}/${name}`;

function about(gateway: GatewayStatus): Pick<Pending, "object" | "namespace" | "revisions"> {
  return {
    object: titleOf(gateway),
    namespace: gateway.namespace,
    revisions: [...new Set(gateway.revisions.map(({ revision }) => revision))],
  };
}

/** Returns the wanted share of a revision, with its weight if the stack has one. */
function wantedText({ wishedPercent, weight }: GatewayRevisionStatus): string {
  return weight === undefined ? `${wishedPercent} %` : `${wishedPercent} % (weight ${weight})`;
}

function shareText(one: GatewayRevisionStatus): string {
  return `${one.revision} has ${one.sharePercent} % of the ready pods and not ${wantedText(one)}`;
}

/**
 * A gateway whose revisions do not have their wanted shares. Revisions share one Deployment only
 * while its pods wait for a restart, which the pending restart of their namespace says.
 */
function sharePending(gateway: GatewayStatus): Pending[] {
  const deployments = new Set(gateway.revisions.map(({ deployment }) => deployment));
  if (deployments.size < gateway.revisions.length) {
    return [];
  }
  const off = gateway.revisions.filter(
    ({ wishedPercent, sharePercent }) => Math.abs(wishedPercent - sharePercent) >= NOTABLE_POINTS,
  );
  return off.length === 0
    ? []
    : [
        {
          check: "gateway-share",
          severity: "warning",
          ...about(gateway),
          reason: off.map(shareText).join("; "),
          fix: "wait for its pods; where they are all ready, more pods in all come closer to the weights",
        },
      ];
}

/** A gateway without a ready pod although it asks for pods. */
function deadPending(gateway: GatewayStatus): Pending[] {
  const serving = gateway.revisions.filter((one) => one.serves);
  const wanted = serving.some((one) => one.wanted > 0);
  const isDead = serving.every(({ ready }) => ready === 0);
  return wanted && isDead
    ? [
        {
          check: "gateway-down",
          severity: "error",
          ...about(gateway),
          reason: "no ready pod is behind its Service",
          fix: "see what keeps its pods from being ready; to have the other revision serve, give it the weight",
        },
      ]
    : [];
}

function addressPending(gateway: GatewayStatus): Pending[] {
  const { namespace, name, service } = gateway;
  return service?.type === "LoadBalancer" && service.addresses.length === 0
    ? [
        {
          check: "gateway-address",
          severity: "warning",
          ...about(gateway),
          reason: "its load balancer has no address yet",
          fix: `wait; the events say why it takes long: kubectl -n ${namespace} describe service ${name}`,
        },
      ]
    : [];
}

const owner = (pod: Parameters<typeof nameOf>[0]) =>
  String(listAt(pod, "metadata.ownerReferences")[0]?.name ?? nameOf(pod));

/** Returns pods whose proxy no webhook has filled in, one for each workload. */
export function withoutImagePending({ lists, webhooks, namespaceLabels }: View): Pending[] {
  const pods = lists.pods.filter((pod) => isWithoutImage(pod) && !isReady(pod));
  const first = new Map(pods.map((pod) => [`${namespaceOf(pod)}/${owner(pod)}`, pod]));
  return [...first.values()].map((pod) => {
    const namespace = namespaceOf(pod);
    const labels = namespaceLabels.get(namespace) ?? {};
    return {
      check: "image-auto",
      severity: "error",
      object: `Pod ${namespace}/${nameOf(pod)}`,
      namespace,
      ...explainNotInjected(pod, labels, webhooks, lists.mutatingWebhooks),
    };
  });
}

/** Returns what is unfinished or wrong about gateways. */
export function gatewayPending(gateways: readonly GatewayStatus[]): Pending[] {
  return gateways.flatMap((gateway) => {
    const dead = deadPending(gateway);
    return [
      ...dead,
      ...(dead.length === 0 ? sharePending(gateway) : []),
      ...addressPending(gateway),
    ];
  });
}
