import type { K8sObject } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { TimeoutName } from "../../mesh/model/timeouts";
import type * as pulumi from "../pulumi/sdk";
import { resourceName } from "./kubernetesObject";
import type { Rollouts } from "./rollouts";

/** The kinds that Pulumi's provider waits for. */
const AWAITED = ["Deployment", "DaemonSet", "Service"];

/** Added to the pods' own grace period. */
const LEAVE_SECONDS = 60;

/** The grace period that Kubernetes gives pods by default. */
const GRACE_SECONDS = 30;

/** How long an update waits for objects, and what watches them meanwhile. */
export interface Waiting {
  readonly seconds: number;
  readonly rollouts?: Rollouts | undefined;
}

/** Returns how to wait for a part of a mesh. */
export type WaitingFor = (part: TimeoutName) => Waiting;

function deleteSeconds(object: K8sObject, seconds: number): number {
  const grace = getPath(object, "spec.template.spec.terminationGracePeriodSeconds");
  const leave = typeof grace === "number" ? grace : GRACE_SECONDS;
  return Math.max(seconds, leave + LEAVE_SECONDS);
}

/**
 * Returns how long Pulumi waits for an object to become ready and to be deleted.
 *
 * @example
 * customTimeouts(deployment, 300) // { create: "300s", update: "300s", delete: "300s" }
 */
export function customTimeouts(object: K8sObject, seconds: number): pulumi.CustomTimeouts {
  const come = `${seconds}s`;
  return { create: come, update: come, delete: `${deleteSeconds(object, seconds)}s` };
}

/**
 * Returns those options of an object's resource that concern waiting.
 *
 * @param component as for `registerObject`
 */
export function waitingOptions(
  component: string,
  object: K8sObject,
  { seconds, rollouts }: Waiting,
): Pick<pulumi.CustomResourceOptions, "customTimeouts" | "hooks"> {
  if (!AWAITED.includes(object.kind)) {
    return {};
  }
  const hooks = rollouts?.hooks(resourceName(component, object), object, seconds);
  return {
    customTimeouts: customTimeouts(object, seconds),
    ...(hooks !== undefined && { hooks }),
  };
}
