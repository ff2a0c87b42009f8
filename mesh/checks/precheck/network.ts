import type { JsonObject } from "../../common/json";
import { NETWORK_LABEL } from "../../gateway/metadata";
import { labelsOf } from "../../k8s/istioLabels";
import { labelCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { nameOf } from "../../k8s/workload";
import type { MeshPlan } from "../../plan/meshPlan";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";

const found = findingsOf("network");

interface Network {
  /** Of the control plane. */
  readonly namespace: string;
  readonly network: string;
}

/** The networks that the control planes of a mesh tell their proxies. */
function networksOf({ controlPlanes }: Pick<MeshPlan, "controlPlanes">): Network[] {
  const all = controlPlanes.flatMap(({ namespace, document }): [string, Network][] => {
    const network = getPath(document, "spec.values.global.network");
    return typeof network === "string" && network !== ""
      ? [[`${namespace} ${network}`, { namespace, network }]]
      : [];
  });
  return [...new Map(all).values()];
}

/**
 * `values.global.network` that the namespace of the control plane does not have as its label: proxies
 * then say that they are in one network, and istiod takes the cluster for another.
 *
 * @param namespaces those that exist, as the API server has them
 * @see https://istio.io/latest/docs/setup/install/multicluster/multi-primary_multi-network/
 */
export function checkNetwork(
  plan: Pick<MeshPlan, "controlPlanes">,
  namespaces: readonly JsonObject[],
): Finding[] {
  return networksOf(plan).flatMap(({ namespace, network }) => {
    const live = namespaces.find((one) => nameOf(one) === namespace);
    const label = live === undefined ? undefined : labelsOf(live)[NETWORK_LABEL];
    if (label === network) {
      return [];
    }
    const is =
      label === undefined
        ? `has no label ${NETWORK_LABEL}`
        : `has the label ${NETWORK_LABEL}=${label}`;
    const reason = `${is}, but values.global.network is ${network}: istiod takes the label for the network of the cluster, and the proxies the setting for theirs`;
    const command = labelCommand(namespace, NETWORK_LABEL, network);
    const fix = live === undefined ? `once the update has made the namespace: ${command}` : command;
    return [found.warning(`Namespace ${namespace}`, reason, fix)];
  });
}

export const network = precheckOf({
  id: "network",
  title: "network",
  fine: "the control plane's namespace has the label of its network, if it has one",
  needs: ["desired", "namespaces"],
  run: ({ desired: { plan }, namespaces }) => checkNetwork(plan, namespaces),
});
