import { Config } from "@pulumi/pulumi";
import { GatewayPart } from "../../../components/mesh/gateway";
import {
  type ManagedControlPlaneArgs,
  ManagedControlPlanePart,
} from "../../../components/mesh/managedControlPlane";
import { MeshNamespace, type MeshNamespaceArgs } from "../../../components/mesh/meshNamespace";
import { gatewayGate, removalGuard } from "../../../components/objects/guards";
import { ClusterSession } from "../../../components/pulumi/clusterSession";
import { targetProvider } from "../../../components/pulumi/target";
import type { ManagedInputs } from "../../../mesh/model/managedInputs";
import type { MeshNamespaceInputs } from "../../../mesh/model/meshNamespaceInputs";

/** A managed control plane, a gateway on some revision, and the namespace `cart`. */
interface Program {
  readonly kubeconfig: string;
  readonly managed?: ManagedInputs;
  readonly gatewayRevision?: string;
  readonly cart?: Partial<MeshNamespaceInputs>;
}

const { kubeconfig, managed, gatewayRevision, cart } = new Config("mesh").requireObject<Program>(
  "program",
);
const target = { kind: "cluster", kubeconfig } as const;
const kubernetes = targetProvider("cluster", target);
const session = new ClusterSession(target);
// Also in a run that no longer has the control plane: its guard is deleted by this hook.
const removal = removalGuard("mesh:removal", { session });
const gate = gatewayGate("mesh:injection", {
  session,
  controlPlaneNamespace: "istio-system",
  gateways: [],
  timeoutSeconds: 20,
});

const control =
  managed === undefined
    ? []
    : [
        new ManagedControlPlanePart(
          "managed",
          { ...managed, target } as ManagedControlPlaneArgs,
          { providers: { kubernetes } },
          { removal },
        ),
      ];

if (gatewayRevision !== undefined) {
  new GatewayPart(
    "web",
    {
      name: "web",
      namespace: "edge",
      protect: false,
      replicas: 1,
      revisions: [{ revision: gatewayRevision }],
      service: { type: "ClusterIP" },
    },
    { providers: { kubernetes }, dependsOn: control },
    { hooks: { beforeDeployment: [gate] } },
  );
}

if (cart !== undefined) {
  new MeshNamespace(
    "cart",
    { namespace: "cart", revision: "asm-managed", target, ...cart } as MeshNamespaceArgs,
    { providers: { kubernetes }, dependsOn: control },
  );
}
