import type { Cluster } from "../../adapters/cluster/cluster";
import { getObject } from "../../adapters/cluster/objects";
import { isObject, type Json } from "../../mesh/common/json";
import { identityOf, type K8sObject, objectTitle } from "../../mesh/k8s/objects";
import { getPath } from "../../mesh/k8s/path";
import type { GatewayKind } from "../../mesh/model/gatewayInputs";
import { balancerAddress } from "../../mesh/snapshot/services";
import type { ClusterSession } from "../pulumi/clusterSession";
import { takesHooks } from "../pulumi/hooks";
import { orWarn } from "../pulumi/orWarn";
import * as pulumi from "../pulumi/sdk";

/** The resource of a Service. */
export type ServiceResource = pulumi.CustomResource & { readonly status: pulumi.Output<Json> };

/** The Service of a gateway, as an output of a component. */
export interface GatewayServiceOutput {
  /** The name of the Service. */
  readonly name: string;
  /** The namespace of the Service. */
  readonly namespace: string;
  /** `LoadBalancer`, `ClusterIP` or `NodePort`. */
  readonly type: string;
  /** The Service's name in the cluster's DNS, such as `istio-ingressgateway.istio-gateways.svc`. */
  readonly host: string;
  /** The ports that clients use. */
  readonly ports: readonly {
    /** The name of the port. */
    readonly name: string;
    /** The number of the port. */
    readonly port: number;
  }[];
}

/** A gateway of a mesh, either typed or from an overlay, as an output of a component. */
export interface MeshGateway {
  /** The name of its Service. */
  readonly name: string;
  /** The namespace of its Service and its pods. */
  readonly namespace: string;
  readonly kind: GatewayKind;
  /** The revisions, tags or channels of its pods, as labels name them. */
  readonly revisions: readonly string[];
  readonly service: GatewayServiceOutput;
  /**
   * The IP address or host name of the load balancer. Unknown in a preview that creates the
   * Service. `undefined` if there is no load balancer, and until it has an address.
   */
  readonly address: string | undefined;
}

/** A gateway whose address is still an Output. */
export type PendingGateway = Omit<MeshGateway, "address"> & {
  readonly address: pulumi.Output<string | undefined>;
};

/** Returns the facts about a gateway's Service that programs use. */
export function serviceOutput(service: K8sObject): GatewayServiceOutput {
  const { name, namespace } = identityOf(service);
  const ports = getPath(service, "spec.ports");
  return {
    name,
    namespace,
    type: String(getPath(service, "spec.type") ?? "ClusterIP"),
    host: `${name}.${namespace}.svc`,
    ports: (Array.isArray(ports) ? ports.filter(isObject) : []).map((port) => ({
      name: String(port.name ?? ""),
      port: Number(port.port),
    })),
  };
}

/** Returns the address that a Service has in the cluster now. */
function liveAddress(cluster: Cluster, service: K8sObject): Promise<string | undefined> {
  const { name, namespace } = identityOf(service);
  const path = `/api/v1/namespaces/${namespace}/services/${name}`;
  const ask = async () => balancerAddress((await getObject(cluster, path))?.status);
  return orWarn(ask, undefined, `the address of ${objectTitle(service)} is not known`);
}

/**
 * Returns the address of a gateway's load balancer from the Service's status in Pulumi's state.
 * The update does not wait for load balancers, so the state is usually older than the address. In
 * that case the cluster is asked.
 *
 * - Unknown in a preview that creates the Service.
 * - `undefined` if there is no load balancer (other types of Service, manifests), and until it has
 *   an address. A reserved address exists from the beginning.
 *
 * @param session where the Service goes; without a cluster only the state is looked at
 */
export function serviceAddress(
  resource: ServiceResource,
  service: K8sObject,
  session: ClusterSession,
): pulumi.Output<string | undefined> {
  if (getPath(service, "spec.type") !== "LoadBalancer") {
    return pulumi.output(undefined);
  }
  const given = getPath(service, "spec.loadBalancerIP");
  const reserved = typeof given === "string" ? given : undefined;
  const address = session.where().then((target): unknown =>
    target?.kind === "render"
      ? reserved
      : resource.status.apply(async (status) => {
          const known = balancerAddress(status) ?? reserved;
          // A unit test with Pulumi's mocks must not query a cluster.
          const cluster = takesHooks() ? await session.cluster() : undefined;
          return known ?? (cluster && (await liveAddress(cluster, service)));
        }),
  );
  return pulumi.output(address) as pulumi.Output<string | undefined>;
}
