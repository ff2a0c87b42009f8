import { unknown } from "@pulumi/pulumi/output";
import { throwIfAny } from "../../mesh/common/problem";
import { checkGkeInputs } from "../../mesh/gke/check";
import { contextName, kubeconfig } from "../../mesh/gke/kubeconfig";
import { type GkePlan, planGke } from "../../mesh/gke/plan";
import type { GkeMeshInputs, GkePlatform } from "../../mesh/gke/platform";
import type { GkeInputs } from "../../mesh/model/gkeInputs";
import type { Target } from "../../mesh/model/target";
import { inputError, logWarnings, warnUnknown } from "../objects/meshPart";
import { type ArgsOf, type InputArgs, resolveArgs } from "../pulumi/inputs";
import { componentOutput, unknownOutputs } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";
import { type Addresses, nameAddresses, reserveAddresses } from "./addresses";
import { enableApis } from "./apis";
import { provideCluster } from "./cluster";
import type { GkeContext } from "./context";
import { openFirewall } from "./firewall";
import { joinFleet } from "./fleet";
import { grantRoles } from "./iam";
import { type LookUpResults, lookUp } from "./lookUps";
import { provideRegistry } from "./registry";

/** Inputs of a foundation, each of which may be an Output. */
export type GkeFoundationArgs = ArgsOf<GkeInputs>;

/**
 * What a mesh on the cluster has to be told, to spread into its args. A field that does not apply
 * has the value `undefined`.
 */
export type GkeMeshArgs = {
  readonly [K in keyof Required<GkeMeshInputs>]: InputArgs<NonNullable<GkeMeshInputs[K]>>;
};

/** What the outputs are made of. */
interface FoundationState {
  readonly plan: GkePlan;
  readonly context: string;
  readonly kubeconfig: pulumi.Output<string>;
  readonly addresses: Addresses;
}

const OUTPUTS = [
  "kubeconfig",
  "context",
  "target",
  "platform",
  "hub",
  "addresses",
  "meshInputs",
] as const;

function targetOf({ kubeconfig: content, context }: FoundationState): pulumi.Output<Target> {
  return content.apply((known): Target => ({ kind: "cluster", kubeconfig: known, context }));
}

type Picked<T> = T | pulumi.Output<T> | undefined;

/**
 * What Google's guides have a person do around a mesh on GKE: APIs, the cluster itself if
 * asked for, the firewall rule of a private one, roles, the fleet, addresses and names of gateways, a
 * registry. A mesh that depends on it starts once all of that is there.
 *
 * The cluster, its project's numbers, the fleet's mesh feature and the zones are looked up, also in a
 * preview; that takes credentials of Google Cloud that may read them.
 *
 * - kept on destroy: APIs, membership and feature of the fleet, the registry
 * - protected: addresses, and by Google the cluster
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const foundation = new GkeFoundation("gke", {
 *   project: "my-project",
 *   location: "europe-west1",
 *   cluster: { kind: "existing", name: "prod" },
 *   telemetry: { reports: ["metrics", "traces"], workloads: "all" },
 * });
 * new ServiceMesh(
 *   "mesh",
 *   { version: "1.29.1", revision: "1-29-1", ...foundation.meshInputs, target: foundation.target },
 *   { dependsOn: foundation },
 * );
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
export class GkeFoundation extends pulumi.ComponentResource<FoundationState | undefined> {
  /** Logs in through `gke-gcloud-auth-plugin`; holds no token and no key. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Name of the kubeconfig's context, as gcloud names it. */
  readonly context: pulumi.Output<string>;
  /** The cluster as a mesh's `target`. */
  readonly target: pulumi.Output<Target>;
  /** The cluster's mode, privacy and identity pool. */
  readonly platform: pulumi.Output<GkePlatform>;
  /** Path of the registry; `undefined` where none is asked for. */
  readonly hub: pulumi.Output<string | undefined>;
  /** Addresses by their names in the inputs. */
  readonly addresses: pulumi.Output<Readonly<Record<string, string>>>;
  /** Inputs of a mesh that follow from the cluster: platform, CNI, CA, hub, Kubernetes version. */
  readonly meshInputs: GkeMeshArgs;

  constructor(name: string, args: GkeFoundationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:GkeFoundation", name, args as pulumi.Inputs, opts);
    this.kubeconfig = this.from((state) => state.kubeconfig);
    this.context = this.from(({ context }) => context);
    this.target = this.from(targetOf);
    this.platform = this.from(({ plan }) => plan.platform);
    this.hub = this.from(({ plan }) => plan.meshInputs.hub);
    this.addresses = this.from(({ addresses }) => pulumi.output(addresses));
    this.meshInputs = {
      platform: this.from(({ plan }) => plan.meshInputs.platform),
      cni: this.from(({ plan }) => plan.meshInputs.cni),
      ca: this.from(({ plan }) => plan.meshInputs.ca),
      hub: this.hub,
      kubernetesVersion: this.from(({ plan }) => plan.meshInputs.kubernetesVersion),
    } as unknown as GkeMeshArgs;
  }

  protected override async initialize(
    args: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<FoundationState | undefined> {
    const { value: inputs, sensitive } = await resolveArgs<GkeInputs>(args as GkeFoundationArgs);
    if (inputs === undefined) {
      warnUnknown(this);
      this.registerOutputs(unknownOutputs(...OUTPUTS));
      return undefined;
    }
    const found = await this.find(inputs, sensitive);
    const plan = this.plan(inputs, found, sensitive);
    logWarnings(plan.warnings, this);
    const state = this.create(found, { name, plan, parent: this, dependsOn: opts.dependsOn });
    this.registerOutputs({
      context: state.context,
      kubeconfig: state.kubeconfig,
      target: targetOf(state),
      platform: plan.platform,
      hub: plan.meshInputs.hub,
      addresses: state.addresses,
      meshInputs: plan.meshInputs,
    });
    return state;
  }

  /** Unknown while the inputs are. */
  private from<T>(pick: (state: FoundationState) => Picked<T>): pulumi.Output<T> {
    return componentOutput(
      this.getData().then((data): unknown => (data === undefined ? unknown : pick(data))),
    );
  }

  private async find(inputs: GkeInputs, sensitive: boolean): Promise<LookUpResults> {
    try {
      throwIfAny(checkGkeInputs(inputs));
      return await lookUp(inputs, this);
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }

  private plan(inputs: GkeInputs, found: LookUpResults, sensitive: boolean): GkePlan {
    try {
      return planGke(inputs, found);
    } catch (error) {
      throw inputError(error, this, sensitive);
    }
  }

  private create(found: LookUpResults, context: GkeContext): FoundationState {
    const { plan } = context;
    const { project, location } = plan.inputs;
    const apis = enableApis(context);
    const { resources, endpoint, caCertificate } = provideCluster(found, context, apis);
    const after = [...apis, ...resources];
    openFirewall(context, after);
    // Principals are named by the cluster's identity pool, which comes with the first cluster.
    grantRoles(context, after);
    joinFleet(context, after);
    provideRegistry(context, apis);
    const addresses = reserveAddresses(context, apis);
    nameAddresses(context, addresses, apis);
    const title = contextName(project, location, plan.facts.name);
    const config = pulumi
      .output({ endpoint, caCertificate })
      .apply((access) => kubeconfig({ name: title, ...access }));
    return { plan, context: title, kubeconfig: config, addresses };
  }
}
