import type { RevisionObjects } from "../../mesh/gateway/objects";
import { podsText } from "../../mesh/gateway/plan";
import { waitingOptions } from "../objects/awaited";
import { annotated, registerObject } from "../objects/kubernetesObject";
import type { Ownership } from "../objects/ownership";
import type { Rollouts } from "../objects/rollouts";
import * as pulumi from "../pulumi/sdk";

/** What the revisions of a gateway do before Pulumi touches their Deployments. */
export interface GatewayHooks {
  /** Run before a Deployment is created or updated; one that throws leaves it as it is. */
  readonly beforeDeployment?: readonly pulumi.ResourceHook[];
  /**
   * Run before a revision's Deployment is deleted; one that throws keeps it. They have to be
   * registered under the same names as long as a revision may have to go.
   */
  readonly beforeRevisionDelete?: readonly pulumi.ResourceHook[];
  /** Run before the Service is updated; one that throws leaves it as it is. */
  readonly beforeService?: readonly pulumi.ResourceHook[];
  /** Follows the Deployments while they come up. */
  readonly rollouts?: Rollouts | undefined;
}

/** What one revision of a gateway is made of. */
export interface GatewayRevisionArgs {
  readonly objects: RevisionObjects;
  readonly hooks?: GatewayHooks;
  /** How long the Deployment may take to come up. */
  readonly timeoutSeconds: number;
  readonly sensitive?: boolean;
  readonly ownership?: Ownership;
}

/**
 * Takes `spec.replicas` back from an autoscaler when a revision gets a fixed number of pods again
 * (a weight of 0 is one); without it, the API server refuses that as a conflict.
 */
const FORCE = { "pulumi.com/patchForce": "true" };

/** What a preview shows of a revision; its objects are children. */
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
 * One revision of a {@link Gateway}: its Deployment, disruption budget and autoscaler. Gateways make
 * these; a preview shows weight and pods of each.
 *
 * A revision that goes is deleted after all that comes and changes in the same update is there:
 * Pulumi deletes last, and not at all once something has failed.
 */
export class GatewayRevision extends pulumi.ComponentResource {
  /** The pods' Deployment. It is there once it is ready. */
  readonly deployment: pulumi.CustomResource;

  constructor(name: string, args: GatewayRevisionArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("servicemesh:index:GatewayRevision", name, shown(args), opts);
    const { objects, hooks = {}, timeoutSeconds: seconds, sensitive, ownership } = args;
    const options = { parent: this, dependsOn: opts.dependsOn, sensitive, ownership };
    const waiting = waitingOptions(name, objects.deployment, { ...hooks, seconds });
    // Gates first: what follows the Deployment begins with the update itself.
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
