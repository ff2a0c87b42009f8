import { revisionLabel } from "../../mesh/k8s/istioLabels";
import { identityOf } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import {
  type Made,
  MeshPart,
  type MeshSource,
  type PartArgs,
  type PartData,
  type SharedMesh,
} from "../objects/meshPart";
import { ClusterSession } from "../pulumi/clusterSession";
import { hiddenIf } from "../pulumi/outputs";
import type * as pulumi from "../pulumi/sdk";
import {
  type MeshGateway,
  type PendingGateway,
  type ServiceResource,
  serviceAddress,
  serviceOutput,
} from "./gatewayAddress";

/** The inputs of the gateways of overlays, each of which may be an Output. */
export type OverlayGatewaysArgs = PartArgs;

/** The label of an east-west gateway in Istio's samples and charts. */
const EAST_WEST = "eastwestgateway";

/** The gateways of a mesh's overlays. Programs create {@link OverlayGateways}. @internal */
export class OverlayGatewaysPart extends MeshPart {
  /** The gateways with their Services and addresses. */
  readonly gateways: pulumi.Output<MeshGateway[]>;
  protected override readonly outputNames = ["gateways"];
  protected override readonly watched = ["ingressGateways", "egressGateways"] as const;
  private session = new ClusterSession(undefined);
  private described: readonly PendingGateway[] = [];

  constructor(name: string, source: MeshSource, opts: pulumi.ComponentResourceOptions | undefined) {
    super("servicemesh:index:OverlayGateways", name, source, opts);
    this.gateways = this.partOutput("gateways");
  }

  protected override async create(name: string, shared: SharedMesh): Promise<PartData> {
    this.session = shared.session ?? this.session;
    const ingress = await this.registerRendered(name, shared, "ingressGateways");
    const egress = await this.registerRendered(name, shared, "egressGateways");
    const made = [...ingress.made, ...egress.made];
    const revision = revisionLabel(shared.mesh?.revision ?? "");
    this.described = [
      ...this.describe(ingress.made, "ingress", revision),
      ...this.describe(egress.made, "egress", revision),
    ];
    const outputs = hiddenIf(shared.sensitive, { gateways: this.described });
    return { objects: made.map(({ object }) => object), outputs };
  }

  /** The gateways, while their addresses are Outputs. @internal */
  async pending(): Promise<readonly PendingGateway[]> {
    await this.getData();
    return this.described;
  }

  private describe(
    made: readonly Made[],
    kind: "ingress" | "egress",
    revision: string,
  ): PendingGateway[] {
    const { session } = this;
    return made
      .filter(({ object }) => object.kind === "Service")
      .map(({ object, resource }) => ({
        name: identityOf(object).name,
        namespace: identityOf(object).namespace,
        kind: getPath(object, "metadata.labels.istio") === EAST_WEST ? "east-west" : kind,
        revisions: [revision],
        service: serviceOutput(object),
        address: serviceAddress(resource as ServiceResource, object, session),
      }));
  }
}

/**
 * The gateways that overlays and profiles declare (`components.ingressGateways` and
 * `components.egressGateways`), rendered from Istio's own gateway charts.
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const gateways = new OverlayGateways("gateways", { version: "1.29.1" }, { dependsOn: istiod });
 * export const address = gateways.gateways[0].address;
 * @see https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/ (charts `gateways/istio-ingress` and `gateways/istio-egress`)
 */
export class OverlayGateways extends OverlayGatewaysPart {
  constructor(name: string, args: OverlayGatewaysArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts);
  }
}
