import type { RevisionObjects } from "../../mesh/gateway/objects";
import { podsText } from "../../mesh/gateway/plan";
import { waitingOptions } from "../objects/awaited";
import { annotated, registerObject } from "../objects/kubernetesObject";
import type { Ownership } from "../objects/ownership";
import type { Rollouts } from "../objects/rollouts";
import * as pulumi from "../pulumi/sdk";

/** What a gateway's revisions do before Pulumi changes their Deployments. */
export interface GatewayHooks {
  /**
   * Run before a Deployment is created or updated. If a hook throws, the Deployment is not
   * changed.
   */
  readonly beforeDeployment?: readonly pulumi.ResourceHook[];
  /**
   * Run before a revision's Deployment is deleted. If a hook throws, the Deployment is kept. The
   * hooks must stay registered under the same names as long as a revision may be removed.
   */
  readonly beforeRevisionDelete?: readonly pulumi.ResourceHook[];
  /** Run before the Service is updated. If a hook throws, the Service is not changed. */
  readonly beforeService?: readonly pulumi.ResourceHook[];
  /** Watches the Deployments while they roll out. */
  readonly rollouts?: Rollouts | undefined;
}

/** What one revision of a gateway is made of. */
export interface GatewayRevisionArgs {
  readonly objects: RevisionObjects;
  readonly hooks?: GatewayHooks;
  /** How long the Deployment may take to become ready, in seconds. */
  readonly timeoutSeconds: number;
  readonly sensitive?: boolean;
  readonly ownership?: Ownership;
}

/**
 * Takes `spec.replicas` back from an autoscaler when a revision gets a fixed number of pods again
 * (also with a weight of 0). Without it, the API server refuses the apply as a conflict.
 */
const FORCE = { "pulumi.com/patchForce": "true" };

/** What a preview shows of a revision. Its objects are child resources. */
function shown({ objects: { plan }, sensitive }: GatewayRevisionArgs): pulumi.Inputs {
  const facts = {
    revision: plan.revision,
    weight: plan.weight,
    pods: podsText(plan),
    serves: plan.serves,
  };
  return sensitive ? { facts: pulumi.secret(facts) } : facts;
}

/**
 * One revision of a {@link Gateway}: its Deployment, PodDisruptionBudget and autoscaler. Only
 * gateways create revisions. A preview shows the weight and the pods of each.
 *
 * Pulumi deletes last, and deletes nothing after a failure. So a removed revision is deleted only
 * after everything that the same update creates and changes.
 */
export class GatewayRevision extends pulumi.ComponentResource {
  /** The Deployment of the pods. The resource is complete once the Deployment is ready. */
  readonly deployment: pulumi.CustomResource;

  constructor(name: string, args: GatewayRevisionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("servicemesh:index:GatewayRevision", name, shown(args), opts);
    const { objects, hooks = {}, timeoutSeconds: seconds, sensitive, ownership } = args;
    const options = { parent: this, dependsOn: opts.dependsOn, sensitive, ownership };
    const waiting = waitingOptions(name, objects.deployment, { ...hooks, seconds });
    // The gates run first. Watching the Deployment begins with the update itself.
    const before = [...(hooks.beforeDeployment ?? []), ...(waiting.hooks?.beforeUpdate ?? [])];
    this.deployment = registerObject(name, annotated(objects.deployment, FORCE), {
      ...options,
      ...waiting,
      hooks: {
        ...waiting.hooks,
        beforeCreate: before,
        beforeUpdate: before,
        beforeDelete: [...(hooks.beforeRevisionDelete ?? [])],
      },
    });
    for (const object of objects.others) {
      registerObject(name, object, options);
    }
    this.registerOutputs({});
  }
}
