import { randomBytes } from "node:crypto";
import type { Finding } from "../../../mesh/checks/finding";
import { ownNamespace } from "../../../mesh/checks/ownNamespace";
import {
  PULL_LABELS,
  type Pull,
  type PullPlan,
  planPulls,
  pullPod,
  secretCopy,
} from "../../../mesh/checks/precheck/pullPlan";
import {
  notTried,
  type PullResult,
  pulledImages,
  pullFindings,
  pullResult,
} from "../../../mesh/checks/precheck/pullResult";
import type { DesiredMesh, LiveState } from "../../../mesh/checks/precheck/types";
import { creationCause } from "../../../mesh/failure/creationCause";
import type { Clock } from "../../../mesh/guard/waiting";
import { nameOf } from "../../../mesh/k8s/workload";
import type { Cluster } from "../../cluster/cluster";
import { objectPaths } from "../../cluster/discovery";
import { listAll } from "../../cluster/objects";
import {
  apply,
  inOwnNamespace,
  namespacePath,
  removeLeftovers,
  type TrialLimits,
  type TrialSite,
} from "../trialSite";

/** Options of a trial in which nodes pull images. */
export interface PullOptions extends TrialLimits {
  readonly clock: Clock;
}

/** What nodes reported about the images. */
export interface PullTrial {
  readonly findings: readonly Finding[];
  /** Images that were pulled. */
  readonly pulled: ReadonlySet<string>;
}

const POLL_MS = 1000;

/** How long to wait after a failure that may pass. Kubelets try again after 10 s. */
const RETRY_MS = 25_000;

async function makeObjects(site: TrialSite, name: string, plan: PullPlan): Promise<void> {
  for (const [copy, secret] of plan.copies) {
    await apply(site, secretCopy(name, copy, secret));
  }
  for (const pull of plan.pulls) {
    await apply(site, pullPod(name, pull));
  }
}

/** Returns the result of each pod, once all have ended or the time is up. */
async function results(
  { cluster }: TrialSite,
  name: string,
  pulls: readonly Pull[],
  { clock, timeoutSeconds, signal }: PullOptions,
): Promise<(pull: Pull) => PullResult> {
  const begun = clock.now();
  const deadline = begun + timeoutSeconds * 1000;
  const isOpen = (result: PullResult) =>
    result.kind === "waiting" ||
    (result.kind === "failed" && result.passing && clock.now() < begun + RETRY_MS);
  for (;;) {
    const pods = await listAll(cluster, `${namespacePath(name)}/pods`);
    const resultOf = ({ pod }: Pull) => pullResult(pods.find((one) => nameOf(one) === pod));
    if (!pulls.map(resultOf).some(isOpen) || clock.now() >= deadline || signal.aborted) {
      return resultOf;
    }
    await clock.sleep(POLL_MS);
  }
}

async function tryIn(
  site: TrialSite,
  name: string,
  plan: PullPlan,
  options: PullOptions,
): Promise<PullTrial> {
  try {
    await makeObjects(site, name, plan);
  } catch (error) {
    const { text, fix } = creationCause((error as Error).message);
    return { findings: [notTried(text, fix)], pulled: new Set() };
  }
  const { pulls } = plan;
  const resultOf = await results(site, name, pulls, options);
  return {
    findings: pullFindings(pulls, resultOf, options.timeoutSeconds),
    pulled: pulledImages(pulls, resultOf),
  };
}

/**
 * Makes nodes pull the mesh's images: one node of each platform, in a temporary namespace. The pods run
 * nothing. Secrets that the mesh names for pulling are copied into the namespace.
 *
 * @throws Error if the signal ends it. Its namespace is deleted then.
 */
export async function tryPulls(
  cluster: Cluster,
  desired: DesiredMesh,
  live: LiveState,
  options: PullOptions,
): Promise<PullTrial> {
  const { clock, signal, progress, timeoutSeconds } = options;
  await removeLeftovers(cluster, clock.now(), progress);
  const plan = planPulls(desired, live);
  if (plan.pulls.length === 0) {
    return { findings: pullFindings([], () => ({ kind: "pulled" }), 0), pulled: new Set() };
  }
  const name = `mesh-precheck-${randomBytes(4).toString("hex")}`;
  const site = { cluster, pathOf: objectPaths(cluster) };
  progress(`${plan.pulls.length} pods pull images in ${name}, for ${timeoutSeconds} s at most`);
  try {
    const namespace = ownNamespace(name, timeoutSeconds, PULL_LABELS);
    return await inOwnNamespace(site, namespace, options, () => tryIn(site, name, plan, options));
  } catch (error) {
    signal.throwIfAborted();
    const fix = "who runs this needs the right to create and delete namespaces, Secrets and pods";
    return { findings: [notTried((error as Error).message, fix)], pulled: new Set() };
  }
}
