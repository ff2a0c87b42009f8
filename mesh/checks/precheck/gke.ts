import { identityOf } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import type { DesiredMesh, LiveState } from "./types";

const found = findingsOf("gke");

/** Where GKE's nodes keep their CNI plugins; elsewhere the kubelet does not look. */
const CNI_BIN = "/home/kubernetes/bin";

/** @example isGke("v1.31.1-gke.1146000") // true */
export function isGke(kubernetes: string): boolean {
  return /-gke\./.test(kubernetes);
}

function cniFolders({ objects }: DesiredMesh): string[] {
  const agent = objects.find(
    (object) => object.kind === "DaemonSet" && identityOf(object).name === "istio-cni-node",
  );
  const volumes = getPath(agent ?? {}, "spec.template.spec.volumes");
  return (Array.isArray(volumes) ? volumes : []).flatMap((volume) => {
    const path = getPath(volume, "hostPath.path");
    return getPath(volume, "name") === "cni-bin-dir" ? [String(path)] : [];
  });
}

function cni(desired: DesiredMesh): Finding[] {
  const wrong = cniFolders(desired).filter((folder) => folder !== CNI_BIN);
  return wrong.map((folder) =>
    found.error(
      "DaemonSet istio-cni-node",
      `puts the CNI plugin into ${folder}, and GKE's nodes read ${CNI_BIN}: no pod with a proxy would start`,
      "--option cni-gcp, or --platform gke (in a stack: pulumi config set mesh:platform gke)",
    ),
  );
}

const FIREWALL =
  "gcloud compute firewall-rules update RULE --allow tcp:10250,tcp:443,tcp:15017, where RULE is the one named gke-CLUSTER-…-master";

/**
 * What a GKE cluster needs and Kubernetes itself cannot tell: the firewall of a private cluster, APIs
 * and roles in the project.
 *
 * @see https://istio.io/latest/docs/setup/platform-setup/gke/
 */
export function checkGke(
  desired: DesiredMesh,
  { kubernetes }: Pick<LiveState, "kubernetes">,
): Finding[] {
  if (!isGke(kubernetes)) {
    return [];
  }
  return [
    ...cni(desired),
    found.info(
      "Google Cloud project",
      "its APIs, firewall and roles are not checked; --gcp does so with gcloud. On a private cluster the control plane has to reach the nodes' port 15017 for istiod's webhooks",
      FIREWALL,
    ),
  ];
}

export const gke = precheckOf({
  id: "gke",
  title: "platform",
  fine: "needs nothing more",
  needs: ["desired", "kubernetes"],
  run: ({ desired, ...live }) => checkGke(desired, live),
});
