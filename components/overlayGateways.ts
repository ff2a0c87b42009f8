import {
  type MeshArgs,
  MeshPart,
  type MeshSource,
  type PartData,
  type SharedMesh,
} from "./meshPart";
import type * as pulumi from "./sdk";

/**
 * The gateways that overlays and profiles declare (`components.ingressGateways` and
 * `components.egressGateways`), from Istio's own gateway charts.
 *
 * @example
 * const gateways = new OverlayGateways("gateways", { version: "1.29.1" }, { dependsOn: istiod });
 * @see Istio's charts `gateways/istio-ingress` and `gateways/istio-egress`
 */
export class OverlayGateways extends MeshPart {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("servicemesh:index:OverlayGateways", name, args as MeshSource, opts);
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    const ingress = await this.registerRendered(name, shared, "ingressGateways");
    const egress = await this.registerRendered(name, shared, "egressGateways");
    return { objects: [...ingress.objects, ...egress.objects] };
  }
}
