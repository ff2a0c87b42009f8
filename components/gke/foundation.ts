import { unknown } from "@pulumi/pulumi/output";
import { throwIfAny } from "../../mesh/common/problem";
import { withoutRepeats } from "../../mesh/gke/access";
import { checkGkeInputs } from "../../mesh/gke/check";
import { contextName, kubeconfig } from "../../mesh/gke/kubeconfig";
import { type GkePlan, planGke } from "../../mesh/gke/plan";
import type { GkeMeshInputs, GkePlatform } from "../../mesh/gke/platform";
import type { GkeInputs } from "../../mesh/model/gkeInputs";
import type { Target } from "../../mesh/model/target";
import { inputError } from "../objects/inputErrors";
import { logWarnings, warnUnknown } from "../objects/meshPart";
import { type ArgsOf, type InputArgs, resolveArgs } from "../pulumi/inputs";
import { componentOutput, unknownOutputs } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";
import { accessProblems } from "./access";
import { type Addresses, nameAddresses, reserveAddresses } from "./addresses";
import { enableApis } from "./apis";
import { provideCluster } from "./cluster";
import type { GkeContext } from "./context";
import { openFirewall } from "./firewall";
import { joinFleet } from "./fleet";
import { grantRoles } from "./iam";
import { type LookUpResults, lookUp } from "./lookUps";
import { provideRegistry } from "./registry";

/** The inputs of a foundation, each of which may be an Output. */
export type GkeFoundationArgs = ArgsOf<GkeInputs>;

/**
 * The inputs that a mesh on the cluster needs, to spread into its args. A field that does not
 * apply is `undefined`.
 */
export type GkeMeshArgs = {
  readonly [K in keyof Required<GkeMeshInputs>]: InputArgs<NonNullable<GkeMeshInputs[K]>>;
};

/** The data that the outputs are made of. */
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
 * Everything around a mesh on GKE that Google's guides do by hand: APIs, a new cluster on request,
 * the firewall rule of a private cluster, roles, the fleet, addresses and DNS names of gateways,
 * and an image registry. A mesh with `dependsOn: foundation` starts once all of it exists.
 *
 * The component looks up the cluster, the numbers of its projects, the fleet's mesh feature and
 * the DNS zones, also in a preview. This requires Google Cloud credentials that may read them. It
 * first checks that there are some where Pulumi's provider looks for them, unless the program passes
 * a provider of its own, and that the project is not a guide's placeholder.
 *
 * - Kept on destroy: the APIs, the membership and feature of the fleet, and the registry.
 * - Protected: addresses by Pulumi, and the cluster by Google's deletion protection.
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
 *   { version: "1.31.0", revision: "1-31-0", ...foundation.meshInputs, target: foundation.target },
 *   { dependsOn: foundation },
 * );
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
export class GkeFoundation extends pulumi.ComponentResource<FoundationState | undefined> {
  /**
   * A kubeconfig that logs in through `gke-gcloud-auth-plugin`. It contains no token and no key.
   * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl
   */
  readonly kubeconfig: pulumi.Output<string>;
  /** The name of the kubeconfig's context, as gcloud names it. */
  readonly context: pulumi.Output<string>;
  /** The cluster in the form of a mesh's `target`. */
  readonly target: pulumi.Output<Target>;
  /** The cluster's mode, privacy and identity pool. */
  readonly platform: pulumi.Output<GkePlatform>;
  /** The path of the registry. `undefined` if the inputs have no registry. */
  readonly hub: pulumi.Output<string | undefined>;
  /** The reserved addresses, by their names in the inputs. */
  readonly addresses: pulumi.Output<Readonly<Record<string, string>>>;
  /**
   * The inputs of a mesh that follow from the cluster: platform, CNI, CA, hub, Kubernetes version.
   */
  readonly meshInputs: GkeMeshArgs;

  constructor(name: string, args: GkeFoundationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:GkeFoundation", name, args as pulumi.Inputs, opts);
    warnOfUnusedOptions(this, opts);
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

  /** The output is unknown while the inputs are unknown. */
  private from<T>(pick: (state: FoundationState) => Picked<T>): pulumi.Output<T> {
    return componentOutput(
      this.getData().then((data): unknown => (data === undefined ? unknown : pick(data))),
    );
  }

  private async find(inputs: GkeInputs, sensitive: boolean): Promise<LookUpResults> {
    try {
      throwIfAny(
        withoutRepeats([...(await accessProblems(inputs, this)), ...checkGkeInputs(inputs)]),
      );
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
    // Principals contain the cluster's identity pool, which exists only with the first cluster.
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
