import { Config } from "@pulumi/pulumi";
import { GatewayPart } from "../../../components/mesh/gateway";
import { gatewayGate } from "../../../components/objects/guards";
import { followRollouts } from "../../../components/objects/rollouts";
import { ClusterSession } from "../../../components/pulumi/clusterSession";
import { targetProvider } from "../../../components/pulumi/target";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";

/** A gateway on control planes that are there without Pulumi. */
interface Program {
  readonly kubeconfig: string;
  readonly gateway: GatewayInputs;
  readonly timeoutSeconds: number;
}

const { kubeconfig, gateway, timeoutSeconds } = new Config("mesh").requireObject<Program>(
  "program",
);
const target = { kind: "cluster", kubeconfig } as const;
const kubernetes = targetProvider("cluster", target);
const session = new ClusterSession(target);

const hooks = {
  beforeDeployment: [
    gatewayGate("injection", { session, controlPlaneNamespace: "istio-system", gateways: [] }),
  ],
  rollouts: followRollouts("gateways", session),
};
const args = { ...gateway, timeoutSeconds };
new GatewayPart("web", args, { providers: { kubernetes } }, { hooks });
