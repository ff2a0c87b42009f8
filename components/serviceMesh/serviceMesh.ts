import { overlayLibrary } from "../../adapters/overlays";
import type { GatedMesh } from "../../mesh/checks/precheck/types";
import { throwIfAny } from "../../mesh/common/problem";
import { effectsOf } from "../../mesh/effects/effectsOf";
import { overlayGatewayFacts } from "../../mesh/gateway/overlayGateway";
import { identityOf, type K8sObject } from "../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../mesh/model/serviceMeshInputs";
import type { Target } from "../../mesh/model/target";
import {
  chartObjects,
  meshGraph,
  objectsOf,
  type RenderedPart,
  renderGraph,
} from "../../mesh/plan/graph";
import { checkStep, type MeshPlan, planMesh } from "../../mesh/plan/meshPlan";
import { podLabelsOf } from "../../mesh/plan/podLabels";
import type { MeshSummary } from "../../mesh/plan/summary";
import { checkInputs } from "../../mesh/schema/checkInputs";
import { upgradeChanges } from "../../mesh/settings/upgradeChanges";
import { checkRecordedStage, describeStage } from "../../mesh/upgrade/recordedStage";
import {
  type CurrentStage,
  type StagedInputs,
  stagedInputs,
} from "../../mesh/upgrade/stagedInputs";
import { PrecheckGate } from "../guards/updateGate";
import type { MeshGateway } from "../mesh/gatewayAddress";
import { inputError } from "../objects/inputErrors";
import { lookAtEffects } from "../objects/liveEffects";
import { lookAtGateways } from "../objects/liveGateways";
import { currentManager } from "../objects/manager";
import { logWarnings, resolveMeshArgs, warnUnknown, withSecretKeys } from "../objects/meshPart";
import { Ownership } from "../objects/ownership";
import { followRollouts } from "../objects/rollouts";
import { SharedParts } from "../objects/sharedParts";
import { lookForStranded } from "../objects/strandedServices";
import { resolveTarget } from "../objects/target";
import { ClusterSession } from "../pulumi/clusterSession";
import { takesHooks } from "../pulumi/hooks";
import { type ArgsOf, type InputArgs, resolveArgs } from "../pulumi/inputs";
import { outputOf, unknownOutputs } from "../pulumi/outputs";
import { recordPlan } from "../pulumi/planRecord";
import { requestsSent } from "../pulumi/registered";
import { resourceError } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";
import { type TargetInput, targetProvider } from "../pulumi/target";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";
import {
  isSecret,
  MESH_OUTPUTS,
  type MeshControlPlane,
  type MeshNamespaceOutput,
  type MeshOutputs,
  meshOutputs,
} from "./outputs";
import { createParts } from "./parts";
import { sharePlan } from "./sharedPlan";

/** The inputs of a whole mesh. */
export type ServiceMeshArgs = ArgsOf<ServiceMeshInputs> & {
  /**
   * Where the mesh goes: a folder of manifests or a cluster.
   *
   * @default what the component's provider is configured for
   */
  readonly target?: InputArgs<Target | undefined>;
};

/** Where a mesh goes. */
interface Destination {
  /** Absent if the component's provider decides. */
  readonly target?: TargetInput;
  /** The target, if it is a cluster or may be one. Some targets are known only in the update. */
  readonly cluster?: TargetInput;
}

/** @throws ResourceError at the mesh if the target does not fit its type */
async function destinationOf(
  given: ServiceMeshArgs["target"],
  mesh: pulumi.Resource,
): Promise<Destination> {
  const { value } = await resolveTarget(given, mesh);
  if (value !== undefined && value.target === undefined) {
    return {};
  }
  const target = given as TargetInput;
  return value?.target?.kind === "render" ? { target } : { target, cluster: target };
}

/**
 * Returns the objects that may belong to another stack, without Namespaces that certainly exist or
 * that this stack creates.
 */
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

/** What happens before the first object is registered. Empty if manifests are rendered. */
interface Beginning {
  readonly gate: PrecheckGate | undefined;
  readonly ownership: Ownership | undefined;
  /** Absent if manifests are rendered. */
  readonly session: ClusterSession | undefined;
  /** Absent if the inputs name none. */
  readonly upgrade: CurrentStage | undefined;
  readonly sharing: SharedParts;
  /** Whether some input is a secret. */
  readonly sensitive: boolean;
  /** Objects that may belong to another stack. */
  readonly shared: readonly K8sObject[];
}

/**
 * A whole Istio mesh in a cluster, in this order: CRDs, the objects that all revisions share, the
 * control planes, CNI, ztunnel, the gateways that overlays declare, and mesh-wide policy.
 *
 * Overlays and typed inputs can set the same fields. A typed input takes precedence over an
 * overlay, and a `set` takes precedence over both.
 *
 * @throws ResourceError with everything that is wrong with the inputs; no object is created then
 * @example
 * const mesh = new ServiceMesh("mesh", {
 *   version: "1.31.0",
 *   overlays: ["cni-gcp", "./my-overlay.yaml"],
 *   mtls: { mode: "STRICT" },
 * });
 * export const revision = mesh.revision;
 * @example
 * const ingress = mesh.gateways.apply((all) => all.find(({ kind }) => kind === "ingress"));
 * export const address = ingress.apply((gateway) => gateway?.address);
 */
export class ServiceMesh extends pulumi.ComponentResource<MeshOutputs | undefined> {
  /**
   * The revision of the first control plane, or Google's if there is no other. `undefined` for a
   * mesh of gateways only.
   */
  readonly revision: pulumi.Output<string | undefined>;
  /** The Istio version of the first control plane. `undefined` if Google runs the only one. */
  readonly version: pulumi.Output<string | undefined>;
  /** All control planes in the order of the inputs, with Google's last. */
  readonly controlPlanes: pulumi.Output<MeshControlPlane[]>;
  /** The revision of each tag, by the name of the tag. */
  readonly tags: pulumi.Output<Record<string, string>>;
  /** The namespaces of the mesh, in the order of the inputs. */
  readonly namespaces: pulumi.Output<MeshNamespaceOutput[]>;
  /**
   * All gateways with their Services and addresses: typed gateways in the order of the inputs,
   * then those of overlays.
   *
   * In a preview that creates a Service, only its `address` is unknown: `mesh.gateways[0].name`
   * has its value, but a callback of `mesh.gateways.apply` does not run.
   */
  readonly gateways: pulumi.Output<MeshGateway[]>;
  /** A readable summary of the mesh: components, overlays in order, images, objects. */
  readonly summary: pulumi.Output<MeshSummary>;

  private readonly name: string;
  private readonly target: ServiceMeshArgs["target"];
  private made: pulumi.ProviderResource | undefined;

  constructor(name: string, args: ServiceMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:ServiceMesh", name, withSecretKeys(args) as pulumi.Inputs, opts);
    warnOfUnusedOptions(this, opts);
    this.name = name;
    this.target = args.target;
    const outputs = this.getData();
    this.revision = outputOf(outputs, "revision");
    this.version = outputOf(outputs, "version");
    this.controlPlanes = outputOf(outputs, "controlPlanes");
    this.tags = outputOf(outputs, "tags");
    this.namespaces = outputOf(outputs, "namespaces");
    this.gateways = outputOf(outputs, "gateways");
    this.summary = outputOf(outputs, "summary");
  }

  /**
   * The Kubernetes provider of the mesh's objects, for other resources of the program: that of the
   * `target`, or else that of the component's options. `undefined` means the default provider.
   *
   * @example
   * new PeerAuthentication("shop", { namespace: "shop", mode: "STRICT" }, {
   *   provider: mesh.provider,
   *   dependsOn: mesh,
   * });
   */
  get provider(): pulumi.ProviderResource | undefined {
    if (this.target === undefined) {
      return this.getProvider("kubernetes:core/v1:Service");
    }
    // Created when it is first needed, because a mesh with invalid inputs creates nothing.
    this.made ??= targetProvider(this.name, this.target, { parent: this });
    return this.made;
  }

  protected override async initialize(
    given: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<MeshOutputs | undefined> {
    const { target: where, ...args } = given as ServiceMeshArgs;
    const { value, sensitive } = await resolveMeshArgs<ServiceMeshInputs>(args, this);
    if (value === undefined) {
      warnUnknown(this);
      this.registerOutputs(unknownOutputs(...MESH_OUTPUTS));
      return undefined;
    }
    await this.startProvider();
    const { inputs, upgrade, plan } = this.plan(value, sensitive);
    const { adopt = "none" } = inputs;
    const { target, cluster } = await destinationOf(where, this);
    const session = new ClusterSession(cluster);
    if (cluster !== undefined && takesHooks()) {
      session.closeAtExit();
    }
    const gate =
      cluster === undefined || inputs.precheck === false
        ? undefined
        : new PrecheckGate(`${name}-precheck`, session);
    // Registered even without a cluster, because Pulumi fails to delete a resource whose hook it
    // does not find.
    const sharing = new SharedParts(name, {
      session,
      manager: currentManager(),
      mode: inputs.shared,
      controlPlanes: plan.facts.controlPlanes,
      managed: plan.facts.managed?.revision,
    });
    const ownership =
      cluster === undefined
        ? undefined
        : new Ownership(`${name}:adopt`, {
            session,
            mode: adopt,
            gate: gate?.hook,
            sharing,
          });
    const rollouts = ownership && followRollouts(name, session, (text) => ownership.explain(text));
    const place = cluster === undefined ? new ClusterSession(target) : session;
    const meshes = sharePlan(inputs, { sensitive, session: place, ownership, rollouts });
    const parts = await this.rendered(() => renderGraph(meshGraph(plan), meshes), sensitive);
    const rendered = chartObjects(parts);
    const ofTags = (part: RenderedPart) => part.part.kind === "tag";
    const plain = objectsOf(parts.filter((part) => !ofTags(part)));
    const objects = [...plain, ...objectsOf(parts.filter(ofTags))];
    const components = parts.flatMap((part) => part.components);
    const overlayGateways = overlayGatewayFacts(components, inputs, plan.primary.namespace);
    const facts = {
      ...plan.facts,
      ...(upgrade && { upgrade: { to: upgrade.plan.to, stage: upgrade.stage.name } }),
      overlayGateways,
      podLabels: podLabelsOf(rendered),
      effects: effectsOf(objects),
    };
    await this.begin(
      name,
      { plan: { ...plan, facts }, objects, adopt },
      {
        gate,
        ownership,
        session: cluster && session,
        upgrade,
        sharing,
        sensitive,
        shared: sharedObjects(plain, plan, inputs),
      },
    );
    const made = createParts({
      name,
      parent: this,
      inputs,
      plan,
      meshes,
      target,
      session,
      ownership,
      rollouts,
      parts,
      hasSecretGateways: sensitive && (await isSecret({ gateways: args.gateways })),
      overlayGateways,
      dependsOn: opts.dependsOn,
      provider: target && this.provider,
    });
    const outputs = await meshOutputs({ plan, parts: made, rendered, args, sensitive });
    this.registerOutputs({ ...outputs });
    return outputs;
  }

  /**
   * In a preview, registers the provider before the plan, so that Pulumi starts the provider's process
   * while this process plans. An update registers it later, because a mesh with invalid inputs
   * creates nothing.
   */
  private async startProvider(): Promise<void> {
    if (!pulumi.isDryRun() || this.target === undefined) {
      return;
    }
    const { value } = await resolveArgs<{ readonly target?: Target }>({ target: this.target });
    if (value?.target !== undefined && checkInputs("Target", value.target).length === 0) {
      void this.provider;
      await requestsSent(this);
    }
  }

  /** Does everything that comes before the first object. */
  private async begin(
    name: string,
    desired: GatedMesh,
    { gate, ownership, session, upgrade, sharing, sensitive, shared }: Beginning,
  ): Promise<void> {
    let isChanged = false;
    const changed = () => {
      isChanged = true;
    };
    if (ownership !== undefined) {
      ownership.injectors.wished = desired.objects;
    }
    const { isOld } = await recordPlan(`${name}-plan`, desired.plan.facts, {
      parent: this,
      sensitive,
      check: (before, after, live) => {
        const { problems, warnings } = checkStep(before, after, live);
        const { defaults, notes } = upgradeChanges(before, desired.plan);
        return {
          problems: [...checkRecordedStage(before, after, upgrade), ...problems],
          warnings: [...warnings, ...defaults, ...notes],
        };
      },
      first: (before) => describeStage(before, upgrade),
      look: session && ((before, after) => lookForStranded(session, before, after)),
      gateways: session && ((before, after) => lookAtGateways(session, before, after)),
      effects: session && ((before, after) => lookAtEffects(session, before, after)),
      changed,
    });
    // If an earlier release wrote the state, Pulumi would delete what is not declared, so it is
    // declared once more.
    if (!isOld) {
      await this.claim(sharing, shared);
    }
    const objects = desired.objects.filter((object) => !sharing.isUsed(object));
    await gate?.pass({ ...desired, objects }, this);
    if (isChanged) {
      await ownership?.injectors.wake();
    }
  }

  private plan(given: ServiceMeshInputs, sensitive: boolean): StagedInputs & { plan: MeshPlan } {
    try {
      const staged = stagedInputs(given, overlayLibrary());
      const plan = planMesh(staged.inputs, overlayLibrary());
      throwIfAny(plan.refused);
      logWarnings(plan.warnings, this);
      return { ...staged, plan };
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

  /**
   * All charts are rendered before the first object is registered, so that a mistake creates
   * nothing.
   */
  private async rendered(
    render: () => Promise<RenderedPart[]>,
    sensitive: boolean,
  ): Promise<RenderedPart[]> {
    try {
      return await render();
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }
}
