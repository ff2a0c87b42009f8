import type { ClusterPart } from "../../mesh/model/component";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";
import { OverlayGateways, type OverlayGatewaysOptions } from "./overlayGateways";

/**
 * Istio's CNI plugin on every node. A cluster has one plugin, without a revision. It comes after
 * the control plane (istio#57438).
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const cni = new Cni("istio-cni", { version: "1.29.1", cni: { environment: "gke" } }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `cni`)
 */
export class Cni extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Cni", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "cni");
  }
}

/**
 * The node proxy of ambient mode. A cluster has one, and it comes after the CNI plugin.
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const ztunnel = new Ztunnel("ztunnel", { version: "1.29.1", profile: "ambient" }, { dependsOn: cni });
 * @see https://istio.io/latest/docs/ambient/install/helm/ (chart `ztunnel`)
 */
export class Ztunnel extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Ztunnel", name, args as MeshSource, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "ztunnel");
  }
}

/** Registers a part of which a cluster has one. */
type CreatePart = (
  name: string,
  args: MeshArgs,
  opts: pulumi.ComponentResourceOptions,
  options: OverlayGatewaysOptions,
) => MeshPart;

/** Every part of which a cluster has one, after the control planes. */
export const CLUSTER_PARTS: { readonly [Part in ClusterPart]: CreatePart } = {
  cni: (name, args, opts) => new Cni(name, args, opts),
  ztunnel: (name, args, opts) => new Ztunnel(name, args, opts),
  gateways: (name, args, opts, options) => new OverlayGateways(name, args, opts, options),
};
