import type { NewCluster } from "../model/gkeInputs";

/** Where Google's and Istio's guides for the CNI plugin ask for it. */
export const NETWORK_POLICY_GUIDE =
  "https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy";

/**
 * Returns the fields of a new cluster that turn enforcement of network policies on.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/dataplane-v2
 */
export function networkPolicyFields({ networkPolicy }: NewCluster) {
  switch (networkPolicy) {
    case undefined:
      return {};
    case "calico":
      return {
        networkPolicy: { enabled: true, provider: "CALICO" },
        addonsConfig: { networkPolicyConfig: { disabled: false } },
      };
    case "dataplane-v2":
      return { datapathProvider: "ADVANCED_DATAPATH" };
    default:
      return networkPolicy satisfies never;
  }
}

/**
 * Returns the commands that turn it on in a cluster that exists. Dataplane V2 can be chosen for a new
 * cluster only.
 */
export function enableNetworkPolicy(cluster: string, location: string, project: string): string {
  const update = `gcloud container clusters update ${cluster} --location=${location} --project=${project}`;
  return `${update} --update-addons=NetworkPolicy=ENABLED, then ${update} --enable-network-policy (this replaces the nodes of all pools)`;
}
