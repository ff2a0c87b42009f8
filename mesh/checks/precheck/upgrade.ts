import { groupBy, someOf } from "../../common/lists";
import { checkUpgradeStep, checkVersionSkew, type VersionFindings } from "../../guard/versions";
import { injectionWebhooks, revisionsNamed } from "../../injection/webhooks";
import { revisionLabel } from "../../k8s/istioLabels";
import { type ControlPlaneFacts, NO_MESH, runningVersion } from "../../model/facts";
import { type ProxySkew, proxySkew } from "../../snapshot/proxies";
import type { Finding, Severity } from "../finding";
import { findingsOf, fromProblem } from "../findings";
import { precheckOf } from "./define";
import { agentVersion, knownPlanes } from "./livePlanes";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "workloads" | "proxies" | "mutatingWebhooks">;

const CHECK = "upgrade-path";

function asFindings(object: string, { problems, warnings }: VersionFindings, worst: Severity) {
  return [
    ...problems.map((problem) => fromProblem(CHECK, worst, object, problem)),
    ...warnings.map((problem) => fromProblem(CHECK, "warning", object, problem)),
  ];
}

/** Returns the control plane that serves a revision after the update, or `undefined` if it is removed. */
function planeOf(
  planned: readonly ControlPlaneFacts[],
  revisions: readonly string[],
): ControlPlaneFacts | undefined {
  return planned.find(({ revision }) => revisions.includes(revisionLabel(revision)));
}

interface UnfitProxies extends Pick<ProxySkew, "kind" | "mended"> {
  readonly namespace: string;
  /** The version of the control plane. */
  readonly planned: string | undefined;
}

function fixFor({ namespace, planned, kind, mended }: UnfitProxies): string {
  if (mended !== undefined) {
    return `take ${mended} or a later patch`;
  }
  return kind === "behind"
    ? `first restart them on a version in between: kubectl -n ${namespace} rollout restart deployment`
    : `move the namespace ${namespace} to a control plane of ${planned} under a revision of its own, and restart its workloads, instead of going back in place`;
}

/** Proxies whose version does not fit the control plane that serves them after the update. */
function unfitProxies({ plan }: DesiredMesh, live: Live): Finding[] {
  const webhooks = injectionWebhooks(live.mutatingWebhooks);
  const unfit = live.proxies.flatMap((proxy) => {
    const { revision, version } = proxy;
    const revisions = [revision, ...revisionsNamed(revision, webhooks)];
    const plane = planeOf(plan.facts.controlPlanes, revisions);
    const planned = plane && runningVersion(plane);
    const skew = proxySkew(version, planned);
    if (skew?.broken === undefined) {
      return [];
    }
    return [{ ...proxy, ...skew, planned, broken: skew.broken }];
  });
  const groups = groupBy(unfit, (one) => `${one.namespace} ${one.version} ${one.planned}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { namespace, version, planned, kind, broken, mended } = first;
    const pods = someOf(group.map(({ pod }) => pod));
    const behind = mended === undefined ? "too far behind" : "older than";
    const reason = `proxies of ${version} (${pods}) are ${kind === "behind" ? behind : "ahead of"} the control plane ${planned}; rule: ${broken.text} (${broken.source})`;
    const fix = fixFor(first);
    return [findingsOf("proxy-versions").error(`Namespace ${namespace}`, reason, fix)];
  });
}

/**
 * Checks the step from the control planes, node agents and proxies of the cluster to the planned ones.
 *
 * @see mesh/guard/versions.ts, where the rules are
 */
export function checkUpgrade(desired: DesiredMesh, live: Live): Finding[] {
  const { facts } = desired.plan;
  const before = { ...NO_MESH, controlPlanes: knownPlanes(live.workloads) };
  const agents = checkVersionSkew({
    controlPlanes: facts.controlPlanes,
    cni: agentVersion(live.workloads, "cni"),
    ztunnel: agentVersion(live.workloads, "ztunnel"),
  });
  return [
    ...asFindings("images", { problems: desired.plan.refused, warnings: [] }, "error"),
    ...asFindings("control plane", checkUpgradeStep(before, facts), "error"),
    // The update also updates the agents, so this only lasts for some minutes.
    ...asFindings("node agents", { ...agents, warnings: [] }, "warning"),
    ...unfitProxies(desired, live),
  ];
}

export const upgradePath = precheckOf({
  id: "upgrade-path",
  title: "versions",
  fine: "each step is one that Istio supports",
  needs: ["desired", "workloads", "proxies", "mutatingWebhooks"],
  run: ({ desired, ...live }) => checkUpgrade(desired, live),
});
