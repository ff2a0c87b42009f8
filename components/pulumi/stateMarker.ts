import type { JsonObject } from "../../mesh/common/json";
import * as pulumi from "./sdk";

/** A value in Pulumi's state, of which a cluster has nothing. It stands for others in the order. */
export class StateMarker extends pulumi.CustomResource {
  /** @param name the same in each run */
  constructor(name: string, input: JsonObject, opts: pulumi.CustomResourceOptions) {
    super("pulumi:index:Stash", name, { input, output: undefined }, opts);
  }
}
