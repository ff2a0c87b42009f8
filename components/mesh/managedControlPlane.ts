import type { Cluster } from "../../adapters/cluster/cluster";
import { listWebhooks } from "../../adapters/cluster/guardState";
import { getObject } from "../../adapters/cluster/objects";
import { throwIfAny } from "../../mesh/common/problem";
import type { Decision } from "../../mesh/guard/decision";
import { waitUntilOk } from "../../mesh/guard/waiting";
import { checkManaged } from "../../mesh/managed/check";
import { decideCrd, decideManaged } from "../../mesh/managed/decide";
import { controlPlaneRevision, MANAGED_CRD, managedPath } from "../../mesh/managed/objects";
import { managedRevision } from "../../mesh/model/channels";
import type { ManagedChannel, ManagedInputs } from "../../mesh/model/managedInputs";
import { INPUTS_SOURCE } from "../../mesh/model/meshInputs";
import type { Target } from "../../mesh/model/target";
import { CLOCK, looked, RevisionGuard, removalGuard } from "../objects/guards";
import { inputError } from "../objects/inputErrors";
import { annotated, registerObject } from "../objects/kubernetesObject";
import { warnUnknown } from "../objects/meshPart";
import type { Ownership } from "../objects/ownership";
import { SKIP_AWAIT } from "../objects/serviceAwait";
import { resolveTarget, withoutTarget } from "../objects/target";
import { ClusterSession } from "../pulumi/clusterSession";
import { constructed } from "../pulumi/constructed";
import { resourceHook } from "../pulumi/hooks";
import { type ArgsOf, type InputArgs, resolveArgs } from "../pulumi/inputs";
import { hiddenIf, outputOf, unknownOutputs } from "../pulumi/outputs";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";

/** The inputs of a managed control plane, each of which may be an Output. */
export type ManagedControlPlaneArgs = ArgsOf<ManagedInputs> & {
  /**
   * The cluster. It is asked whether Google has finished, and who uses the revision before it is
   * removed.
   *
   * @default nobody is asked
   */
  readonly target?: InputArgs<Target | undefined>;
};

/** What a ServiceMesh adds to its managed control plane. @internal */
export interface ManagedOptions {
  readonly ownership?: Ownership;
  /** The hook that checks a removal. @default a hook of its own */
  readonly removal?: pulumi.ResourceHook;
}

interface ManagedOutputs {
  readonly revision: string;
  readonly channel: ManagedChannel;
}

const DEFAULT_TIMEOUT_SECONDS = 600;

/** Provisioning takes minutes, so Google's resource need not be read every second. */
const POLL_SECONDS = 2;

type Look = (cluster: Cluster) => Promise<Decision>;

async function lookAtCrd(cluster: Cluster): Promise<Decision> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${MANAGED_CRD}`;
  return decideCrd({ crd: await getObject(cluster, path) });
}

function lookAtRevision(name: string): Look {
  return async (cluster) => {
    const [revision, webhooks] = await Promise.all([
      getObject(cluster, managedPath(name)),
      listWebhooks(cluster),
    ]);
    return decideManaged({ crd: undefined, revision, webhooks }, name);
  };
}

/** Returns a hook that holds its resource until the cluster is ready for it. */
function gate(name: string, session: ClusterSession, look: Look, timeoutSeconds: number) {
  return resourceHook(name, async () => {
    const cluster = await session.cluster();
    if (cluster !== undefined) {
      await waitUntilOk(() => looked(() => look(cluster)), {
        clock: CLOCK,
        timeoutSeconds,
        pollSeconds: POLL_SECONDS,
        progress: (reason) => void pulumi.log.info(`waiting: ${reason}`),
      });
    }
  });
}

/** A managed control plane of a mesh. Programs create {@link ManagedControlPlane}. @internal */
export class ManagedControlPlanePart extends pulumi.ComponentResource<ManagedOutputs | undefined> {
  /** The revision that gateways and namespaces name, such as `asm-managed`. */
  readonly revision: pulumi.Output<string>;
  readonly channel: pulumi.Output<ManagedChannel>;

  constructor(
    name: string,
    private readonly args: ManagedControlPlaneArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly options: ManagedOptions,
  ) {
    super("servicemesh:index:ManagedControlPlane", name, withoutTarget(args), opts);
    warnOfUnusedOptions(this, opts);
    this.revision = outputOf(this.getData(), "revision");
    this.channel = outputOf(this.getData(), "channel");
  }

  protected override async initialize(
    _: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<ManagedOutputs | undefined> {
    await constructed();
    const { target, ...args } = this.args;
    const [{ value: inputs, sensitive }] = await Promise.all([
      resolveArgs<ManagedInputs>(args),
      resolveTarget(target, this),
    ]);
    if (inputs === undefined) {
      warnUnknown(this);
      this.registerOutputs(unknownOutputs("revision", "channel"));
      return undefined;
    }
    this.check(inputs);
    const session = this.options.ownership?.session ?? new ClusterSession(target);
    this.create(name, inputs, session, opts.dependsOn);
    const { channel = "regular" } = inputs;
    const outputs = hiddenIf(sensitive, { revision: managedRevision(inputs), channel });
    this.registerOutputs(outputs);
    return outputs;
  }

  private check(inputs: ManagedInputs): void {
    try {
      throwIfAny(checkManaged(inputs).map((finding) => ({ source: INPUTS_SOURCE, ...finding })));
    } catch (error) {
      throw inputError(error, this, false);
    }
  }

  private create(
    name: string,
    inputs: ManagedInputs,
    session: ClusterSession,
    dependsOn: pulumi.ResourceOptions["dependsOn"],
  ): void {
    const { timeoutSeconds = DEFAULT_TIMEOUT_SECONDS } = inputs;
    const revision = managedRevision(inputs);
    const { ownership, removal = removalGuard(`${name}:removal`, { session }) } = this.options;
    const asked =
      inputs.provisioning === "resource"
        ? registerObject(name, annotated(controlPlaneRevision(inputs), SKIP_AWAIT), {
            parent: this,
            dependsOn,
            ownership,
            hooks: { beforeCreate: [gate(`${name}:crd`, session, lookAtCrd, timeoutSeconds)] },
          })
        : undefined;
    const ready = gate(`${name}:provisioned`, session, lookAtRevision(revision), timeoutSeconds);
    new RevisionGuard(
      `${name}:guard`,
      revision,
      removal,
      { parent: this, dependsOn: asked ?? dependsOn },
      [ready],
    );
  }
}

/**
 * A control plane that Google runs. Resources that depend on it start once Google has provisioned
 * it and its injection webhook exists. It is removed only when no tag, namespace, workload or
 * proxy of the cluster uses its revision.
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const managed = new ManagedControlPlane("managed", { channel: "regular", target: foundation.target });
 * new Gateway("web", {
 *   name: "web",
 *   namespace: "istio-gateways",
 *   revisions: [{ revision: "asm-managed" }],
 * }, { dependsOn: managed });
 * @see https://cloud.google.com/service-mesh/docs/onboarding/provision-control-plane
 */
export class ManagedControlPlane extends ManagedControlPlanePart {
  constructor(name: string, args: ManagedControlPlaneArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts, {});
  }
}
