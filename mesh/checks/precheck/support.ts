import { revisionLabel } from "../../k8s/istioLabels";
import { runningVersion } from "../../model/facts";
import { supportFindings, type VersionUse } from "../support";
import { precheckOf } from "./define";
import { agentVersion, livePlanes } from "./livePlanes";
import type { DesiredMesh, LiveState } from "./types";

type Live = Pick<LiveState, "workloads" | "proxies">;

/** What the stack would install, and what runs in the cluster. */
function usesOf({ plan }: DesiredMesh, { workloads, proxies }: Live): VersionUse[] {
  const planned = plan.facts.controlPlanes.map((plane) => ({
    version: runningVersion(plane),
    user: `control plane ${revisionLabel(plane.revision)}`,
  }));
  const live = livePlanes(workloads).map(({ revision, version }) => ({
    version,
    user: `control plane ${revisionLabel(revision)}`,
  }));
  const agents = (["cni", "ztunnel"] as const).map((kind) => ({
    version: agentVersion(workloads, kind) ?? "",
    user: `node agent ${kind}`,
  }));
  const injected = proxies.map(({ namespace, version = "" }) => ({
    version,
    user: `proxies in ${namespace}`,
  }));
  return [...planned, ...live, ...agents, ...injected];
}

export const support = precheckOf({
  id: "support",
  title: "support of Istio",
  fine: "no version in use is known to be out of support or to lack a security patch",
  needs: ["desired", "workloads", "proxies", "now"],
  run: ({ desired, now, ...live }) => supportFindings(usesOf(desired, live), now),
});
