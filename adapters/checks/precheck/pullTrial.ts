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
import type { LiveState, Wish } from "../../../mesh/checks/precheck/types";
import { creationCause } from "../../../mesh/failure/creationCause";
import type { Clock } from "../../../mesh/guard/waiting";
import { nameOf } from "../../../mesh/k8s/workload";
import type { Cluster } from "../../cluster/cluster";
import { objectPaths } from "../../cluster/objectPath";
import { listAll } from "../../cluster/objects";
import {
  apply,
  inOwnNamespace,
  namespacePath,
  removeLeftovers,
  type TrialLimits,
  type TrialSite,
} from "../trialSite";

/** How nodes are asked to pull. */
export interface PullOptions extends TrialLimits {
  readonly clock: Clock;
}

/** What nodes said of the images. */
export interface PullTrial {
  readonly findings: readonly Finding[];
  /** Images that need no more proof. */
  readonly pulled: ReadonlySet<string>;
}

const POLL_MS = 1000;

/** For how long a failure that another try may mend is no end; kubelets try again after 10 s. */
const RETRY_MS = 25_000;

async function makeObjects(site: TrialSite, name: string, plan: PullPlan): Promise<void> {
  for (const [copy, secret] of plan.copies) {
    await apply(site, secretCopy(name, copy, secret));
  }
  for (const pull of plan.pulls) {
    await apply(site, pullPod(name, pull));
  }
}

/** What has become of each pod; asked until all have an end, or the time is up. */
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
 * Has nodes pull the mesh's images: one node of each platform, in a namespace of its own that is
 * deleted again. The pods run nothing. Secrets that the mesh names for pulling are copied there.
 *
 * @throws Error when the signal ends it; its namespace is gone then
 */
export async function tryPulls(
  cluster: Cluster,
  wish: Wish,
  live: LiveState,
  options: PullOptions,
): Promise<PullTrial> {
  const { clock, signal, progress, timeoutSeconds } = options;
  await removeLeftovers(cluster, clock.now(), progress);
  const plan = planPulls(wish, live);
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
