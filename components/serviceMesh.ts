import { peerAuthenticationObjects } from "../mesh/extras";
import { withoutCharts } from "../mesh/generate";
import { meshUses } from "../mesh/guard/going";
import { revisionLabel } from "../mesh/injection/labels";
import { timeoutSeconds } from "../mesh/inputs/timeouts";
import type { K8sObject } from "../mesh/patch/types";
import { deactivated, yieldsInjection } from "../mesh/plan/defaultInjector";
import { revisionTitle } from "../mesh/plan/facts";
import {
  checkStep,
  gatewayNamespaces,
  type MeshPlan,
  planMesh,
  type ServiceMeshInputs,
} from "../mesh/plan/meshPlan";
import { isWebhook } from "../mesh/render/objects";
import type { ResolvedMesh } from "../mesh/resolve";
import { type MeshSummary, summarize } from "../mesh/summary";
import { Base } from "./base";
import { PrecheckGate } from "./check/precheck/gate";
import { Cni } from "./cni";
import { ControlPlane } from "./controlPlane";
import { Crds } from "./crds";
import { DefaultValidator } from "./defaultValidator";
import { Gateway } from "./gateway";
import { answersGate, gatewayGate, RevisionGuard, removalGuard } from "./guards";
import { handOverHook } from "./handOver";
import { type ArgsOf, resolveArgs } from "./inputs";
import { Leftovers } from "./leftovers";
import { ManagedControlPlane } from "./managedControlPlane";
import { MeshGuard } from "./meshGuard";
import { MeshNamespace, type MeshNamespaceArgs } from "./meshNamespace";
import {
  inputError,
  type MeshArgs,
  MeshPart,
  type PartData,
  resolveMeshArgs,
  type SharedMesh,
  sharedSource,
  shareResolved,
  warn,
  warnUnknown,
  withDependencies,
  withSecretKeys,
} from "./meshPart";
import { OverlayGateways } from "./overlayGateways";
import { Ownership } from "./ownership";
import { recordPlan } from "./planRecord";
import { RevisionTag, sharedTag } from "./revisionTag";
import { followRollouts } from "./rollouts";
import * as pulumi from "./sdk";
import { Stash } from "./stash";
import { type Target, targetProvider } from "./target";
import { Ztunnel } from "./ztunnel";

/** Inputs of a whole mesh. */
export type ServiceMeshArgs = ArgsOf<ServiceMeshInputs> & {
  /**
   * Where the mesh goes: a folder of manifests or a cluster.
   * @default what the component's provider is configured for
   */
  readonly target?: pulumi.Input<Target>;
};

interface MeshState {
  readonly summary: MeshSummary | undefined;
  /** Some input is a secret, and the summary names images and settings. */
  readonly sensitive: boolean;
  readonly plan: MeshPlan | undefined;
}

/** The meshes of a plan, each of whose charts is rendered once. */
interface SharedPlan {
  readonly controlPlanes: readonly SharedMesh[];
  readonly shared: SharedMesh;
  readonly primary: SharedMesh;
}

/** The mesh-wide security policy, as a part so that it waits for the control plane. */
class MeshPolicy extends MeshPart {
  constructor(
    name: string,
    source: ReturnType<typeof sharedSource>,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("servicemesh:index:MeshPolicy", name, source, opts);
  }

  protected override async create(name: string, { mesh }: SharedMesh): Promise<PartData> {
    const objects: K8sObject[] = mesh === undefined ? [] : peerAuthenticationObjects(mesh);
    return this.registerAll(name, objects, false);
  }
}

function has(mesh: ResolvedMesh | undefined, ...names: readonly string[]): boolean {
  return mesh?.components.some(({ component }) => names.includes(component.name)) ?? false;
}

/** Its webhook gives way to that of the tag `default`: two would match the same pods (pain 6). */
function withoutDefaultInjector(shared: SharedMesh): SharedMesh {
  return {
    ...shared,
    render: async (name) => (await shared.render(name)).map(deactivated),
  };
}

function sharePlan(
  plan: MeshPlan,
  inputs: ServiceMeshInputs,
  options: Pick<SharedMesh, "sensitive" | "ownership" | "rollouts">,
): SharedPlan {
  const { sensitive, ownership, rollouts } = options;
  const share = (mesh: ResolvedMesh): SharedMesh => ({
    ...shareResolved(mesh, inputs, sensitive, ownership),
    rollouts,
  });
  return {
    controlPlanes: plan.controlPlanes.map((mesh) =>
      yieldsInjection(plan, mesh) ? withoutDefaultInjector(share(mesh)) : share(mesh),
    ),
    shared: share(plan.shared),
    primary: share(plan.primary),
  };
}

function source(shared: SharedMesh): MeshArgs {
  return sharedSource(Promise.resolve(shared)) as unknown as MeshArgs;
}

interface Place extends Pick<ServiceMeshArgs, "target"> {
  /** Only where there is a cluster to ask before something goes or comes. */
  readonly ownership: Ownership | undefined;
}

type PartOptions = Pick<pulumi.ResourceOptions, "dependsOn"> &
  Place & {
    /** Whether what the revisions share has a default validator. */
    readonly hasValidator: boolean;
    /** All that is rendered. */
    readonly objects: readonly K8sObject[];
  };

/** Options for what uses some revisions or tags: it comes after these. */
type UsersOf = (names: readonly string[]) => pulumi.ComponentResourceOptions;

interface NamedTag {
  readonly tag: string;
  readonly part: RevisionTag;
}

async function hasWebhooks({ render }: SharedMesh): Promise<boolean> {
  return (await render("base")).some(({ objects }) => objects.some(isWebhook));
}

/** Whether the target is a cluster, or one that only the update knows. */
async function isCluster(target: ServiceMeshArgs["target"]): Promise<boolean> {
  if (target === undefined) {
    return false;
  }
  const { value } = await resolveArgs<{ target: Target }>({ target } as never);
  return value?.target.kind !== "render";
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
    const { target, ...args } = given as ServiceMeshArgs;
    const { value: inputs, sensitive } = await resolveMeshArgs<ServiceMeshInputs>(args, this);
    if (inputs === undefined) {
      warnUnknown(this);
      this.registerOutputs({});
      return { plan: undefined, summary: undefined, sensitive };
    }
    const plan = this.plan(inputs, sensitive);
    const cluster = target !== undefined && (await isCluster(target)) ? target : undefined;
    const gate =
      cluster === undefined || inputs.precheck === false
        ? undefined
        : new PrecheckGate(`${name}-precheck`, cluster);
    const ownership =
      cluster === undefined
        ? undefined
        : new Ownership(`${name}:adopt`, {
            target: cluster,
            mode: inputs.adopt ?? "none",
            gate: gate?.hook,
          });
    const rollouts = ownership && followRollouts(name, target);
    const meshes = sharePlan(plan, inputs, { sensitive, ownership, rollouts });
    const rendered = await this.renderAll(meshes, sensitive);
    await recordPlan(`${name}-plan`, plan.facts, { parent: this, check: checkStep });
    const objects = [...rendered, ...withoutCharts(plan)];
    await gate?.pass({ plan, objects }, this);
    this.createParts(name, plan, meshes, {
      target,
      dependsOn: opts.dependsOn,
      ownership,
      objects,
      hasValidator: await hasWebhooks(meshes.shared),
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

  /** All charts are rendered before the first object is registered: a mistake creates nothing. */
  private async renderAll(meshes: SharedPlan, sensitive: boolean): Promise<K8sObject[]> {
    const { shared, primary, controlPlanes } = meshes;
    const base = ["base"] as const;
    const planes = ["istiodRemote", "pilot"] as const;
    const cluster = ["cni", "ztunnel", "ingressGateways", "egressGateways"] as const;
    try {
      const rendered = await Promise.all([
        ...base.map(shared.render),
        ...controlPlanes.flatMap(({ render }) => planes.map(render)),
        ...cluster.map(primary.render),
      ]);
      return rendered.flat().flatMap(({ objects }) => objects);
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }

  private createParts(name: string, plan: MeshPlan, meshes: SharedPlan, given: PartOptions): void {
    const { target, ownership } = given;
    const guarded = ownership !== undefined;
    const providers =
      target === undefined
        ? {}
        : { providers: { kubernetes: targetProvider(name, target, { parent: this }) } };
    const after = (...parts: pulumi.Resource[]): pulumi.ComponentResourceOptions => ({
      parent: this,
      dependsOn: withDependencies(given.dependsOn, parts),
      ...providers,
    });

    const crds = new Crds(`${name}-crds`, source(meshes.shared), after(), { target });
    // Neither namespaces nor permissions need CRDs: what does waits for these by itself.
    const base = new Base(`${name}-base`, source(meshes.shared), after(), {
      namespaces: gatewayNamespaces(plan),
      withoutWebhooks: true,
    });
    const leftovers = guarded
      ? [new Leftovers(`${name}-leftovers`, target, { parent: this, dependsOn: base })]
      : [];
    const controlPlanes = meshes.controlPlanes.map((own) => {
      const revision = revisionTitle(own.mesh?.revision ?? "");
      const title = `${name}-${revision}`;
      return new ControlPlane(title, source(own), after(base, ...leftovers), {
        beforeWorkloads: [crds],
      });
    });
    // Registered also without a cluster: Pulumi deletes no guard whose hook it does not find.
    const removal = removalGuard(`${name}:removal`, { target });
    const guards = guarded
      ? this.createGuards(name, controlPlanes, meshes, [
          removal,
          answersGate(`${name}:answers`, target, plan.primary.namespace),
        ])
      : [];
    // A guard stands for all objects of its control plane: to name each of them for each object of
    // each gateway would make state and time grow with the product of their numbers.
    const managed = [plan.managed ?? []].flat().map(
      (inputs) =>
        new ManagedControlPlane(`${name}-managed`, { ...inputs, target }, after(crds, base), {
          ownership,
          removal,
        }),
    );
    const ready = [...(guarded ? guards : controlPlanes), ...managed];
    // One thing for the agents to wait for: another control plane is then no news to each of their
    // objects, which the engine would write down one by one.
    const planes = guarded
      ? [new Stash(`${name}-planes`, {}, { parent: this, dependsOn: ready })]
      : ready;
    const former = { base, name: `${name}-base` };
    const title = `${name}-default-validator`;
    const validators = given.hasValidator
      ? [new DefaultValidator(title, source(meshes.shared), after(...ready), former)]
      : [];
    const agents = this.createAgents(name, meshes.primary, (...parts) =>
      after(...planes, ...parts),
    );
    const tags = this.createTags(name, plan, meshes, after(...ready));
    // Pods need the CNI plugin, and the webhook of the revision or tag that they name; Istio's own
    // objects need the CRDs, also where no control plane stands between. A revision that they do not
    // name changes nothing for them, in the state neither.
    const usersOf: UsersOf = (names) => {
      const revisions = names.map((revision) => revisionLabel(plan.tags[revision] ?? revision));
      const named = guards.filter(({ label }) => revisions.includes(label));
      return after(
        ...(named.length > 0 ? named : [crds]),
        ...(guarded ? managed : ready),
        ...tags.filter(({ tag }) => names.includes(tag)).map(({ part }) => part),
        ...agents,
        base,
      );
    };
    const gateways = this.createGateways(name, plan, meshes.primary, given, usersOf);
    const namespaces = this.createNamespaces(name, plan, given, usersOf);
    const primary = sharedSource(Promise.resolve(meshes.primary));
    const policy = new MeshPolicy(`${name}-policy`, primary, after(crds, ...ready));
    if (guarded) {
      const uses = meshUses(plan, given.objects, ownership.keepsNamespaces);
      const parts = tags.map(({ part }) => part);
      const all = [
        ...ready,
        ...validators,
        ...agents,
        ...parts,
        ...gateways,
        ...namespaces,
        policy,
      ];
      new MeshGuard(`${name}-guard`, uses, target, { parent: this, dependsOn: all });
    }
  }

  private createGateways(
    name: string,
    plan: MeshPlan,
    { inputs, rollouts }: SharedMesh,
    { target, ownership }: Place,
    usersOf: UsersOf,
  ): Gateway[] {
    const { namespace } = plan.primary;
    const gate = [
      `${name}:injection`,
      target,
      namespace,
      timeoutSeconds(inputs, "injection"),
    ] as const;
    const hooks =
      ownership === undefined
        ? {}
        : {
            beforeDeployment: [gatewayGate(...gate), handOverHook(`${name}:hand-over`, target)],
            rollouts,
          };
    const seconds = inputs?.timeouts?.gateways;
    const limit = seconds === undefined ? {} : { timeoutSeconds: seconds };
    return plan.gateways.map((gateway) => {
      const title = `${name}-${gateway.namespace}-${gateway.name}`;
      const opts = usersOf(gateway.revisions.map(({ revision }) => revision));
      return new Gateway(title, { ...gateway, ...limit }, opts, { hooks, ownership });
    });
  }

  private createNamespaces(
    name: string,
    plan: MeshPlan,
    { target, ownership }: Place,
    usersOf: UsersOf,
  ): MeshNamespace[] {
    return plan.namespaces.map(({ name: namespace, ...inputs }) => {
      const args = {
        ...inputs,
        namespace,
        // A tag that moves restarts the namespace's workloads too, where that is asked for.
        tagRevision: plan.tags[inputs.revision],
        target,
        restart: ownership === undefined ? undefined : inputs.restart,
      };
      const title = `${name}-namespace-${namespace}`;
      const opts = usersOf([inputs.revision]);
      return new MeshNamespace(title, args as MeshNamespaceArgs, opts, { ownership });
    });
  }

  /** What a cluster has one of, each after the one before: CNI, ztunnel, gateways of overlays. */
  private createAgents(
    name: string,
    primary: SharedMesh,
    after: (...parts: pulumi.Resource[]) => pulumi.ComponentResourceOptions,
  ): MeshPart[] {
    const { mesh } = primary;
    const parts: [boolean, (opts: pulumi.ComponentResourceOptions) => MeshPart][] = [
      [has(mesh, "cni"), (opts) => new Cni(`${name}-cni`, source(primary), opts)],
      [has(mesh, "ztunnel"), (opts) => new Ztunnel(`${name}-ztunnel`, source(primary), opts)],
      [
        has(mesh, "ingressGateways", "egressGateways"),
        (opts) => new OverlayGateways(`${name}-gateways`, source(primary), opts),
      ],
    ];
    const made: MeshPart[] = [];
    for (const [wanted, create] of parts) {
      if (wanted) {
        made.push(create(after(...made)));
      }
    }
    return made;
  }

  /** One between each control plane and all that uses it (pain 5). */
  private createGuards(
    name: string,
    controlPlanes: readonly ControlPlane[],
    meshes: SharedPlan,
    [removal, answers]: readonly [removal: pulumi.ResourceHook, answers: pulumi.ResourceHook],
  ): RevisionGuard[] {
    return controlPlanes.map((controlPlane, index) => {
      const revision = meshes.controlPlanes[index]?.mesh?.revision ?? "";
      const title = `${name}-guard-${revisionTitle(revision)}`;
      const opts = { parent: this, dependsOn: [controlPlane] };
      return new RevisionGuard(title, revision, removal, opts, [answers]);
    });
  }

  /** A tag belongs to the control plane that it points to: its objects are of that version. */
  private createTags(
    name: string,
    { tags }: MeshPlan,
    { controlPlanes }: SharedPlan,
    opts: pulumi.ComponentResourceOptions,
  ): NamedTag[] {
    return Object.entries(tags).flatMap(([tag, named]) => {
      const own = controlPlanes.find(
        ({ mesh }) => mesh !== undefined && revisionLabel(mesh.revision) === revisionLabel(named),
      );
      const revision = own?.mesh?.revision ?? named;
      if (own === undefined) {
        return [];
      }
      const args = sharedTag({ tag, revision }, Promise.resolve(own));
      return [{ tag, part: new RevisionTag(`${name}-tag-${tag}`, args, opts) }];
    });
  }
}
