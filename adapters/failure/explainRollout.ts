import type { Cause } from "../../mesh/failure/cause";
import { diagnose, hasRolledOut } from "../../mesh/failure/diagnose";
import { noAddressCause, skipsAwait, waitsForAddress } from "../../mesh/failure/noAddress";
import { failureText, unaskedText, warningText } from "../../mesh/failure/report";
import { servesOn } from "../../mesh/failure/serving";
import { type Decision, fail, OK, wait } from "../../mesh/guard/decision";
import { type Clock, waitUntilOk } from "../../mesh/guard/waiting";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import { listPath } from "../../mesh/snapshot/resources";
import { readAddressState } from "../cluster/addressState";
import { ApiError, type Cluster } from "../cluster/cluster";
import { getObject, logTail } from "../cluster/objects";
import { lookAround } from "../cluster/rolloutState";

/** A workload that an update creates or changes, or a Service that waits for its address. */
export interface Rollout {
  readonly object: K8sObject;
  /** The time that Pulumi waits for it. */
  readonly seconds: number;
}

/** What a look at the cluster shows. */
interface Look {
  /** Why the object is not ready. Absent if it is. */
  readonly cause: Cause | undefined;
  /** What still serves. Absent for an object without pods. */
  readonly serving?: readonly string[];
}

/** Returns what a look shows. Absent if the object is not in the cluster. */
async function lookAt(cluster: Cluster, object: K8sObject): Promise<Look | undefined> {
  if (waitsForAddress(object)) {
    const state = await readAddressState(cluster, object);
    return state && { cause: noAddressCause(state) };
  }
  const found = await lookAround(cluster, object);
  return found && { cause: diagnose(found), serving: servesOn(found, found.deployments) };
}

/**
 * Explains why an update of a workload failed: the pod, its container, the reason and the end of
 * its log; who serves on; and the way on. For a Service, why it has no address.
 *
 * @param errors what the update said, newest first
 * @param takenForReady whether Pulumi took it for ready
 */
export async function explainFailure(
  cluster: Cluster,
  { object, seconds }: Rollout,
  errors: readonly string[],
  takenForReady = false,
): Promise<string> {
  const title = objectTitle(object);
  try {
    const found = await lookAt(cluster, object);
    const cause = found?.cause;
    const { namespace } = identityOf(object);
    const log = cause?.log === undefined ? "" : await logTail(cluster, namespace, cause.log);
    const serving = waitsForAddress(object) ? undefined : (found?.serving ?? []);
    return failureText({ title, errors, seconds, cause, log, serving, takenForReady });
  } catch (error) {
    return unaskedText({ title, errors, takenForReady }, (error as Error).message);
  }
}

/** Before this time, the cluster may still show the state before the update. */
const FIRST_LOOK_MS = 10_000;

/** A controller of load balancers has written its first event by then. */
const FIRST_ADDRESS_LOOK_MS = 20_000;

const POLL_SECONDS = 5;

async function look(cluster: Cluster, { object, seconds }: Rollout): Promise<Decision> {
  const found = await lookAt(cluster, object);
  const cause = found?.cause;
  if (found !== undefined && cause === undefined) {
    return OK;
  }
  const what = waitsForAddress(object) ? "gets no address" : "does not come up";
  return cause?.certain
    ? fail(warningText(objectTitle(object), cause, seconds, what), cause.fix)
    : wait(cause?.text ?? "it is not there yet");
}

/**
 * Watches a workload or Service while Pulumi waits for it, and tells the cause as soon as waiting is in vain.
 *
 * @param clock whose `sleep` fails once nobody waits any more
 * @returns the warning; `undefined` when it comes up, or nobody waits any more
 */
export async function watchRollout(
  cluster: Cluster,
  rollout: Rollout,
  clock: Clock,
): Promise<string | undefined> {
  let warning: string | undefined;
  const watching = async (): Promise<Decision> => {
    const decision = await look(cluster, rollout).catch(({ message }: Error) => wait(message));
    warning = decision.kind === "fail" ? decision.reason : undefined;
    return decision;
  };
  try {
    await clock.sleep(waitsForAddress(rollout.object) ? FIRST_ADDRESS_LOOK_MS : FIRST_LOOK_MS);
    const timeoutSeconds = Number.POSITIVE_INFINITY;
    await waitUntilOk(watching, { clock, timeoutSeconds, pollSeconds: POLL_SECONDS });
  } catch {
    // It certainly fails, or nobody waits for it any more.
  }
  return warning;
}

/** Returns whether an update waits for the pods of an object. */
function isAwaited(object: K8sObject): boolean {
  return (
    object.kind === "Deployment" && !skipsAwait(object) && getPath(object, "spec.paused") !== true
  );
}

/**
 * Waits until a Deployment that Pulumi takes for ready runs its new pods.
 *
 * The provider may read a Deployment before its controller has seen the change, or while the
 * controller still has to scale a ReplicaSet that it uses again. It then finds the pods of before,
 * and takes the update for done at once.
 *
 * @param waited the seconds for which Pulumi has waited
 * @returns why the new pods do not come up; `undefined` when they run
 * @see https://github.com/pulumi/pulumi-kubernetes/blob/v4.25.0/provider/pkg/await/deployment.go
 */
export async function awaitNewPods(
  cluster: Cluster,
  { object, seconds }: Rollout,
  waited: number,
  clock: Clock,
): Promise<string | undefined> {
  if (!isAwaited(object)) {
    return undefined;
  }
  const asked = getPath(object, "spec.replicas");
  const { namespace, name } = identityOf(object);
  const look = async (): Promise<Decision> => {
    const live = await getObject(cluster, `${listPath("deployments", namespace)}/${name}`);
    // One that has gone meanwhile, or is paused, is nothing that an update can wait for.
    const isDone =
      live === undefined ||
      getPath(live, "spec.paused") === true ||
      hasRolledOut(live, typeof asked === "number" ? asked : 1);
    return isDone ? OK : wait("its new pods are not ready yet");
  };
  // Where the user may not read Deployments, Pulumi's word stands.
  const unread = (error: Error) =>
    error instanceof ApiError && error.status === 403 ? OK : wait(error.message);
  const timeoutSeconds = Math.max(seconds - waited, 0);
  try {
    await waitUntilOk(() => look().catch(unread), { clock, timeoutSeconds });
    return undefined;
  } catch {
    return explainFailure(cluster, { object, seconds }, [], true);
  }
}
