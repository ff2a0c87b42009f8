import { gatewayParts } from "../../mesh/gateway/objects";
import { planGateway } from "../../mesh/gateway/plan";
import type { GatewayInputs } from "../../mesh/gateway/types";
import { revisionLabel } from "../../mesh/injection/labels";
import { managedRevision } from "../../mesh/managed/channels";
import type { MeshPlan } from "../../mesh/plan/meshPlan";
import { type PendingGateway, serviceOutput } from "../gatewayAddress";
import type * as pulumi from "../sdk";
import type { Parts } from "./parts";

/** A control plane of a mesh, as a component's output. */
export interface MeshControlPlane {
  /** Revision that namespaces and gateways name; empty for Istio's default revision. */
  readonly revision: string;
  /** Istio version; `undefined` where Google runs the control plane and picks it. */
  readonly version: string | undefined;
  /** Google runs it. */
  readonly managed: boolean;
}

/** A namespace of a mesh, as a component's output. */
export interface MeshNamespaceOutput {
  readonly name: string;
  /** Revision, tag or channel that injects its pods. */
  readonly revision: string;
}

/** The control planes, in the order of the inputs; Google's is the last. */
export function controlPlanesOf({ controlPlanes, managed }: MeshPlan): MeshControlPlane[] {
  const own = controlPlanes.map(({ revision, version }) => ({ revision, version, managed: false }));
  return managed === undefined
    ? own
    : [...own, { revision: managedRevision(managed), version: undefined, managed: true }];
}

export function namespacesOf({ namespaces }: MeshPlan): MeshNamespaceOutput[] {
  return namespaces.map(({ name, revision }) => ({ name, revision }));
}

function typedGateway(
  inputs: GatewayInputs,
  address: pulumi.Output<string | undefined>,
): PendingGateway {
  return {
    name: inputs.name,
    namespace: inputs.namespace,
    kind: planGateway(inputs).kind,
    revisions: inputs.revisions.map(({ revision }) => revisionLabel(revision)),
    service: serviceOutput(gatewayParts(inputs).service),
    address,
  };
}

/** Every gateway: typed ones in the order of the inputs, then those of overlays. */
export async function gatewaysOf(
  plan: MeshPlan,
  { gateways, overlayGateways }: Parts,
): Promise<PendingGateway[]> {
  const typed = plan.gateways.flatMap((inputs, index) => {
    const gateway = gateways[index];
    return gateway === undefined ? [] : [typedGateway(inputs, gateway.address)];
  });
  return [...typed, ...((await overlayGateways?.pending()) ?? [])];
}
