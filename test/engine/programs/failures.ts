import { Config } from "@pulumi/pulumi";
import { Gateway } from "../../../components/gateway";
import { gatewayGate } from "../../../components/guards";
import { followRollouts } from "../../../components/rollouts";
import { targetProvider } from "../../../components/target";
import type { GatewayInputs } from "../../../mesh/gateway/types";

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

const hooks = {
  beforeDeployment: [gatewayGate("injection", target, "istio-system")],
  rollouts: followRollouts("gateways", target),
};
const args = { ...gateway, timeoutSeconds };
new Gateway("web", args, { providers: { kubernetes } }, { hooks });
