import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import {
  type ChartSource,
  Gateway,
  MeshNamespace,
  PeerAuthentication,
  RevisionTag,
  ServiceMesh,
  type Target,
} from "pulumi-service-mesh";

export interface ShopMeshArgs {
  /** Version of Istio, such as `1.31.0`. */
  readonly version: string;
  /** The cluster, or a folder for manifests. */
  readonly target: Target;
  /** Pods of the ingress gateway. @default 2 */
  readonly replicas?: Input<number>;
  /** Where Istio's charts are. @default Istio's official Helm repository */
  readonly charts?: ChartSource;
}

/** The mesh of a shop: a control plane behind the tag `stable`, a gateway, and strict mutual TLS. */
export class ShopMesh extends ComponentResource {
  readonly mesh: ServiceMesh;
  readonly tag: RevisionTag;
  readonly gateway: Gateway;
  readonly namespace: MeshNamespace;
  readonly address: Output<string | undefined>;

  constructor(name: string, args: ShopMeshArgs, opts?: ComponentResourceOptions) {
    super("shop:index:Mesh", name, {}, opts);
    const { version, target, replicas = 2, charts } = args;
    const revision = version.replaceAll(".", "-");
    this.mesh = new ServiceMesh(
      `${name}-mesh`,
      { version, revision, charts, target, profile: "minimal" },
      { parent: this },
    );
    const { provider } = this.mesh;
    const after = (dependsOn: Resource) => ({ parent: this, provider, dependsOn });
    this.tag = new RevisionTag(
      `${name}-stable`,
      { tag: "stable", revision, version, charts },
      after(this.mesh),
    );
    this.gateway = new Gateway(
      `${name}-ingress`,
      { name: "ingress", namespace: "shop-ingress", replicas, revisions: [{ revision }] },
      after(this.mesh),
    );
    this.namespace = new MeshNamespace(
      `${name}-namespace`,
      { namespace: "shop", revision: this.tag.tag, create: true, target },
      after(this.tag),
    );
    new PeerAuthentication(
      `${name}-mtls`,
      { namespace: this.namespace.namespace, mode: "STRICT" },
      after(this.namespace),
    );
    this.address = this.gateway.address;
    this.registerOutputs({ address: this.address });
  }
}
