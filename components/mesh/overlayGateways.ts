import { overlayGatewayFacts } from "../../mesh/gateway/overlayGateway";
import { revisionLabel } from "../../mesh/k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { gatewayTitle, type MeshFacts, type OverlayGatewayFacts } from "../../mesh/model/facts";
import type { RenderedComponent } from "../../mesh/render/render";
import { GatewayGuard } from "../guards/gatewayGuard";
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
import { protectedIf } from "../pulumi/protectedIf";
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

function factsIn({ mesh, inputs }: SharedMesh, rendered: readonly RenderedComponent[]) {
  return overlayGatewayFacts(rendered, inputs ?? {}, mesh?.namespace ?? "");
}

const titleOf = (object: K8sObject) => gatewayTitle(identityOf(object));

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
    const { mesh } = shared;
    const given = await Promise.all(this.watched.map((component) => shared.render(component)));
    const gateways = factsIn(shared, given.flat());
    const isProtected = (object: K8sObject) =>
      object.kind === "Service" &&
      gateways.some((own) => own.protect && gatewayTitle(own) === titleOf(object));
    const made: Made[] = [];
    for (const component of this.watched) {
      const data = await this.registerRendered(name, shared, component, { isProtected });
      made.push(...data.made);
    }
    const revision = revisionLabel(mesh?.revision ?? "");
    this.described = gateways.flatMap((own) => this.describe(own, made, revision));
    for (const own of gateways) {
      this.guard(name, own, given.flat(), made);
    }
    const outputs = hiddenIf(shared.sensitive, { gateways: this.described });
    return { objects: made.map(({ object }) => object), outputs };
  }

  protected override factsAlone(
    shared: SharedMesh,
    rendered: readonly RenderedComponent[],
  ): Partial<MeshFacts> {
    return { overlayGateways: factsIn(shared, rendered) };
  }

  /** Protects the pods of a gateway together with its Service. */
  private guard(
    name: string,
    gateway: OverlayGatewayFacts,
    rendered: readonly RenderedComponent[],
    made: readonly Made[],
  ): void {
    const isService = ({ kind }: K8sObject) => kind === "Service";
    const all = rendered.find(({ objects }) =>
      objects.some((object) => isService(object) && titleOf(object) === gatewayTitle(gateway)),
    );
    const titles = (all?.objects ?? []).map(objectTitle);
    const own = made.filter(({ object }) => titles.includes(objectTitle(object)));
    // Another stack may own the gateway. Its guard is there then.
    if (own.some(({ object }) => isService(object))) {
      new GatewayGuard(`${name}:${gatewayTitle(gateway)}:guard`, gateway, {
        parent: this,
        dependsOn: this.after(...own.map(({ resource }) => resource)),
        ...protectedIf(gateway.protect),
      });
    }
  }

  /** The gateways, while their addresses are Outputs. @internal */
  async pending(): Promise<readonly PendingGateway[]> {
    await this.getData();
    return this.described;
  }

  private describe(
    gateway: OverlayGatewayFacts,
    made: readonly Made[],
    revision: string,
  ): PendingGateway[] {
    const { name, namespace, kind } = gateway;
    return made
      .filter(
        ({ object }) => object.kind === "Service" && titleOf(object) === gatewayTitle(gateway),
      )
      .map(({ object, resource }) => ({
        name,
        namespace,
        kind,
        revisions: [revision],
        service: serviceOutput(object),
        address: serviceAddress(resource as ServiceResource, object, this.session),
      }));
  }
}

/**
 * The gateways that overlays and profiles declare (`components.ingressGateways` and
 * `components.egressGateways`), rendered from Istio's own gateway charts.
 *
 * @throws ResourceError with everything that is wrong with the inputs; nothing is created then
 * @example
 * const gateways = new OverlayGateways("gateways", { version: "1.31.0" }, { dependsOn: istiod });
 * export const address = gateways.gateways[0].address;
 * @see https://istio.io/latest/docs/reference/config/istio.operator.v1alpha1/ (charts `gateways/istio-ingress` and `gateways/istio-egress`)
 */
export class OverlayGateways extends OverlayGatewaysPart {
  constructor(name: string, args: OverlayGatewaysArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, { args }, opts);
  }
}
