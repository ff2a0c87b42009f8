import { counted } from "../common/lists";
import type { Sentence } from "../common/sentence";
import { labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import { identityOf, type K8sObject, podTemplate } from "../k8s/objects";
import { getPath } from "../k8s/path";
import { gatewayKind } from "../snapshot/gateways";
import { warn } from "./sentences";

/** The label by which istiod finds the Deployment of a Gateway of the Gateway API. */
const GATEWAY_NAME = "gateway.networking.k8s.io/gateway-name";

/** A Deployment that istiod runs for a Gateway of the Gateway API. */
export interface GatewayApiWorkload {
  /** @example "Gateway shop/web", "waypoint shop/waypoint" */
  readonly title: string;
  readonly namespace: string;
  readonly pods: number;
  /** The revision or tag that the Gateway names itself. Absent if its namespace decides. */
  readonly ownLabel?: string;
  /** The revision or tag that its namespace names. Absent if Istio's default revision runs it. */
  readonly namespaceLabel?: string;
}

/** Labels that get another control plane or version in a step, each with the reason in words. */
export interface LabelMoves {
  /** By revision or tag; `default` stands for no label. */
  readonly labels: ReadonlyMap<string, string>;
  /** By namespace: its label names another revision or tag. */
  readonly namespaces: ReadonlyMap<string, string>;
}

/** Returns whether a step can restart pods that istiod runs for the Gateway API. */
export function movesAny({ labels, namespaces }: LabelMoves): boolean {
  return labels.size > 0 || namespaces.size > 0;
}

const placeOf = (namespace: unknown, name: unknown) => `${String(namespace)}/${String(name)}`;

/**
 * Returns the Deployments that istiod runs for Gateways of the Gateway API, with the revision that
 * each follows.
 *
 * @see https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/#automated-deployment
 */
export function gatewayApiWorkloads({
  gateways,
  deployments,
  namespaceLabels,
}: {
  readonly gateways: readonly K8sObject[];
  readonly deployments: readonly K8sObject[];
  readonly namespaceLabels: Readonly<Record<string, Readonly<Record<string, string>>>>;
}): GatewayApiWorkload[] {
  const labels = new Map(
    gateways.map((gateway) => {
      const { namespace, name } = identityOf(gateway);
      return [placeOf(namespace, name), labelsOf(gateway)[REVISION_LABEL]];
    }),
  );
  return deployments.flatMap((deployment) => {
    const { namespace = "" } = identityOf(deployment);
    const place = placeOf(namespace, labelsOf(deployment)[GATEWAY_NAME]);
    if (!labels.has(place)) {
      return [];
    }
    const kind = gatewayKind(podTemplate(deployment) ?? {}) === "waypoint" ? "waypoint" : "Gateway";
    const pods = getPath(deployment, "status.replicas");
    const [ownLabel, namespaceLabel] = [
      labels.get(place),
      namespaceLabels[namespace]?.[REVISION_LABEL],
    ];
    return [
      {
        title: `${kind} ${place}`,
        namespace,
        pods: typeof pods === "number" ? pods : 0,
        ...(ownLabel !== undefined && { ownLabel }),
        ...(namespaceLabel !== undefined && { namespaceLabel }),
      },
    ];
  });
}

function reasonOf(
  { namespace, ownLabel, namespaceLabel }: GatewayApiWorkload,
  { labels, namespaces }: LabelMoves,
): string | undefined {
  const moved = ownLabel === undefined ? namespaces.get(namespace) : undefined;
  return moved ?? labels.get(ownLabel ?? namespaceLabel ?? "default");
}

/**
 * Says which pods istiod restarts by itself. It writes the Deployments of the Gateway API's Gateways
 * anew as soon as another revision, or another version of it, runs them: nobody has to restart them.
 */
export function gatewayApiMessages(
  workloads: readonly GatewayApiWorkload[],
  moves: LabelMoves,
): Sentence[] {
  const byReason = new Map<string, string[]>();
  for (const workload of workloads) {
    const reason = workload.pods > 0 ? reasonOf(workload, moves) : undefined;
    if (reason !== undefined) {
      const text = `${workload.title} (${counted(workload.pods, "pod")})`;
      byReason.set(reason, [...(byReason.get(reason) ?? []), text]);
    }
  }
  return [...byReason].map(([reason, titles]) =>
    warn(
      `${reason}, so istiod restarts the pods that it runs for the Gateway API at once, by a rolling update: ${titles.join(", ")}.`,
    ),
  );
}
