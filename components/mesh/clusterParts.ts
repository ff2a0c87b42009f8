import type { ClusterPart } from "../../mesh/model/component";
import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";
import type { TargetInput } from "../pulumi/target";
import { OverlayGatewaysPart } from "./overlayGateways";

/** The CNI plugin of a mesh. Programs create {@link Cni}. @internal */
class CniPart extends MeshPart {
  constructor(name: string, source: MeshSource, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Cni", name, source, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "cni");
  }
}

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
export class Cni extends CniPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts);
  }
}

/** The node proxy of a mesh. Programs create {@link Ztunnel}. @internal */
class ZtunnelPart extends MeshPart {
  constructor(name: string, source: MeshSource, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:Ztunnel", name, source, opts);
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, "ztunnel");
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
export class Ztunnel extends ZtunnelPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts);
  }
}

/** Registers a part of which a cluster has one. */
type CreatePart = (
  name: string,
  source: MeshSource,
  opts: pulumi.ComponentResourceOptions,
  target: TargetInput | undefined,
) => MeshPart;

/** Every part of which a cluster has one, after the control planes. */
export const CLUSTER_PARTS: { readonly [Part in ClusterPart]: CreatePart } = {
  cni: (name, source, opts) => new CniPart(name, source, opts),
  ztunnel: (name, source, opts) => new ZtunnelPart(name, source, opts),
  gateways: (name, source, opts, target) => new OverlayGatewaysPart(name, source, opts, target),
};
