/** The content of a kubeconfig. None of it is secret. */
export interface KubeconfigFacts {
  /** The name of the context, cluster and user. */
  readonly name: string;
  /** The address of the API server. */
  readonly endpoint: string;
  /** The certificate of the cluster's CA, in base64. */
  readonly caCertificate: string;
}

/**
 * Returns the name of a context as gcloud names it.
 *
 * @example contextName("my-project", "europe-west1", "prod") // "gke_my-project_europe-west1_prod"
 */
export function contextName(project: string, location: string, cluster: string): string {
  return `gke_${project}_${location}_${cluster}`;
}

/** A GKE cluster, as gcloud identifies it. */
export interface GkeCluster {
  readonly project: string;
  readonly location: string;
  readonly cluster: string;
}

/**
 * Returns the cluster for which gcloud has written a kubeconfig context.
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
 * Returns the command that writes the context of a GKE cluster into the kubeconfig, or `undefined`
 * if gcloud did not name the context.
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
 * Returns a kubeconfig that logs in through Google's own plugin. It contains no token and no key,
 * so it may be stored in state and outputs.
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
