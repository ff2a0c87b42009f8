import { isObject, type Json } from "../../mesh/common/json";
import { InvalidInput, throwIfAny } from "../../mesh/common/problem";
import { effectsOf } from "../../mesh/effects/effectsOf";
import { checkGatewayComponent, gatewaySource } from "../../mesh/gateway/check";
import { type GrowFirst, growFirst, limitsFor } from "../../mesh/gateway/growFirst";
import {
  type GatewayObjectGroups,
  gatewayObjectGroups,
  gatewayObjects,
} from "../../mesh/gateway/objects";
import { isInjectedByNamespace, planGateway, type RevisionPlan } from "../../mesh/gateway/plan";
import { weightWarnings } from "../../mesh/gateway/weightWarnings";
import type { K8sObject } from "../../mesh/k8s/objects";
import type { MeshFacts } from "../../mesh/model/facts";
import type {
  GatewayComponentInputs,
  GatewayInputs,
  GatewayKind,
} from "../../mesh/model/gatewayInputs";
import { TIMEOUT_DEFAULTS } from "../../mesh/model/timeouts";
import { gatewayFacts } from "../../mesh/plan/meshPlan";
import { inputFaults } from "../../mesh/render/faultPlaces";
import { GatewayCapacity } from "../guards/gatewayCapacity";
import { GatewayGuard } from "../guards/gatewayGuard";
import { waitingOptions } from "../objects/awaited";
import { clusterVersionOf } from "../objects/clusterVersion";
import { gatewayGate } from "../objects/guards";
import { inputError } from "../objects/inputErrors";
import { annotated, registerObject, resourceName } from "../objects/kubernetesObject";
import { withDependencies } from "../objects/meshPart";
import { ownCluster, recordAlone } from "../objects/ownCluster";
import type { Ownership } from "../objects/ownership";
import { SKIP_AWAIT } from "../objects/serviceAwait";
import { withoutTarget } from "../objects/target";
import { ClusterSession } from "../pulumi/clusterSession";
import { constructed } from "../pulumi/constructed";
import { resourceHook } from "../pulumi/hooks";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf, outputOf, unknownOutputs } from "../pulumi/outputs";
import { protectedIf } from "../pulumi/protectedIf";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";
import {
  type GatewayServiceOutput,
  type ServiceResource,
  serviceAddress,
  serviceOutput,
} from "./gatewayAddress";
import { type GatewayHooks, GatewayRevision } from "./gatewayRevision";

/** The inputs of a gateway, each of which may be an Output. */
export type GatewayArgs = ArgsOf<GatewayComponentInputs>;

/** What a ServiceMesh adds to its gateways. @internal */
export interface GatewayOptions {
  readonly hooks: GatewayHooks;
  /** Takes ownership of the objects in a cluster. */
  readonly ownership?: Ownership | undefined;
  /**
   * The cluster of the gateway. It is asked for an address that Pulumi's state lacks.
   *
   * @default only the state is looked at
   */
  readonly session?: ClusterSession | undefined;
}

/** The weight of one revision, as requested and as it is. */
export type GatewayWeight = Pick<
  RevisionPlan,
  "revision" | "weight" | "wishedPercent" | "realPercent" | "errorPoints" | "serves"
> & {
  /** The name of its Deployment. */
  readonly deployment: string;
};

/** The outputs of a gateway: plain values, or secrets. */
interface GatewayOutputs {
  readonly serviceName: string;
  readonly namespace: string;
  readonly kind: GatewayKind;
  readonly service: GatewayServiceOutput;
  readonly selector: Readonly<Record<string, string>>;
  readonly weights: readonly GatewayWeight[];
  readonly address: pulumi.Output<string | undefined>;
}

const OUTPUTS = [
  "serviceName",
  "namespace",
  "kind",
  "service",
  "selector",
  "weights",
  "address",
] as const satisfies readonly (keyof GatewayOutputs)[];

type Dependencies = pulumi.ResourceOptions["dependsOn"];

/** What the children of one gateway have in common. */
interface Context {
  readonly name: string;
  readonly dependsOn: Dependencies;
  readonly sensitive: boolean;
}

function weightOf(plan: RevisionPlan): GatewayWeight {
  const { autoscaling: _, replicas: __, ...weight } = plan;
  return weight;
}

/** Resolves when the resource is created, updated or unchanged. */
function finished(resource: pulumi.CustomResource): Promise<unknown> {
  return (resource.id as unknown as { promise(): Promise<unknown> }).promise();
}

/** Returns the number of pods in a Deployment's inputs, whose secrets are wrapped. */
async function podsIn(inputs: unknown): Promise<number | undefined> {
  const all = pulumi.output(inputs) as unknown as { promise(): Promise<unknown> };
  const known = await all.promise();
  const spec = isObject(known) && isObject(known.spec) ? known.spec : {};
  return typeof spec.replicas === "number" ? spec.replicas : undefined;
}

/**
 * With `--parallel 1` Pulumi runs one step at a time, so a step that waits for another would wait
 * forever.
 */
function isSerial(): boolean {
  return process.env.PULUMI_NODEJS_PARALLEL === "1";
}

/** Returns the name of a revision's resource, which is derived as the name of its Deployment is. */
function revisionName(name: string, inputs: GatewayInputs, index: number): string {
  const isFixed = inputs.naming === "google" || isInjectedByNamespace(inputs);
  const fixed = index === 0 ? "stable" : "canary";
  return `${name}-${isFixed ? fixed : inputs.revisions[index]?.revision}`;
}

/**
 * Returns what a gateway that belongs to no ServiceMesh uses of its cluster.
 *
 * It has no hooks that run before something is deleted, because Pulumi could not delete a gateway
 * that the program no longer contains: it would not find them.
 */
function optionsAlone(name: string, inputs: GatewayComponentInputs): GatewayOptions {
  const { target, adopt, timeoutSeconds = TIMEOUT_DEFAULTS.gateways, ...gateway } = inputs;
  const own = ownCluster(name, { target, adopt }, async () => gatewayObjects(gateway));
  if (own === undefined) {
    return { hooks: {} };
  }
  const { session, ownership, rollouts } = own;
  const gateways = [gateway];
  const { hook: capacity } = new GatewayCapacity(
    `${name}:capacity`,
    session,
    gateways,
    timeoutSeconds,
  );
  const injection = gatewayGate(`${name}:injection`, { session, gateways });
  const hooks = {
    beforeDeployment: [injection, capacity],
    beforeService: [capacity],
    rollouts,
  };
  return { hooks, ownership, session };
}

/** The facts of a gateway whose revisions belong to somebody else. */
function factsAlone(inputs: GatewayInputs): Partial<MeshFacts> {
  return {
    foreignRevisions: inputs.revisions.map(({ revision }) => revision),
    gateways: [gatewayFacts(inputs)],
    effects: effectsOf(gatewayObjects(inputs)),
  };
}

/** A gateway of a mesh. Programs create {@link Gateway}. @internal */
export class GatewayPart extends pulumi.ComponentResource<GatewayOutputs | undefined> {
  /** The name of the Service. */
  readonly serviceName: pulumi.Output<string>;
  /** The namespace of the Service and the pods. */
  readonly namespace: pulumi.Output<string>;
  readonly kind: pulumi.Output<GatewayKind>;
  /** The Service: its type, its ports, and its name in the cluster's DNS. */
  readonly service: pulumi.Output<GatewayServiceOutput>;
  /** The labels by which the Service selects the pods that serve. */
  readonly selector: pulumi.Output<Record<string, string>>;
  /** The share of each revision, as requested and as it is. */
  readonly weights: pulumi.Output<GatewayWeight[]>;
  /**
   * The IP address or host name of the load balancer. Unknown in a preview that creates the
   * Service. `undefined` if there is no load balancer, and until it has an address (see {@link
   * GatewayInputs.waitForAddress}).
   */
  readonly address: pulumi.Output<string | undefined>;
  private options: GatewayOptions = { hooks: {} };

  constructor(
    name: string,
    private readonly args: GatewayArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly ofMesh: GatewayOptions | undefined,
  ) {
    super("servicemesh:index:Gateway", name, withoutTarget(args), opts);
    warnOfUnusedOptions(this, opts);
    const outputs = this.getData();
    this.serviceName = outputOf(outputs, "serviceName");
    this.namespace = outputOf(outputs, "namespace");
    this.kind = outputOf(outputs, "kind");
    this.service = outputOf(outputs, "service");
    this.selector = outputOf(outputs, "selector");
    this.weights = outputOf(outputs, "weights");
    this.address = outputOf(outputs, "address");
  }

  protected override async initialize(
    _: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<GatewayOutputs | undefined> {
    await constructed();
    const { value, sensitive } = await resolveArgs<GatewayComponentInputs>(this.args);
    if (value === undefined) {
      void pulumi.log.warn(
        "some inputs are known only after the update; objects that follow are not shown",
        this,
      );
      this.registerOutputs(unknownOutputs(...OUTPUTS));
      return undefined;
    }
    const {
      timeoutSeconds = TIMEOUT_DEFAULTS.gateways,
      target: _target,
      adopt: _adopt,
      ...inputs
    } = value;
    this.check(value, sensitive);
    this.options = this.ofMesh ?? optionsAlone(name, value);
    if (this.ofMesh === undefined) {
      const { session } = this.options;
      await this.checkObjects(inputs, sensitive);
      const { dependsOn } = opts;
      const options = { parent: this, dependsOn, session, sensitive };
      await recordAlone(name, factsAlone(inputs), options);
    }
    const context = { name, dependsOn: opts.dependsOn, sensitive };
    const parts = await this.applied(gatewayObjectGroups(inputs));
    const service = this.create(inputs, parts, timeoutSeconds, context);
    const plan = planGateway(inputs);
    const outputs = hiddenIf<GatewayOutputs>(sensitive, {
      serviceName: inputs.name,
      namespace: inputs.namespace,
      kind: plan.kind,
      service: serviceOutput(parts.service),
      selector: plan.selector,
      weights: plan.revisions.map(weightOf),
      address: serviceAddress(service, parts.service, this.session),
    });
    this.registerOutputs({ ...outputs });
    return outputs;
  }

  private get session(): ClusterSession {
    return this.options.session ?? new ClusterSession(undefined);
  }

  /** If this throws, nothing has been created. */
  private check(inputs: GatewayComponentInputs, sensitive: boolean): void {
    try {
      throwIfAny(checkGatewayComponent(inputs));
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
    for (const text of weightWarnings(planGateway(inputs))) {
      void pulumi.log.warn(text, this);
    }
  }

  /** A ServiceMesh checks the objects of all its parts. If this throws, nothing has been created. */
  private async checkObjects(inputs: GatewayInputs, sensitive: boolean): Promise<void> {
    const kubernetesVersion = await clusterVersionOf(this.session)();
    const place = { source: gatewaySource(inputs), path: "" };
    const given = inputs as unknown as Json;
    const faults = inputFaults(place, given, gatewayObjects(inputs), { kubernetesVersion });
    if (faults.length > 0) {
      throw inputError(new InvalidInput(faults), this, sensitive);
    }
  }

  /**
   * Returns the objects as they are applied: without a number of pods that an autoscaler in the
   * cluster sets.
   */
  private async applied(parts: GatewayObjectGroups): Promise<GatewayObjectGroups> {
    const scaling = this.options.ownership?.scaling;
    const deployments = parts.revisions.map(({ deployment }) => deployment);
    const applied = (await scaling?.applied(deployments)) ?? deployments;
    const revisions = parts.revisions.map((revision, index) => ({
      ...revision,
      deployment: applied[index] ?? revision.deployment,
    }));
    return { ...parts, revisions };
  }

  private create(
    inputs: GatewayInputs,
    parts: GatewayObjectGroups,
    timeoutSeconds: number,
    context: Context,
  ): ServiceResource {
    const access = parts.access.map((object) => this.register(object, context));
    const revisions = this.createRevisions(inputs, parts, timeoutSeconds, context, access);
    const deployments = revisions.map(({ deployment }) => deployment);
    const active = parts.revisions.findIndex(({ plan }) => plan.serves);
    // The Service must switch after its target is ready. Deployments never wait for the Service,
    // so this causes no cycle. A Service for all revisions waits for none of them, so that clients
    // get their address early.
    const selected = inputs.traffic === "active" ? deployments.slice(active, active + 1) : [];
    const { protect = true } = inputs;
    const service = this.createService(parts.service, inputs, timeoutSeconds, {
      ...context,
      dependsOn: withDependencies(context.dependsOn, selected),
    });
    this.createRouting(parts, context, [...deployments, service]);
    new GatewayGuard(`${context.name}:guard`, inputs, {
      parent: this,
      dependsOn: withDependencies(context.dependsOn, [...deployments, service]),
      ...protectedIf(protect),
    });
    return service;
  }

  private register(object: K8sObject, { name, dependsOn, sensitive }: Context) {
    const { ownership } = this.options;
    return registerObject(name, object, { parent: this, dependsOn, sensitive, ownership });
  }

  private createService(
    object: K8sObject,
    { protect = true, waitForAddress = false }: GatewayInputs,
    timeoutSeconds: number,
    { name, dependsOn, sensitive }: Context,
  ): ServiceResource {
    const manifest = waitForAddress ? object : annotated(object, SKIP_AWAIT);
    const { ownership, hooks } = this.options;
    const limit = { seconds: timeoutSeconds, rollouts: hooks.rollouts };
    const waiting = waitForAddress ? waitingOptions(name, object, limit) : {};
    const { beforeUpdate = [] } = waiting.hooks ?? {};
    return registerObject(name, manifest, {
      parent: this,
      dependsOn,
      sensitive,
      ownership,
      ...protectedIf(protect),
      ...waiting,
      hooks: {
        ...waiting.hooks,
        beforeUpdate: [...(hooks.beforeService ?? []), ...beforeUpdate],
      },
    }) as ServiceResource;
  }

  private createRevisions(
    inputs: GatewayInputs,
    parts: GatewayObjectGroups,
    timeoutSeconds: number,
    { name, dependsOn, sensitive }: Context,
    access: readonly pulumi.Resource[],
  ): GatewayRevision[] {
    const order = growFirst(limitsFor(timeoutSeconds));
    const hooks = this.orderedHooks(name, order);
    return parts.revisions.map((objects, index) => {
      const child = revisionName(name, inputs, index);
      const revision = new GatewayRevision(
        child,
        { objects, hooks, timeoutSeconds, sensitive, ownership: this.options.ownership },
        { parent: this, dependsOn: withDependencies(dependsOn, access) },
      );
      const resource = resourceName(child, objects.deployment);
      order.add(resource, finished(revision.deployment));
      hooks.rollouts?.whenFailed(resource, (error) => order.fail(resource, error));
      return revision;
    });
  }

  /**
   * Revisions gain pods before others lose pods. If a gate fails, those that wait for it stop
   * waiting.
   */
  private orderedHooks(name: string, order: GrowFirst): GatewayHooks {
    const takeTurns = resourceHook(`${name}:grow-first`, async (args) => {
      const before = args.oldInputs === undefined ? 0 : await podsIn(args.oldInputs);
      const after = await podsIn(args.newInputs);
      const late = isSerial() ? [] : await order.turn(args.name, before, after);
      for (const other of late) {
        void pulumi.log.warn(
          `${args.name} loses pods without waiting for ${other}: Pulumi had no worker left for that`,
          this,
        );
      }
    });
    const { beforeDeployment = [], ...others } = this.options.hooks;
    const gates = beforeDeployment.map((gate) =>
      resourceHook(
        `${name}:${gate.name}`,
        async (args) => {
          try {
            await gate.callback(args);
          } catch (error) {
            order.fail(args.name, error);
            throw error;
          }
        },
        gate.opts,
      ),
    );
    return { ...others, beforeDeployment: [takeTurns, ...gates] };
  }

  /** Traffic is sent to the gateway last, and taken from it first. */
  private createRouting(
    parts: GatewayObjectGroups,
    context: Context,
    gateway: readonly pulumi.Resource[],
  ): void {
    const after = (...more: readonly pulumi.Resource[]): Context => ({
      ...context,
      dependsOn: withDependencies(context.dependsOn, [...gateway, ...more]),
    });
    const sends = ({ kind }: K8sObject) => kind === "VirtualService";
    const first = parts.routing
      .filter((object) => !sends(object))
      .map((object) => this.register(object, after()));
    for (const object of parts.routing.filter(sends)) {
      this.register(object, after(...first));
    }
  }
}

/**
 * A gateway: one Service, its revisions side by side, and access to the certificates of its
 * namespace. The Service is created once and never replaced.
 *
 * For a canary, add a revision with a small weight. For the cutover, remove the old revision.
 * Within one update:
 * - With `traffic: shared`, the Service does not change.
 * - Revisions that gain pods are ready before others lose pods, and before any revision is
 *   deleted.
 * - With `traffic: active`, the Service selects a revision only after it is ready.
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const gateway = new Gateway("ingress", {
 *   name: "istio-ingressgateway",
 *   namespace: "istio-gateways",
 *   replicas: 10,
 *   revisions: [{ revision: "1-30-4", weight: 90 }, { revision: "1-31-0", weight: 10 }],
 * }, { dependsOn: mesh });
 * export const address = gateway.address;
 */
export class Gateway extends GatewayPart {
  constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts, undefined);
  }
}
