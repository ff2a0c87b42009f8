/** What a kubeconfig is made of; none of it is secret. */
export interface KubeconfigFacts {
  /** Of the context, cluster and user. */
  readonly name: string;
  /** Address of the API server. */
  readonly endpoint: string;
  /** Certificate of the cluster's CA, in base64. */
  readonly caCertificate: string;
}

/** @example contextName("my-project", "europe-west1", "prod") // "gke_my-project_europe-west1_prod", as gcloud names it */
export function contextName(project: string, location: string, cluster: string): string {
  return `gke_${project}_${location}_${cluster}`;
}

/** A GKE cluster, as gcloud names it. */
export interface GkeCluster {
  readonly project: string;
  readonly location: string;
  readonly cluster: string;
}

/**
 * The cluster that gcloud has written a kubeconfig's context for.
 *
 * @example
 * clusterOfContext("gke_shop-prod_europe-west1_main") // { project: "shop-prod", location: "europe-west1", cluster: "main" }
 */
export function clusterOfContext(context: string): GkeCluster | undefined {
  const [, project, location, cluster] = /^gke_([^_]+)_([^_]+)_([^_]+)$/.exec(context) ?? [];
  return project === undefined || location === undefined || cluster === undefined
    ? undefined
    : { project, location, cluster };
}

/**
 * How a kubeconfig gets the context of a GKE cluster; `undefined` when gcloud did not name it.
 *
 * @example
 * contextFix("gke_shop_europe-west1_main")
 * // "gcloud container clusters get-credentials main --location europe-west1 --project shop"
 */
export function contextFix(context: string): string | undefined {
  const found = clusterOfContext(context);
  return (
    found &&
    `gcloud container clusters get-credentials ${found.cluster} --location ${found.location} --project ${found.project}`
  );
}

/**
 * A kubeconfig that logs in through Google's own plugin: no token and no key is in it, so it may
 * stand in a state and in outputs.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin
 */
export function kubeconfig({ name, endpoint, caCertificate }: KubeconfigFacts): string {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "gke-gcloud-auth-plugin",
    installHint:
      "Install gke-gcloud-auth-plugin: https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin",
    interactiveMode: "IfAvailable",
    provideClusterInfo: true,
  };
  const server = `https://${endpoint}`;
  const cluster = { server, "certificate-authority-data": caCertificate };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user: { exec } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  });
}
