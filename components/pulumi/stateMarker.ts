import type { JsonObject } from "../../mesh/common/json";
import * as pulumi from "./sdk";

/**
 * A marker in Pulumi's state with no object in the cluster. Other resources depend on it instead
 * of on each object of a control plane.
 */
export class StateMarker extends pulumi.CustomResource {
  /** @param name the same in each run */
  constructor(name: string, input: JsonObject, opts: pulumi.CustomResourceOptions) {
    super("pulumi:index:Stash", name, { input, output: undefined }, opts);
  }
}
