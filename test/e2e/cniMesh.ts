import { getPath } from "../../mesh/k8s/path";
import { LOAD_IMAGE } from "../node/images/nodeImages";
import { type Node, upstreamEnvoyOverlay } from "../node/node";

/** Where the CNI plugin's DaemonSet is. */
export const CNI_NAMESPACE = "kube-system";

export const CNI_NODE = `/apis/apps/v1/namespaces/${CNI_NAMESPACE}/daemonsets/istio-cni-node`;

function volume(name: string, path: string) {
  const template = "spec.template.spec";
  return [
    { path: `${template}.volumes.[name:${name}].hostPath.path`, value: path },
    {
      path: `${template}.containers.[name:install-cni].volumeMounts.[name:${name}].mountPath`,
      value: path,
    },
  ];
}

/**
 * Configuration of a mesh with the CNI plugin, whose folders are those of the node. The plugin runs on
 * the node and reads what its DaemonSet wrote, so that both have to know that folder by the same name.
 */
export function cniConfig({ cni }: Node): Readonly<Record<string, unknown>> {
  const patches = volume("cni-socket-dir", cni.agent);
  const folders = {
    apiVersion: "install.istio.io/v1alpha1",
    kind: "IstioOperator",
    metadata: { name: "folders-of-the-node" },
    spec: {
      components: {
        cni: {
          k8s: { overlays: [{ kind: "DaemonSet", name: "istio-cni-node", patches }] },
        },
      },
      values: {
        cni: {
          cniConfDir: cni.configuration,
          env: { CNI_AGENT_RUN_DIR: cni.agent },
          // To repair a pod in place, the agent opens the network of process 1, which a machine in a
          // sandbox does not let it; to have a broken pod made anew takes nothing but the right.
          repair: { repairPods: false, deletePods: true },
          resources: { requests: { cpu: "10m", memory: "64Mi" } },
        },
      },
    },
  };
  return {
    "mesh:cni": {
      enabled: true,
      environment: "on-premises",
      binDir: cni.plugins,
      namespace: CNI_NAMESPACE,
    },
    "mesh:overlays": [upstreamEnvoyOverlay, folders],
  };
}

/** A pod's specification: the backend that answers "served". */
export function backendPod(): Record<string, unknown> {
  return {
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name: "load",
        image: LOAD_IMAGE,
        args: ["serve", "--port", "8080"],
        ports: [{ containerPort: 8080 }],
        readinessProbe: { httpGet: { path: "/", port: 8080 }, periodSeconds: 1 },
      },
    ],
  };
}

/** Names of a pod's init containers. */
export function initContainers(pod: Parameters<typeof getPath>[0]): string[] {
  const containers = getPath(pod, "spec.initContainers");
  return Array.isArray(containers)
    ? containers.map((each) => String((each as { name?: unknown }).name))
    : [];
}
