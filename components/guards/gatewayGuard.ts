import type { GatewayInputs } from "../../mesh/model/gatewayInputs";
import type * as pulumi from "../pulumi/sdk";
import { StateMarker } from "../pulumi/stateMarker";

/**
 * Stands before everything of a gateway: it depends on the pods and on the Service. Pulumi therefore
 * deletes it before any of them, and while it is protected, deletes none; the Service alone would be
 * refused only once the pods have gone.
 *
 * A value in Pulumi's state; the cluster has nothing of it.
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
