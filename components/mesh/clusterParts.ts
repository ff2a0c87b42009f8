import type { ClusterPart, ComponentName } from "../../mesh/model/component";
import {
  MeshPart,
  type MeshSource,
  type PartArgs,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import type * as pulumi from "../pulumi/sdk";
import { OverlayGatewaysPart } from "./overlayGateways";

/** The type tokens of the parts that are one chart each. */
const TOKENS = { cni: "servicemesh:index:Cni", ztunnel: "servicemesh:index:Ztunnel" } as const;

/** A part that is one chart. Programs create {@link Cni} and {@link Ztunnel}. @internal */
class ChartPart extends MeshPart {
  protected override readonly watched: readonly ComponentName[];

  constructor(
    private readonly component: keyof typeof TOKENS,
    name: string,
    source: MeshSource,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(TOKENS[component], name, source, opts);
    this.watched = [component];
  }

  protected override create(name: string, shared: SharedMesh): Promise<PartData> {
    return this.registerRendered(name, shared, this.component);
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
 * const cni = new Cni("istio-cni", { version: "1.31.0", cni: { environment: "gke" } }, { dependsOn: istiod });
 * @see https://istio.io/latest/docs/setup/install/helm/ (chart `cni`)
 */
export class Cni extends ChartPart {
  constructor(name: string, args: PartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("cni", name, { args }, opts);
  }
}

/**
 * The node proxy of ambient mode. A cluster has one, and it comes after the CNI plugin.
 *
 * Outside a `ServiceMesh`, this component does not ask the cluster who else needs its objects, so
 * deleting the stack deletes them. A `ServiceMesh` asks the cluster first.
 *
 * @example
 * const ztunnel = new Ztunnel("ztunnel", { version: "1.31.0", profile: "ambient" }, { dependsOn: cni });
 * @see https://istio.io/latest/docs/ambient/install/helm/ (chart `ztunnel`)
 */
export class Ztunnel extends ChartPart {
  constructor(name: string, args: PartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ztunnel", name, { args }, opts);
  }
}

/** Registers a part of which a cluster has one. */
type CreatePart = (
  name: string,
  source: MeshSource,
  opts: pulumi.ComponentResourceOptions,
) => MeshPart;

/** Every part of which a cluster has one, after the control planes. */
export const CLUSTER_PARTS: { readonly [Part in ClusterPart]: CreatePart } = {
  cni: (name, source, opts) => new ChartPart("cni", name, source, opts),
  ztunnel: (name, source, opts) => new ChartPart("ztunnel", name, source, opts),
  gateways: (name, source, opts) => new OverlayGatewaysPart(name, source, opts),
};
