import { Config } from "@pulumi/pulumi";
import { injectionGate, RevisionGuard, removalGuard } from "../../../components/objects/guards";
import { registerObject } from "../../../components/objects/kubernetesObject";
import { ClusterSession } from "../../../components/pulumi/clusterSession";
import { targetProvider } from "../../../components/pulumi/target";
import type { K8sObject } from "../../../mesh/k8s/objects";

/** Revisions, each of one object, and a gateway on one of them. */
interface Program {
  readonly kubeconfig: string;
  readonly revisions: readonly string[];
  readonly gateway?: {
    readonly revision: string;
    readonly replicas: number;
    readonly note: string;
    readonly timeoutSeconds: number;
  };
  readonly force?: boolean;
}

const program = new Config("mesh").requireObject<Program>("program");
const target = { kind: "cluster", kubeconfig: program.kubeconfig } as const;
const provider = targetProvider("cluster", target);
const session = new ClusterSession(target);
const removal = removalGuard("mesh:removal", { session, force: program.force });

const guards = program.revisions.map((revision) => {
  const config: K8sObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: `istio-${revision}`, namespace: "istio-system" },
    data: { mesh: revision },
  };
  const controlPlane = registerObject("control-plane", config, { provider });
  return new RevisionGuard(`guard-${revision}`, revision, removal, { dependsOn: controlPlane });
});

if (program.gateway !== undefined) {
  const { revision, replicas, note, timeoutSeconds } = program.gateway;
  const podLabels = { istio: "ingressgateway", "istio.io/rev": revision };
  const gate = injectionGate("ingress:injection", {
    session,
    revision,
    namespace: "edge",
    podLabels,
    timeoutSeconds,
  });
  const deployment: K8sObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "ingress", namespace: "edge" },
    spec: {
      replicas,
      selector: { matchLabels: { istio: "ingressgateway" } },
      template: {
        metadata: { labels: podLabels, annotations: { note } },
        spec: { containers: [{ name: "istio-proxy", image: "auto" }] },
      },
    },
  };
  registerObject("gateway", deployment, {
    provider,
    dependsOn: guards,
    hooks: { beforeCreate: [gate], beforeUpdate: [gate] },
  });
}
