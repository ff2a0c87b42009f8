import { gatewayObjectGroups } from "../../mesh/gateway/objects";
import { planGateway } from "../../mesh/gateway/plan";
import { revisionLabel } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { managedRevision } from "../../mesh/model/channels";
import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import type { MeshPlan } from "../../mesh/plan/meshPlan";
import { type MeshSummary, summarize } from "../../mesh/plan/summary";
import { type PendingGateway, serviceOutput } from "../mesh/gatewayAddress";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf } from "../pulumi/outputs";
import type * as pulumi from "../pulumi/sdk";
import type { MeshParts } from "./parts";

/** A control plane of a mesh, as an output of a component. */
export interface MeshControlPlane {
  /** The revision that namespaces and gateways name. Empty for Istio's default revision. */
  readonly revision: string;
  /**
   * The Istio version. `undefined` if Google runs the control plane, because Google chooses the
   * version.
   */
  readonly version: string | undefined;
  /** Whether Google runs it. */
  readonly managed: boolean;
}

/** A namespace of a mesh, as an output of a component. */
export interface MeshNamespaceOutput {
  /** The name of the namespace. */
  readonly name: string;
  /** The revision, tag or channel that injects its pods. */
  readonly revision: string;
}

/** The outputs of a mesh: plain values, Outputs, or secrets if some input is a secret. */
export interface MeshOutputs {
  readonly revision: string | undefined;
  readonly version: string | undefined;
  readonly controlPlanes: readonly MeshControlPlane[];
  readonly tags: Readonly<Record<string, string>>;
  readonly namespaces: readonly MeshNamespaceOutput[];
  readonly gateways: readonly PendingGateway[];
  readonly summary: MeshSummary;
}

export const MESH_OUTPUTS = [
  "revision",
  "version",
  "controlPlanes",
  "tags",
  "namespaces",
  "gateways",
  "summary",
] as const satisfies readonly (keyof MeshOutputs)[];

/** Returns the control planes in the order of the inputs, with Google's last. */
function controlPlanesOf({ controlPlanes, managed }: MeshPlan): MeshControlPlane[] {
  const own = controlPlanes.map(({ revision, version }) => ({ revision, version, managed: false }));
  return managed === undefined
    ? own
    : [...own, { revision: managedRevision(managed), version: undefined, managed: true }];
}

function namespacesOf({ namespaces }: MeshPlan): MeshNamespaceOutput[] {
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
    service: serviceOutput(gatewayObjectGroups(inputs).service),
    address,
  };
}

/** Returns every gateway: typed gateways in the order of the inputs, then those of overlays. */
async function gatewaysOf(
  plan: MeshPlan,
  { gateways, overlayGateways }: MeshParts,
): Promise<PendingGateway[]> {
  const typed = plan.gateways.flatMap((inputs, index) => {
    const gateway = gateways[index];
    return gateway === undefined ? [] : [typedGateway(inputs, gateway.address)];
  });
  return [...typed, ...((await overlayGateways?.pending()) ?? [])];
}

/** Returns whether any of some args is or contains a secret. */
export async function isSecret(args: Partial<ArgsOf<ServiceMeshInputs>>): Promise<boolean> {
  return (await resolveArgs<Partial<ServiceMeshInputs>>(args)).sensitive;
}

/**
 * Returns the outputs of a mesh whose parts are registered. Each output is secret only if its own
 * args are.
 */
export async function meshOutputs(made: {
  readonly plan: MeshPlan;
  readonly parts: MeshParts;
  readonly rendered: readonly K8sObject[];
  readonly args: ArgsOf<ServiceMeshInputs>;
  /**
   * Whether some arg is a secret, such as a registry. The summary contains it, and gateways may.
   */
  readonly sensitive: boolean;
}): Promise<MeshOutputs> {
  const { plan, parts, rendered, args, sensitive } = made;
  const { version, revision, revisions, managed, tags, namespaces } = args;
  const controlPlanes = controlPlanesOf(plan);
  return {
    ...hiddenIf(await isSecret({ version, revision, revisions, managed }), {
      revision: controlPlanes[0]?.revision,
      version: controlPlanes[0]?.version,
      controlPlanes,
    }),
    ...hiddenIf(await isSecret({ tags }), { tags: plan.tags }),
    ...hiddenIf(await isSecret({ namespaces }), { namespaces: namespacesOf(plan) }),
    ...hiddenIf(sensitive, {
      gateways: await gatewaysOf(plan, parts),
      summary: summarize(plan, rendered),
    }),
  };
}
