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
