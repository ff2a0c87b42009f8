import { overlayLibrary } from "../../adapters/overlays";
import { renderTools } from "../../adapters/renderTools";
import { formatProblem, InvalidInput, type Problem, throwIfAny } from "../../mesh/common/problem";
import { effectsOf } from "../../mesh/effects/effectsOf";
import { checkOverlayGatewayNames } from "../../mesh/gateway/gatewayConflicts";
import {
  identityOf,
  type K8sObject,
  objectTitle,
  sortByStage,
  stageOf,
} from "../../mesh/k8s/objects";
import type { ClusterInputs } from "../../mesh/model/clusterInputs";
import { type ComponentName, timeoutOf } from "../../mesh/model/component";
import type { MeshFacts } from "../../mesh/model/facts";
import { type CaInputs, INPUTS_SOURCE, type MeshInputs } from "../../mesh/model/meshInputs";
import { timeoutSeconds } from "../../mesh/model/timeouts";
import { adoptWithoutCluster } from "../../mesh/ownership/adoptWithoutCluster";
import { podLabelsOf } from "../../mesh/plan/podLabels";
import { type RenderedComponent, type RenderTools, renderOnce } from "../../mesh/render/render";
import { retiredInputs } from "../../mesh/schema/retiredPlaces";
import { settingWarnings } from "../../mesh/settings/settingWarnings";
import { imageSkew } from "../../mesh/settings/tags";
import { type ResolvedMesh, resolveMesh } from "../../mesh/spec/resolve";
import { PULUMI_NEWS } from "../pulumi/chartNews";
import { ClusterSession } from "../pulumi/clusterSession";
import { constructed } from "../pulumi/constructed";
import { type ArgsOf, type ResolvedArgs, resolveArgs } from "../pulumi/inputs";
import { componentOutput, heard, outputOf, unknownOutputs } from "../pulumi/outputs";
import { protectedIf } from "../pulumi/protectedIf";
import { resourceError } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";
import { type Waiting, waitingOptions } from "./awaited";
import { clusterVersionOf } from "./clusterVersion";
import { inputError, requireFittingInputs } from "./inputErrors";
import { registerObject, resourceName } from "./kubernetesObject";
import { type OwnCluster, ownCluster, recordAlone } from "./ownCluster";
import type { Ownership } from "./ownership";
import type { Rollouts } from "./rollouts";
import { withoutServiceAwait } from "./serviceAwait";
import { withoutTarget } from "./target";

/** The typed inputs of a mesh, each of which may be an Output. */
export type MeshArgs = ArgsOf<MeshInputs>;

/** The inputs of a part that a program creates by itself, each of which may be an Output. */
export type PartArgs = MeshArgs & ArgsOf<ClusterInputs>;

/** A mesh's inputs, resolved once and shared by the components of a ServiceMesh. */
export interface SharedMesh {
  /** Absent while a preview does not know some input. */
  readonly mesh: ResolvedMesh | undefined;
  readonly inputs: MeshInputs | undefined;
  readonly sensitive: boolean;
  /** Whether version, revision or namespace is a secret. */
  readonly sensitiveIdentity: boolean;
  /** Watches workloads while they roll out. Absent if there is no cluster. */
  readonly rollouts?: Rollouts | undefined;
  /** Where the objects go. It is asked for addresses that Pulumi's state lacks. */
  readonly session?: ClusterSession;
  /** Helm and charts, for what is rendered outside the components. */
  readonly tools: RenderTools;
  /** Takes ownership of objects. Set only if the mesh itself knows its cluster. */
  readonly ownership?: Ownership;
  /** The objects of a component, rendered once. */
  render(name: ComponentName): Promise<RenderedComponent[]>;
}

export function logWarnings(problems: readonly Problem[], resource: pulumi.Resource): void {
  for (const problem of problems) {
    void pulumi.log.warn(formatProblem(problem), resource);
  }
}

/** For a preview in which some Output has no value yet. */
export function warnUnknown(resource: pulumi.Resource): void {
  const text = "some inputs are known only after the update; objects that follow are not shown";
  void pulumi.log.warn(text, resource);
}

/** Private keys are secret whether or not the program says so. */
export function withSecretKeys<T extends MeshArgs>(args: T): T {
  if (args.ca === undefined) {
    return args;
  }
  const ca = pulumi
    .output(args.ca as CaInputs | undefined)
    .apply((known) => (known?.type === "plug-in-certs" ? pulumi.secret(known) : known));
  return { ...args, ca };
}

/**
 * Waits for the args of a component.
 *
 * @throws ResourceError at the component when an Output has failed: what it failed with may hold the
 * whole program, and Pulumi would print that
 */
export async function resolveMeshArgs<T extends MeshInputs>(
  args: ArgsOf<T>,
  resource: pulumi.Resource,
): Promise<ResolvedArgs<T>> {
  try {
    return await resolveKnown(args);
  } catch (error) {
    // One of our own components has failed, which is already reported.
    throw pulumi.ResourceError.isInstance(error)
      ? error
      : resourceError((error as Error).message, resource);
  }
}

/**
 * Plug-in certificates go to a Secret of their own and into no chart, so they make nothing else
 * secret.
 */
async function resolveKnown<T extends MeshInputs>(args: ArgsOf<T>): Promise<ResolvedArgs<T>> {
  const { ca: _, ...others } = args;
  const [{ value, sensitive }, rest] = await Promise.all([
    resolveArgs<T>(args),
    resolveArgs<T>(others as ArgsOf<T>),
  ]);
  const reachesCharts = value?.ca?.type !== "plug-in-certs";
  return { value, sensitive: rest.sensitive || (sensitive && reachesCharts) };
}

/**
 * Resolves a component's args to a mesh.
 *
 * @param session the cluster that the objects are for
 * @throws ResourceError with everything that is wrong; no child has been created then
 */
export async function shareMesh(
  args: MeshArgs,
  resource: pulumi.Resource,
  session: ClusterSession,
): Promise<SharedMesh> {
  const { value: inputs, sensitive } = await resolveMeshArgs<MeshInputs>(args, resource);
  if (inputs === undefined) {
    warnUnknown(resource);
    const tools = renderTools(undefined, { sensitive, news: PULUMI_NEWS });
    return {
      mesh: undefined,
      inputs,
      sensitive,
      sensitiveIdentity: sensitive,
      tools,
      session,
      render: async () => [],
    };
  }
  const { version, revision, namespace } = args;
  const identity = await resolveArgs<MeshInputs>({ version, revision, namespace });
  try {
    const mesh = resolveMesh(inputs, overlayLibrary());
    const images = imageSkew([{ mesh }]);
    throwIfAny([
      ...(inputs.allowImageSkew === true ? [] : images.problems),
      ...checkOverlayGatewayNames(mesh, []),
    ]);
    logWarnings(
      [
        ...retiredInputs(inputs),
        ...mesh.warnings,
        ...settingWarnings(mesh),
        ...images.problems,
        ...images.warnings,
      ],
      resource,
    );
    const sensitiveIdentity = identity.sensitive;
    const clusterVersion = clusterVersionOf(session);
    const tools = renderTools(inputs.charts, { sensitive, news: PULUMI_NEWS, clusterVersion });
    const render = renderOnce(tools);
    return {
      ...{ mesh, inputs, sensitive, sensitiveIdentity, tools, session },
      render: (name) => render(mesh, name),
    };
  } catch (error) {
    throw inputError(error, resource, sensitive);
  }
}

/**
 * Where a part gets its mesh from: its own args, or the ServiceMesh that contains it.
 *
 * @internal
 */
export type MeshSource = { readonly args: PartArgs } | { readonly shared: SharedMesh };

/**
 * What Pulumi's state shows as the inputs of a part. The state of a ServiceMesh already contains
 * the inputs that its parts share.
 */
function shownInputs(source: MeshSource): pulumi.Inputs {
  return "args" in source ? withSecretKeys(withoutTarget(source.args)) : {};
}

function waitingFor(component: ComponentName, shared: SharedMesh): Waiting | undefined {
  const timeout = timeoutOf(component);
  const { inputs, rollouts } = shared;
  return timeout === undefined ? undefined : { seconds: timeoutSeconds(inputs, timeout), rollouts };
}

/** What a part of a mesh has registered. */
export interface PartData {
  /** Absent while a preview does not know the objects. */
  readonly objects: readonly K8sObject[] | undefined;
  /** The part's own outputs by name. Secret outputs are marked as secret. @default {} */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

interface PartState {
  /** Plain values or Outputs by name. Absent while a preview does not know some input. */
  readonly outputs: Readonly<Record<string, unknown>> | undefined;
}

/** An object of a part, and its resource. */
export interface Made {
  readonly object: K8sObject;
  readonly resource: pulumi.Resource;
}

interface MadeData extends PartData {
  readonly made: readonly Made[];
}

/** A component that contained objects of this one before. @internal */
export interface FormerPlace {
  /** The name of the component. */
  readonly component: string;
  /** The component, or its URN if the program no longer contains it. */
  readonly parent: pulumi.Resource | pulumi.Input<string>;
}

/** How the objects of a part are registered. */
interface Registering {
  readonly waiting?: Waiting | undefined;
  /** Components that may have contained the objects before. */
  readonly former?: readonly FormerPlace[];
  /** Returns whether Pulumi refuses to delete an object. @default none is protected */
  readonly isProtected?: (object: K8sObject) => boolean;
}

type Dependencies = pulumi.ResourceOptions["dependsOn"];

/** Returns a resource itself, or the last objects of a part, which wait for its other objects. */
function standIns(resource: pulumi.Resource): pulumi.Input<readonly pulumi.Resource[]> {
  return resource instanceof MeshPart ? resource.last : [resource];
}

/** Combines what a component waits for with further resources. */
export function withDependencies(
  given: Dependencies,
  more: readonly pulumi.Resource[],
): Dependencies {
  const own = pulumi.output(given).apply((all) => [all ?? []].flat() as pulumi.Resource[]);
  return heard(pulumi.output([own, ...more.map(standIns)])).apply((lists) => lists.flat());
}

/**
 * A part of a mesh: the objects of some components, as child resources.
 *
 * The children are created in `initialize` once the inputs are known, so that a resource that
 * depends on the part waits for all of them.
 */
export abstract class MeshPart extends pulumi.ComponentResource<PartState> {
  /** The titles of the objects, such as `Deployment istio-system/istiod-1-31-0`. */
  readonly objects: pulumi.Output<string[]>;
  /** The objects that wait for all other objects of the part. @internal */
  readonly last: pulumi.Output<pulumi.Resource[]>;

  /** @param shown inputs of the component itself, which the state shows too @default none */
  protected constructor(
    token: string,
    name: string,
    private readonly source: MeshSource,
    opts: pulumi.ComponentResourceOptions | undefined,
    shown: pulumi.Inputs = {},
  ) {
    super(token, name, { ...shownInputs(source), ...shown }, opts);
    warnOfUnusedOptions(this, opts);
    this.objects = this.partOutput("objects");
    this.last = componentOutput(this.getData().then(() => this.lastStage()));
  }

  /** Registers the children of this part. */
  protected abstract create(name: string, shared: SharedMesh): Promise<PartData>;

  /** What the part waits for. Its children wait for it too. */
  private dependencies: Dependencies;
  /** What its workloads and webhooks wait for in addition. */
  protected readonly beforeWorkloads: readonly pulumi.Resource[] = [];
  /** The components whose workloads are watched over in the part's own cluster. */
  protected readonly watched: readonly ComponentName[] = [];
  /** The names of the outputs that the part has besides its objects. */
  protected readonly outputNames: readonly string[] = [];
  private readonly stages = new Map<number, pulumi.Resource[]>();
  private ownership: Ownership | undefined;

  protected override async initialize(
    _: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<PartState> {
    await constructed();
    const shared = await this.sharedMesh(name, opts.dependsOn);
    this.dependencies = opts.dependsOn;
    this.ownership = shared.ownership;
    const data = await this.createChecked(name, shared);
    if (shared.mesh === undefined || data.objects === undefined) {
      this.registerOutputs(unknownOutputs("objects", ...this.outputNames));
      return { outputs: undefined };
    }
    const outputs = { objects: data.objects.map(objectTitle), ...data.outputs };
    this.registerOutputs(outputs);
    return { outputs };
  }

  private async sharedMesh(name: string, dependsOn: Dependencies): Promise<SharedMesh> {
    if ("shared" in this.source) {
      return this.source.shared;
    }
    const { target, adopt, ...args } = this.source.args;
    const session = new ClusterSession(target);
    const shared = await shareMesh(withSecretKeys(args), this, session);
    const watched = async () =>
      (await Promise.all(this.watched.map((component) => shared.render(component)))).flat();
    const workloads = async () => (await watched()).flatMap((part) => part.objects);
    const own = await this.openCluster(name, { target, adopt }, session, workloads);
    if (own === undefined) {
      return shared;
    }
    const { ownership, rollouts } = own;
    const rendered = await watched().catch((error) => {
      throw inputError(error, this, shared.sensitive);
    });
    const objects = rendered.flatMap((part) => part.objects);
    const facts = {
      ...this.factsAlone(shared, rendered),
      podLabels: podLabelsOf(objects),
      effects: effectsOf(objects),
    };
    const { sensitive } = shared;
    await recordAlone(name, facts, { parent: this, dependsOn, session, sensitive });
    return { ...shared, ownership, rollouts };
  }

  /** Returns what a preview compares of the part, if it belongs to no ServiceMesh. */
  protected factsAlone(_: SharedMesh, __: readonly RenderedComponent[]): Partial<MeshFacts> {
    return {};
  }

  /** @throws ResourceError at the part with what is wrong with its cluster */
  private async openCluster(
    name: string,
    given: ArgsOf<ClusterInputs>,
    session: ClusterSession,
    objects: () => Promise<readonly K8sObject[]>,
  ): Promise<OwnCluster | undefined> {
    const { value } = await resolveArgs<ClusterInputs>(given);
    if (value === undefined) {
      return undefined;
    }
    requireFittingInputs("ClusterInputs", value, this, false);
    const problems = adoptWithoutCluster(value).map((problem) => ({
      source: INPUTS_SOURCE,
      ...problem,
    }));
    if (problems.length > 0) {
      throw inputError(new InvalidInput(problems), this, false);
    }
    return ownCluster(name, value, objects, session);
  }

  private async createChecked(name: string, shared: SharedMesh): Promise<PartData> {
    try {
      return await this.create(name, shared);
    } catch (error) {
      throw inputError(error, this, shared.sensitive);
    }
  }

  /** Returns one of the outputs, which is unknown while some input is. */
  protected partOutput<T>(name: string): pulumi.Output<T> {
    const outputs = this.getData().then((state) => state.outputs);
    return outputOf(outputs, name);
  }

  /** Renders a component and registers its objects as children. */
  protected async registerRendered(
    name: string,
    shared: SharedMesh,
    component: ComponentName,
    registering: Omit<Registering, "waiting"> = {},
  ): Promise<MadeData> {
    const rendered = await shared.render(component);
    for (const { warnings } of rendered) {
      logWarnings(warnings, this);
    }
    const all = rendered.flatMap((part) => part.objects);
    const objects = (await this.ownership?.scaling.applied(all)) ?? all;
    const waiting = waitingFor(component, shared);
    return this.registerAll(name, objects, shared.sensitive, { ...registering, waiting });
  }

  /** Returns what the children wait for: everything that the part waits for, and `more`. */
  protected after(...more: readonly pulumi.Resource[]): Dependencies {
    return withDependencies(this.dependencies, more);
  }

  /** Makes {@link last} consider a child. */
  protected count(resource: pulumi.Resource, stage: number): void {
    this.stages.set(stage, [...(this.stages.get(stage) ?? []), resource]);
  }

  /** Returns the objects of the last stage, or of the last stage before another. */
  private lastStage(before = Number.POSITIVE_INFINITY): pulumi.Resource[] {
    const stages = [...this.stages.keys()].filter((stage) => stage < before);
    return this.stages.get(Math.max(...stages)) ?? [];
  }

  /**
   * Returns what an object of a stage waits for. The objects of the previous stage wait for
   * everything before them and so represent it, because the state stores the list for each object.
   */
  private dependenciesOf(stage: number, namespace: pulumi.Resource | undefined): Dependencies {
    const earlier = this.lastStage(stage);
    const gates = stage === 0 ? [] : this.beforeWorkloads;
    return earlier.length > 0
      ? withDependencies(earlier, gates)
      : this.after(...gates, ...(namespace === undefined ? [] : [namespace]));
  }

  /**
   * Registers objects as children, each after its namespace if the part contains it.
   *
   * - Workloads come after their permissions and configuration: an istiod that starts without
   *   these creates a certificate authority that it cannot keep, and its clients then do not trust
   *   it. They also come after {@link beforeWorkloads}.
   * - Webhooks come after all other objects. They are therefore deleted before what answers them,
   *   and block no pod.
   */
  protected registerAll(
    name: string,
    objects: readonly K8sObject[],
    sensitive: boolean,
    { waiting, former = [], isProtected = () => false }: Registering = {},
  ): MadeData {
    const made: Made[] = [];
    const namespaces = new Map<string, pulumi.Resource>();
    const sharing = this.ownership?.sharing;
    const isUsed = (object: K8sObject) => sharing?.isUsed(object) === true;
    for (const object of sortByStage(objects)) {
      const stage = stageOf(object);
      const own = namespaces.get(identityOf(object).namespace);
      const options = { parent: this, dependsOn: this.dependenciesOf(stage, own) };
      const resource = isUsed(object)
        ? sharing?.useOf(name, object, options)
        : registerObject(name, this.ownership ? withoutServiceAwait(object) : object, {
            ...options,
            sensitive,
            ownership: this.ownership,
            ...protectedIf(isProtected(object)),
            ...(waiting && waitingOptions(name, object, waiting)),
            ...(former.length > 0 && {
              aliases: former.map(({ component, parent }) => ({
                name: resourceName(component, object),
                parent,
              })),
            }),
          });
      if (resource !== undefined) {
        this.count(resource, stage);
        made.push({ object, resource });
      }
      if (resource !== undefined && object.kind === "Namespace") {
        namespaces.set(identityOf(object).name, resource);
      }
    }
    const own = made.filter(({ object }) => !isUsed(object));
    return { objects: objects.filter((object) => !isUsed(object)), made: own };
  }
}
