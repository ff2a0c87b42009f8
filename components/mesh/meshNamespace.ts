import { type Cluster, succeeded } from "../../adapters/cluster/cluster";
import { listWebhooks } from "../../adapters/cluster/guardState";
import { getObject } from "../../adapters/cluster/objects";
import { type Progress, RESTART_DEFAULTS, restartWorkloads } from "../../adapters/cluster/restart";
import { providerVersion } from "../../adapters/helm/pluginProcess";
import { formatProblem, type Problem } from "../../mesh/common/problem";
import { explainUnknown } from "../../mesh/injection/explain";
import { injectionWebhooks, knownNames } from "../../mesh/injection/webhooks";
import { INJECTION_LABEL, labelsOf, revisionLabel } from "../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../mesh/k8s/objects";
import { checkDataPlane } from "../../mesh/managed/dataPlane";
import type { MeshNamespaceInputs } from "../../mesh/model/meshNamespaceInputs";
import { checkRevision } from "../../mesh/model/revision";
import { labelledNamespace } from "../../mesh/namespace/object";
import { CLOCK } from "../objects/guards";
import { requireFittingInputs } from "../objects/inputErrors";
import { annotated, registerObject, resourceName, typeToken } from "../objects/kubernetesObject";
import { currentManager } from "../objects/manager";

import { managedBy, type Ownership } from "../objects/ownership";
import { withoutTarget } from "../objects/target";
import { ClusterSession } from "../pulumi/clusterSession";
import { constructed } from "../pulumi/constructed";
import { resourceHook } from "../pulumi/hooks";
import { type ArgsOf, resolveArgs } from "../pulumi/inputs";
import { hiddenIf, outputOf, unknownOutputs } from "../pulumi/outputs";
import { resourceError } from "../pulumi/resourceError";
import * as pulumi from "../pulumi/sdk";
import { warnOfUnusedOptions } from "../pulumi/unusedOptions";

/** The inputs of a namespace in the mesh, each of which may be an Output. */
export type MeshNamespaceArgs = ArgsOf<MeshNamespaceInputs>;

function problem(path: string, value: unknown, reason: string, fix: string): Problem {
  return { source: "inputs", path, value, reason, fix };
}

function restartProblems({ restart, target }: MeshNamespaceInputs): Problem[] {
  if (restart === undefined) {
    return [];
  }
  const { batchSize, pauseSeconds, timeoutSeconds, token } = { ...RESTART_DEFAULTS, ...restart };
  const checks: [boolean, Problem][] = [
    [
      target === undefined,
      problem("restart", undefined, "needs a target: a hook does it", "name the target too"),
    ],
    [
      !Number.isInteger(batchSize) || batchSize < 1,
      problem("restart.batchSize", batchSize, "is not a count", "write 1 or more"),
    ],
    [
      !(pauseSeconds >= 0),
      problem("restart.pauseSeconds", pauseSeconds, "is no duration", "write 0 or more"),
    ],
    [token === "", problem("restart.token", token, "is empty", "write any text, such as a date")],
    [
      !(timeoutSeconds > 0),
      problem("restart.timeoutSeconds", timeoutSeconds, "is no duration", "write more than 0"),
    ],
  ];
  return checks.filter(([wrong]) => wrong).map(([, found]) => found);
}

/** Returns everything that is wrong with the inputs. */
export function checkMeshNamespace(inputs: MeshNamespaceInputs): Problem[] {
  const { namespace, revision, managedDataPlane } = inputs;
  const finding = checkRevision(revision);
  return [
    ...(namespace === ""
      ? [problem("namespace", namespace, "is empty", "name the namespace")]
      : []),
    ...(finding === undefined
      ? []
      : [{ source: "inputs", path: "revision", value: revision, ...finding }]),
    ...restartProblems(inputs),
    ...checkDataPlane(managedDataPlane, [revisionLabel(revision)], "the namespace").map(
      (finding) => ({ source: "inputs", ...finding }),
    ),
  ];
}

const PROGRESS: Progress = {
  info: (text) => void pulumi.log.info(text),
  warn: (text) => void pulumi.log.warn(text),
};

/**
 * The revision must exist in the cluster. Otherwise new pods of the namespace would have no proxy.
 */
async function checkTargetRevision(cluster: Cluster, revision: string): Promise<void> {
  const known = knownNames(injectionWebhooks(await listWebhooks(cluster)));
  const name = revisionLabel(revision);
  if (!known.includes(name)) {
    const { reason, fix } = explainUnknown(name, known);
    throw new Error(`${reason}; fix: ${fix}`);
  }
}

/**
 * If both labels are set, `istio-injection` takes precedence. Removing it is what moves the
 * namespace.
 */
async function removeInjectionLabel(cluster: Cluster, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}`;
  const value = labelsOf(await getObject(cluster, path))[INJECTION_LABEL];
  if (value !== undefined) {
    // Server-side apply cannot do this: it removes a field only if the manager that set it gives
    // it up.
    const patch = { metadata: { labels: { [INJECTION_LABEL]: null } } };
    succeeded(`Namespace ${namespace}`, await cluster.call("PATCH", path, patch, "merge"));
    PROGRESS.info(`namespace ${namespace}: removed the label ${INJECTION_LABEL}=${value}`);
  }
}

async function enrol(inputs: MeshNamespaceInputs, cluster: Cluster): Promise<void> {
  const { namespace, restart } = inputs;
  await removeInjectionLabel(cluster, namespace);
  if (restart !== undefined) {
    const options = { ...RESTART_DEFAULTS, ...restart };
    await restartWorkloads({ cluster, namespace, options, clock: CLOCK, progress: PROGRESS });
  }
}

/** Takes the label over from its current manager. */
const FORCE = { "pulumi.com/patchForce": "true" };

/**
 * The fields of a namespace that someone else created. They are given up when the resource is
 * deleted.
 */
class NamespacePatch extends pulumi.CustomResource {
  constructor(name: string, object: K8sObject, opts: pulumi.CustomResourceOptions) {
    const { apiVersion, kind } = object;
    super(typeToken({ apiVersion, kind: `${kind}Patch` }), name, object, {
      version: providerVersion(),
      ...opts,
    });
  }
}

/** A marker in Pulumi's state for the last move of a namespace. Its hooks do the moving. */
class Enrolment extends pulumi.CustomResource {
  constructor(name: string, inputs: MeshNamespaceInputs, opts: pulumi.CustomResourceOptions) {
    const { namespace, revision, tagRevision, restart } = inputs;
    const input = {
      namespace,
      revision: revisionLabel(revision),
      ...(tagRevision && { tagRevision }),
      ...(restart?.token !== undefined && { restart: restart.token }),
    };
    super("pulumi:index:Stash", name, { input, output: undefined }, opts);
  }
}

/** What a ServiceMesh adds to its namespaces. @internal */
interface MeshNamespaceOptions {
  /** Takes ownership of a namespace that the component creates. */
  readonly ownership?: Ownership;
}

interface NamespaceOutputs {
  readonly namespace: string;
  readonly revision: string;
}

/** A namespace of a mesh. Programs create {@link MeshNamespace}. @internal */
export class MeshNamespacePart extends pulumi.ComponentResource<NamespaceOutputs | undefined> {
  /** The name of the namespace, which has its label once this is known. */
  readonly namespace: pulumi.Output<string>;
  /** The revision or tag that injects its pods. Empty for Istio's default revision. */
  readonly revision: pulumi.Output<string>;

  constructor(
    name: string,
    private readonly args: MeshNamespaceArgs,
    opts: pulumi.ComponentResourceOptions | undefined,
    private readonly options: MeshNamespaceOptions,
  ) {
    super("servicemesh:index:MeshNamespace", name, withoutTarget(args), opts);
    warnOfUnusedOptions(this, opts);
    this.namespace = outputOf(this.getData(), "namespace");
    this.revision = outputOf(this.getData(), "revision");
  }

  protected override async initialize(
    _: pulumi.Inputs,
    opts: pulumi.ComponentResourceOptions,
    name: string,
  ): Promise<NamespaceOutputs | undefined> {
    await constructed();
    const { namespace: place, revision: label } = this.args;
    const [{ value }, { sensitive }] = await Promise.all([
      resolveArgs<MeshNamespaceInputs>(this.args),
      resolveArgs<NamespaceOutputs>({ namespace: place, revision: label }),
    ]);
    if (value === undefined) {
      void pulumi.log.warn("the namespace's label is known only after the update", this);
      this.registerOutputs(unknownOutputs("namespace", "revision"));
      return undefined;
    }
    this.create(name, value, opts.dependsOn);
    const { namespace, revision } = value;
    const outputs = hiddenIf(sensitive, { namespace, revision });
    this.registerOutputs(outputs);
    return outputs;
  }

  private create(
    name: string,
    inputs: MeshNamespaceInputs,
    dependsOn: pulumi.ResourceOptions["dependsOn"],
  ): void {
    requireFittingInputs("MeshNamespaceInputs", inputs, this, false);
    const problems = checkMeshNamespace(inputs);
    if (problems.length > 0) {
      const text = problems.map(formatProblem).join("\n");
      throw resourceError(`the inputs are not valid:\n${text}`, this);
    }
    const { target } = inputs;
    const own = target?.kind === "cluster" ? new ClusterSession(target) : undefined;
    const session = own && (this.options.ownership?.session ?? own);
    const labelled = this.label(name, inputs, { session, dependsOn });
    if (session !== undefined) {
      const hook = resourceHook(`${name}:enrol`, async () => {
        const cluster = await session.cluster();
        if (cluster !== undefined) {
          await enrol(inputs, cluster);
        }
      });
      new Enrolment(`${name}:enrolment`, inputs, {
        parent: this,
        dependsOn: labelled,
        hooks: { beforeCreate: [hook], beforeUpdate: [hook] },
      });
    }
  }

  private label(
    name: string,
    inputs: MeshNamespaceInputs,
    options: {
      readonly session: ClusterSession | undefined;
      readonly dependsOn: pulumi.ResourceOptions["dependsOn"];
    },
  ): pulumi.Resource {
    const { session, dependsOn } = options;
    const object = labelledNamespace({ name: inputs.namespace, ...inputs });
    const check = resourceHook(`${name}:revision`, async () => {
      const cluster = await session?.cluster();
      if (cluster !== undefined) {
        await checkTargetRevision(cluster, inputs.revision);
      }
    });
    const hooks = { beforeCreate: [check], beforeUpdate: [check] };
    const own = { parent: this, dependsOn, hooks };
    const { ownership } = this.options;
    const gated = [...(ownership?.gates ?? []), check];
    const isMade = inputs.create === true && ownership?.sharing.isUsed(object) !== true;
    if (isMade || inputs.target?.kind === "render") {
      return registerObject(name, object, { ...own, ownership });
    }
    // A separate field manager, because the stack's own may manage other fields of the same
    // namespace.
    const manager = ownership === undefined ? FORCE : managedBy(currentManager("namespaces"));
    return new NamespacePatch(resourceName(name, object), annotated(object, manager), {
      ...own,
      hooks: { beforeCreate: gated, beforeUpdate: gated },
    });
  }
}

/**
 * A namespace of the mesh. It gets the label of a revision or a tag, and `istio-injection` is
 * removed. On request its workloads are restarted in batches, and each batch is waited for.
 *
 * An existing namespace only gets the label, and loses it when the component is deleted. A
 * revision that the cluster does not have is refused before anything changes. If a workload does
 * not become ready, the update ends with the reason, and the next update continues with the
 * remaining workloads.
 *
 * @throws ResourceError with everything that is wrong with the inputs
 * @example
 * new MeshNamespace("shop", {
 *   namespace: "shop",
 *   revision: "1-31-0",
 *   restart: { batchSize: 5 },
 *   target: { kind: "cluster", context: "prod" },
 * }, { dependsOn: mesh });
 * @see https://istio.io/latest/docs/setup/upgrade/canary/#data-plane
 */
export class MeshNamespace extends MeshNamespacePart {
  constructor(name: string, args: MeshNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts, {});
  }
}
