import type { JsonObject } from "../../common/json";
import { enableNetworkPolicy } from "../../gke/networkPolicy";
import { getPath } from "../../k8s/path";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import type { ProjectNeeds } from "./projectNeeds";

const found = findingsOf("gcp");

function isEnforced(described: JsonObject): boolean {
  return (
    getPath(described, "autopilot.enabled") === true ||
    getPath(described, "networkConfig.datapathProvider") === "ADVANCED_DATAPATH" ||
    getPath(described, "networkPolicy.enabled") === true
  );
}

/**
 * Whether the cluster enforces network policies, where the mesh has the CNI plugin: with it, nodes
 * take their network from CNI plugins. Nodes of today do so in any case, therefore it is a warning.
 *
 * @param described as `gcloud container clusters describe` prints it
 * @see https://istio.io/v1.9/docs/setup/additional-setup/cni/#prerequisites
 */
export function checkNetworkPolicy(
  { needsCni, hasFoundation, inputs, cluster }: ProjectNeeds,
  described: JsonObject,
): Finding[] {
  const { cluster: wanted } = inputs;
  const isComing = hasFoundation && wanted.kind === "new" && wanted.networkPolicy !== undefined;
  if (!needsCni || isEnforced(described) || isComing) {
    return [];
  }
  return [
    found.warning(
      `GKE cluster ${cluster.cluster}`,
      "does not enforce network policies, the first step of the guides for the CNI plugin: NetworkPolicy objects have no effect, and nodes that take their network from kubenet do not run the plugin, so that pods start without redirection to their proxies",
      enableNetworkPolicy(cluster.cluster, cluster.location, cluster.project),
    ),
  ];
}
