import type { Problem } from "../common/problem";
import { gatewayObjects } from "../gateway/objects";
import type { K8sObject } from "../k8s/objects";
import type { ComponentName } from "../model/component";
import { labelledNamespace } from "../namespace/object";
import { withoutLiveFields } from "../render/liveFields";
import { type RenderTools, renderMesh } from "../render/render";
import { namespaceObjects, peerAuthenticationObjects } from "../spec/meshObjects";
import { tagObjects } from "../tag/tag";
import { deactivated, yieldsInjection } from "./defaultInjector";
import { gatewayNamespaces, type MeshPlan, tagRequests } from "./meshPlan";

/** Every object of a mesh, in the order in which it is applied, and what is worth a warning. */
export interface GeneratedManifests {
  readonly objects: readonly K8sObject[];
  readonly warnings: readonly Problem[];
}

/** Components of which every revision has its own. */
const PER_REVISION: readonly ComponentName[] = ["istiodRemote", "pilot"];

/** Components of which a cluster has one, after the control planes. */
const PER_CLUSTER: readonly ComponentName[] = [
  "cni",
  "ztunnel",
  "ingressGateways",
  "egressGateways",
];

function ownNamespaces(plan: MeshPlan): K8sObject[] {
  const { shared, primary, controlPlanes } = plan;
  return namespaceObjects([shared, primary, ...controlPlanes], gatewayNamespaces(plan));
}

function gatewaysAndNamespaces({ gateways, namespaces }: MeshPlan): K8sObject[] {
  return [...gateways.flatMap(gatewayObjects), ...namespaces.map(labelledNamespace)];
}

/** The objects of a mesh for which no chart is rendered. */
export function withoutCharts(plan: MeshPlan): K8sObject[] {
  return [
    ...ownNamespaces(plan),
    ...peerAuthenticationObjects(plan.primary),
    ...gatewaysAndNamespaces(plan),
  ];
}

/**
 * Renders all that an update would apply: namespaces, the charts' objects in install order,
 * mesh-wide policy, tags and gateways.
 */
export async function generateManifests(
  plan: MeshPlan,
  tools: RenderTools,
): Promise<GeneratedManifests> {
  const { shared, primary, controlPlanes } = plan;
  const [base, planes, cluster] = await Promise.all([
    renderMesh(shared, tools, ["base"]),
    Promise.all(
      controlPlanes.map(async (mesh) => {
        const parts = await renderMesh(mesh, tools, PER_REVISION);
        return yieldsInjection(plan, mesh) ? parts.map(deactivated) : parts;
      }),
    ),
    renderMesh(primary, tools, PER_CLUSTER),
  ]);
  const tags = await Promise.all(tagRequests(plan).map((request) => tagObjects(request, tools)));
  const rendered = [...base, ...planes.flat(), ...cluster];
  const objects = [
    ...ownNamespaces(plan),
    ...rendered.flatMap((component) => component.objects),
    ...peerAuthenticationObjects(primary),
    ...tags.flat(),
    ...gatewaysAndNamespaces(plan),
  ];
  return {
    objects: objects.map(withoutLiveFields),
    warnings: [...plan.warnings, ...rendered.flatMap(({ warnings }) => warnings)],
  };
}
