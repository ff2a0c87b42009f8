import type { JsonObject } from "../common/json";
import { planGateway, type RevisionPlan } from "../gateway/plan";
import { shares } from "../gateway/weights";
import { matchingWebhooks } from "../injection/match";
import { annotationsOf, labelsOf, REVISION_LABEL } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import { isReady, listAt, nameOf, podsOf, templateOf, type Workload } from "../k8s/workload";
import type { MeshFacts } from "../model/facts";
import { gatewayKind } from "../snapshot/gateways";
import { injectedRevision } from "../snapshot/proxies";
import { type GatewayParts, gatewayParts, serves } from "./gatewayParts";
import { podCount } from "./revisions";
import type { GatewayRevisionStatus, GatewayStatus } from "./types";
import { byText, isRead, podsIn, resolveRevision, type View } from "./view";

function kindOf({ workloads: [first] }: GatewayParts): GatewayStatus["kind"] {
  return gatewayKind(first === undefined ? {} : templateOf(first.object));
}

/** Returns the addresses that clients use. */
function addressesOf(service: JsonObject): string[] {
  const given = listAt(service, "status.loadBalancer.ingress").map(({ ip, hostname }) =>
    String(ip ?? hostname ?? ""),
  );
  const inside = String(getPath(service, "spec.clusterIP") ?? "");
  const isBalanced = getPath(service, "spec.type") === "LoadBalancer";
  return (isBalanced ? given : [inside]).filter((address) => address !== "");
}

/** Returns the revision or tag that a workload's pods ask for, or that their namespace gives them. */
function labelOf({ object }: Workload, namespace: string, view: View): string {
  const template = templateOf(object);
  const podLabels = labelsOf(template);
  const namespaceLabels = view.namespaceLabels.get(namespace) ?? {};
  const [webhook] = matchingWebhooks(view.webhooks, { namespaceLabels, podLabels });
  return (
    podLabels[REVISION_LABEL] ??
    injectedRevision(annotationsOf(template)) ??
    webhook?.revision ??
    ""
  );
}

type Row = Omit<GatewayRevisionStatus, "wishedPercent" | "sharePercent">;

/** Counts ready pods by the revision that injected them, which may not be the requested one yet. */
function readyByRevision(pods: readonly JsonObject[], asked: string): Map<string, number> {
  const ready = new Map<string, number>();
  for (const pod of pods.filter(isReady)) {
    const revision = injectedRevision(annotationsOf(pod)) ?? asked;
    ready.set(revision, (ready.get(revision) ?? 0) + 1);
  }
  return ready;
}

function rowsOf(workload: Workload, parts: GatewayParts, view: View): Row[] {
  const { object } = workload;
  const label = labelOf(workload, parts.namespace, view);
  const asked = resolveRevision(label, view);
  const count = podCount(workload);
  const pods = podsOf(workload, podsIn(view, parts.namespace));
  const ready = isRead(view, "pods")
    ? readyByRevision(pods, asked)
    : new Map([[asked, count.ready]]);
  const shared = {
    deployment: nameOf(object),
    serves: !isRead(view, "services") || serves(parts.service, object),
  };
  const others = [...ready].filter(([revision]) => revision !== asked);
  return [
    {
      ...shared,
      revision: asked,
      ...(label !== asked && { label }),
      ready: ready.get(asked) ?? 0,
      wanted: count.wanted,
    },
    ...others.map(([revision, number]) => ({ ...shared, revision, ready: number, wanted: 0 })),
  ];
}

/** Returns the plans of a gateway's Deployments by name. Empty if the stack has no such gateway. */
function plansOf({ namespace, name }: GatewayParts, desired: MeshFacts | undefined) {
  const gateway = desired?.gateways.find((one) => one.namespace === namespace && one.name === name);
  const plans = gateway === undefined ? [] : planGateway(gateway.inputs).revisions;
  return new Map(plans.map((plan) => [plan.deployment, plan]));
}

function wantedShares(rows: readonly Row[], plans: ReadonlyMap<string, RevisionPlan>): number[] {
  if (plans.size === 0) {
    const wanted = rows.map((row) => (row.serves ? row.wanted : 0));
    return shares(wanted, wanted).map(({ wishedPercent }) => wishedPercent);
  }
  // Rows of pods that wait for a restart have no wanted share. They come after the first row.
  const names = rows.map(({ deployment }) => deployment);
  return names.map((name, index) =>
    names.indexOf(name) === index ? (plans.get(name)?.wishedPercent ?? 0) : 0,
  );
}

function read(parts: GatewayParts, view: View, desired: MeshFacts | undefined): GatewayStatus {
  const { namespace, name, service } = parts;
  const plans = plansOf(parts, desired);
  const rows = parts.workloads.flatMap((workload) => rowsOf(workload, parts, view));
  const wanted = wantedShares(rows, plans);
  const ready = rows.map((row) => (row.serves ? row.ready : 0));
  const real = shares(ready, ready);
  return {
    namespace,
    name,
    kind: kindOf(parts),
    ...(service !== undefined && {
      service: {
        type: String(getPath(service, "spec.type") ?? "ClusterIP"),
        addresses: addressesOf(service),
      },
    }),
    revisions: rows
      .map((row, index) => {
        const weight = plans.get(row.deployment)?.weight;
        return {
          ...row,
          ...(weight !== undefined && { weight }),
          wishedPercent: wanted[index] ?? 0,
          sharePercent: real[index]?.realPercent ?? 0,
        };
      })
      .sort((a, b) => byText(a.revision, b.revision) || byText(a.deployment, b.deployment)),
  };
}

/**
 * Returns gateways with the wanted and the actual share of each revision. Without a stack, the wanted
 * share follows from the pods that the Deployments ask for, because the cluster does not keep weights.
 */
export function gatewayStatus(view: View, desired?: MeshFacts): GatewayStatus[] {
  return gatewayParts(view).map((parts) => read(parts, view, desired));
}
