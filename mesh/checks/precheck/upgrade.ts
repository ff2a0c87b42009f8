import semver from "semver";
import { groupBy, someOf } from "../../common/lists";
import data from "../../data/upgradePaths.json";
import { checkUpgradeStep, checkVersionSkew, type VersionFindings } from "../../guard/versions";
import { injectionWebhooks, revisionsNamed } from "../../injection/webhooks";
import { revisionLabel } from "../../k8s/istioLabels";
import { type ControlPlaneFacts, NO_MESH } from "../../model/facts";
import type { Finding, Severity } from "../finding";
import { findingsOf, fromProblem } from "../findings";
import { precheckOf } from "./define";
import { agentVersion, type LivePlane, livePlanes } from "./livePlanes";
import type { LiveState, Wish } from "./types";

/** What the cluster has that is looked at here. */
type Live = Pick<LiveState, "workloads" | "proxies" | "mutatingWebhooks">;

const CHECK = "upgrade-path";

function asFindings(object: string, { problems, warnings }: VersionFindings, worst: Severity) {
  return [
    ...problems.map((problem) => fromProblem(CHECK, worst, object, problem)),
    ...warnings.map((problem) => fromProblem(CHECK, "warning", object, problem)),
  ];
}

function known(planes: readonly LivePlane[]): LivePlane[] {
  return planes.filter(({ version }) => version !== "");
}

function minor(version: string): number {
  const { major = 0, minor: own = 0 } = semver.parse(version) ?? {};
  return major * 1000 + own;
}

/** The control plane that proxies of a revision have after the update; `undefined` where it goes. */
function planeOf(
  wished: readonly ControlPlaneFacts[],
  revisions: readonly string[],
): ControlPlaneFacts | undefined {
  return wished.find(({ revision }) => revisions.includes(revisionLabel(revision)));
}

/** Proxies that would be too far behind the control plane that serves them after the update. */
function staleProxies({ plan }: Wish, live: Live): Finding[] {
  const { limit, text, source } = data.rules.proxyBehind;
  const webhooks = injectionWebhooks(live.mutatingWebhooks);
  const stale = live.proxies.flatMap((proxy) => {
    const { revision, version } = proxy;
    const revisions = [revision, ...revisionsNamed(revision, webhooks)];
    const plane = planeOf(plan.facts.controlPlanes, revisions);
    const far =
      plane !== undefined && version !== undefined && minor(plane.version) - minor(version) > limit;
    return far ? [{ ...proxy, plane }] : [];
  });
  const groups = groupBy(stale, (one) => `${one.namespace} ${one.version} ${one.plane.version}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) {
      return [];
    }
    const { namespace, version, plane } = first;
    const pods = someOf(group.map(({ pod }) => pod));
    const reason = `proxies of ${version} (${pods}) are too far behind the control plane ${plane.version}; rule: ${text} (${source})`;
    const fix = `restart them on a version between first: kubectl -n ${namespace} rollout restart deployment`;
    return [findingsOf("proxy-versions").error(`Namespace ${namespace}`, reason, fix)];
  });
}

/**
 * The way from the control planes, node agents and proxies of the cluster to the wished ones.
 *
 * @see mesh/guard/versions.ts, where the rules are
 */
export function checkUpgrade(wish: Wish, live: Live): Finding[] {
  const { facts } = wish.plan;
  const before = { ...NO_MESH, controlPlanes: known(livePlanes(live.workloads)) };
  const agents = checkVersionSkew({
    controlPlanes: facts.controlPlanes,
    cni: agentVersion(live.workloads, "cni"),
    ztunnel: agentVersion(live.workloads, "ztunnel"),
  });
  return [
    ...asFindings("control plane", checkUpgradeStep(before, facts), "error"),
    // The update brings the agents along, so that this lasts for some minutes.
    ...asFindings("node agents", { ...agents, warnings: [] }, "warning"),
    ...staleProxies(wish, live),
  ];
}

export const upgradePath = precheckOf({
  id: "upgrade-path",
  title: "versions",
  fine: "each step is one that Istio supports",
  needs: ["wish", "workloads", "proxies", "mutatingWebhooks"],
  run: ({ wish, ...live }) => checkUpgrade(wish, live),
});
