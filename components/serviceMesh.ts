import { withoutCharts } from "../mesh/generate";
import type { K8sObject } from "../mesh/patch/types";
import { checkStep, type MeshPlan, planMesh, type ServiceMeshInputs } from "../mesh/plan/meshPlan";
import { podLabelsOf } from "../mesh/plan/podLabels";
import { identityOf } from "../mesh/render/objects";
import { type MeshSummary, summarize } from "../mesh/summary";
import { PrecheckGate } from "./check/precheck/gate";
import { lookForStranded } from "./guard/strandedServices";
import { type ArgsOf, type InputArgs, resolveArgs } from "./inputs";
import { inputError, resolveMeshArgs, warn, warnUnknown, withSecretKeys } from "./meshPart";
import { currentManager, Ownership } from "./ownership";
import { recordPlan } from "./planRecord";
import { resourceError } from "./resourceError";
import { followRollouts } from "./rollouts";
import * as pulumi from "./sdk";
import { createParts } from "./serviceMesh/parts";
import { hasWebhooks, renderAll, type SharedPlan, sharePlan } from "./serviceMesh/sharedPlan";
import { SharedParts } from "./shared/sharedParts";
import type { Target, TargetInput } from "./target";

/** Inputs of a whole mesh. */
export type ServiceMeshArgs = ArgsOf<ServiceMeshInputs> & {
  /**
   * Where the mesh goes: a folder of manifests or a cluster.
   * @default what the component's provider is configured for
   */
  readonly target?: InputArgs<Target | undefined>;
};

interface MeshState {
  readonly summary: MeshSummary | undefined;
  /** Some input is a secret, and the summary names images and settings. */
  readonly sensitive: boolean;
  readonly plan: MeshPlan | undefined;
}

/** Where a mesh goes. */
interface Destination {
  /** Absent where the component's provider says it. */
  readonly target?: TargetInput;
  /** The target, where it is a cluster or may be one: only the update knows some. */
  readonly cluster?: TargetInput;
}

async function destinationOf(given: ServiceMeshArgs["target"]): Promise<Destination> {
  const { value } = await resolveArgs<{ target?: Target }>({ target: given });
  if (value !== undefined && value.target === undefined) {
    return {};
  }
  const target = given as TargetInput;
  return value?.target?.kind === "render" ? { target } : { target, cluster: target };
}

/** Objects that may be of another stack: not Namespaces that are there for certain, or made here. */
function sharedObjects(
  objects: readonly K8sObject[],
  { namespaces }: MeshPlan,
  { shared }: ServiceMeshInputs,
): K8sObject[] {
  const given = namespaces
    .filter(({ create }) => create !== true || shared === "use")
    .map(({ name }) => name);
  return objects.filter(
    (object) => object.kind !== "Namespace" || !given.includes(identityOf(object).name),
  );
}

/**
 * A whole Istio mesh in a cluster: CRDs, what the revisions share, the control planes, CNI,
 * ztunnel, the gateways that overlays declare, and mesh-wide policy, in this order.
 *
 * Overlays and typed inputs are two ways to say the same; where both speak, the typed input wins,
 * and a `set` wins over both.
 *
 * @throws ResourceError with everything that is wrong with the inputs; no object is created then
 * @example
 * const mesh = new ServiceMesh("mesh", {
 *   version: "1.29.1",
 *   overlays: ["cni-gcp", "./my-overlay.yaml"],
 *   mtls: { mode: "STRICT" },
 * });
 * export const revision = mesh.revision;
 */
export class ServiceMesh extends pulumi.ComponentResource<MeshState> {
  /** Revision of the first control plane. */
  readonly revision: pulumi.Output<string | undefined>;
  /** Istio version of the first control plane. */
  readonly version: pulumi.Output<string | undefined>;
  /** What the mesh is made of, for people: components, overlays in order, images, objects. */
  readonly summary: pulumi.Output<MeshSummary | undefined>;

  constructor(name: string, args: ServiceMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:ServiceMesh", name, withSecretKeys(args) as pulumi.Inputs, opts);
    const state = pulumi.output(this.getData()) as pulumi.Output<MeshState>;
    this.revision = state.apply(({ plan }) => plan?.controlPlanes[0]?.revision);
    this.version = state.apply(({ plan }) => plan?.controlPlanes[0]?.version);
    this.summary = state.apply(({ summary, sensitive }) =>
      sensitive ? pulumi.secret(summary) : summary,
    ) as pulumi.Output<MeshSummary | undefined>;
  }

  protected override async initialize(
    given: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<MeshState> {
    const { target: where, ...args } = given as ServiceMeshArgs;
    const { value: inputs, sensitive } = await resolveMeshArgs<ServiceMeshInputs>(args, this);
    if (inputs === undefined) {
      warnUnknown(this);
      this.registerOutputs({});
      return { plan: undefined, summary: undefined, sensitive };
    }
    const plan = this.plan(inputs, sensitive);
    const { target, cluster } = await destinationOf(where);
    const gate =
      cluster === undefined || inputs.precheck === false
        ? undefined
        : new PrecheckGate(`${name}-precheck`, cluster);
    // Registered also without a cluster: Pulumi deletes nothing whose hook it does not find.
    const sharing = new SharedParts(name, {
      target: cluster,
      manager: currentManager(),
      mode: inputs.shared,
      controlPlanes: plan.facts.controlPlanes,
      managed: plan.facts.managed?.revision,
    });
    const ownership =
      cluster === undefined
        ? undefined
        : new Ownership(`${name}:adopt`, {
            target: cluster,
            mode: inputs.adopt ?? "none",
            gate: gate?.hook,
            sharing,
          });
    const rollouts = ownership && followRollouts(name, target);
    const meshes = sharePlan(plan, inputs, { sensitive, ownership, rollouts });
    const rendered = await this.renderAll(meshes, sensitive);
    const facts = { ...plan.facts, podLabels: podLabelsOf(rendered) };
    const { isOld } = await recordPlan(`${name}-plan`, facts, {
      parent: this,
      check: checkStep,
      look: cluster && ((before, after) => lookForStranded(cluster, before, after)),
    });
    const objects = [...rendered, ...withoutCharts(plan)];
    // A state of an earlier release has Pulumi delete what is not declared: it is declared once more.
    if (!isOld) {
      await this.claim(sharing, sharedObjects(objects, plan, inputs));
    }
    const own = objects.filter((object) => !sharing.isUsed(object));
    await gate?.pass({ plan, objects: own }, this);
    createParts({
      name,
      parent: this,
      plan,
      meshes,
      target,
      ownership,
      objects,
      hasValidator: await hasWebhooks(meshes),
      dependsOn: opts.dependsOn,
    });
    const summary = summarize(plan, rendered);
    this.registerOutputs({
      revision: plan.controlPlanes[0]?.revision,
      version: plan.controlPlanes[0]?.version,
      summary: sensitive ? pulumi.secret(summary) : summary,
    });
    return { plan, summary, sensitive };
  }

  private plan(inputs: ServiceMeshInputs, sensitive: boolean): MeshPlan {
    try {
      const plan = planMesh(inputs);
      warn(plan.warnings, this);
      return plan;
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }

  private async claim(sharing: SharedParts, objects: readonly K8sObject[]): Promise<void> {
    try {
      await sharing.claim(objects, this);
    } catch (error) {
      throw resourceError((error as Error).message, this);
    }
  }

  /** All charts are rendered before the first object is registered: a mistake creates nothing. */
  private async renderAll(meshes: SharedPlan, sensitive: boolean): Promise<K8sObject[]> {
    try {
      return await renderAll(meshes);
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }
}
