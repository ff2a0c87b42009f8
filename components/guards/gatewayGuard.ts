import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import type * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";

/**
 * Protects all resources of a gateway. It depends on the pods and on the Service, so Pulumi deletes
 * it before them. While it is protected, Pulumi deletes none of them. If only the Service were
 * protected, Pulumi would refuse to delete it after it has deleted the pods.
 *
 * A marker in Pulumi's state, with no object in the cluster.
 */
export class GatewayGuard extends StateMarker {
  /** @param name the same in each run */
  constructor(
    name: string,
    { namespace, name: gateway }: Pick<GatewayInputs, "name" | "namespace">,
    opts: pulumi.CustomResourceOptions,
  ) {
    super(name, { gateway: `${namespace}/${gateway}` }, opts);
  }
}
