import { Config } from "@pulumi/pulumi";
import { Gateway, OverlayGateways } from "../../../components";
import { targetProvider } from "../../../components/pulumi/target";
import type { JsonObject } from "../../../mesh/common/json";
import type { AdoptMode } from "../../../mesh/model/adoptMode";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { MeshInputs } from "../../../mesh/model/meshInputs";

/** Gateways without a ServiceMesh, on control planes that are there without Pulumi. */
interface Program {
  readonly kubeconfig: string;
  readonly gateway?: GatewayInputs;
  /** The spec of an overlay, and the mesh that it belongs to. */
  readonly overlay?: Pick<MeshInputs, "version" | "revision" | "charts"> & {
    readonly spec: JsonObject;
  };
  readonly adopt?: AdoptMode;
}

const { kubeconfig, gateway, overlay, adopt } = new Config("mesh").requireObject<Program>(
  "program",
);
const target = { kind: "cluster", kubeconfig } as const;
const opts = { providers: { kubernetes: targetProvider("cluster", target) } };
const place = { target, ...(adopt !== undefined && { adopt }) };

if (gateway !== undefined) {
  new Gateway("web", { ...gateway, ...place }, opts);
}
if (overlay !== undefined) {
  const { spec, ...mesh } = overlay;
  const operator = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec };
  new OverlayGateways("own", { ...mesh, profile: "minimal", overlays: [operator], ...place }, opts);
}
