import { checkVersionSkew } from "../../guard/versions";
import { type ControlPlaneFacts, runningVersion } from "../../model/facts";
import { compareMinors, MINORS, minorOf } from "../../model/minors";
import type { Finding } from "../finding";
import { findingsOf, fromProblem } from "../findings";
import { gateCheckOf } from "./define";

const CHECK = "kubernetes-version";
const OBJECT = "Kubernetes version";

/** Outside of what Istio tests, though not below what it refuses to run on. */
function unsupported(server: string, version: string): Finding[] {
  const [cluster, release] = [minorOf(server), MINORS.release(version)];
  if (release === undefined || cluster === "") {
    return [];
  }
  const { oldest, newest } = release.kubernetes;
  const outside =
    compareMinors(cluster, oldest) < 0
      ? "older"
      : compareMinors(cluster, newest) > 0
        ? "newer"
        : undefined;
  if (outside === undefined) {
    return [];
  }
  const reason = `${server} is ${outside} than what Istio ${version} is supported on: ${oldest} to ${newest} (${release.source})`;
  const fix =
    outside === "older"
      ? `upgrade the cluster to ${oldest} or newer first`
      : "take an Istio version that supports it (--istio-version)";
  return [findingsOf(CHECK).warning(OBJECT, reason, fix)];
}

/**
 * Whether the cluster's Kubernetes fits the Istio versions: an error below what Istio runs on, a
 * warning outside of what it supports.
 *
 * @param server as `/version` has it, such as `v1.31.1-gke.1146000`
 * @example
 * checkKubernetesVersion("v1.28.0", [{ revision: "", version: "1.31.0" }])[0].severity // "error"
 */
export function checkKubernetesVersion(
  server: string,
  controlPlanes: readonly ControlPlaneFacts[],
): Finding[] {
  return controlPlanes.flatMap((plane) => {
    const { problems } = checkVersionSkew({ controlPlanes: [plane], kubernetes: server });
    const refused = problems.map(({ reason, fix }) =>
      fromProblem(CHECK, "error", OBJECT, {
        source: "",
        path: "",
        reason: `the cluster runs ${server}: ${reason}`,
        fix,
      }),
    );
    return refused.length > 0 ? refused : unsupported(server, runningVersion(plane));
  });
}

export const kubernetesVersion = gateCheckOf({
  id: "kubernetes-version",
  title: "Kubernetes version",
  fine: "Istio supports it",
  gate: "too",
  needs: ["desired", "kubernetes"],
  run: ({ desired: { plan }, kubernetes }) =>
    checkKubernetesVersion(kubernetes, plan.facts.controlPlanes),
});
