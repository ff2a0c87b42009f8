import type { GatePolicy } from "./gateInputs";

/** How an upgrade is cut into stages, and what has to be good between them. */
export interface UpgradePolicy extends GatePolicy {
  /**
   * Name of the new control plane, with hyphens. A control plane of this name and of version
   * {@link UpgradeInputs.to} that the mesh already has is used as it is, such as one with images of
   * its own.
   * @default the version with hyphens, such as `1-31-0`
   */
  readonly revision?: string;
  /**
   * Revisions of the control planes that are replaced; `default` is Istio's default revision. Others
   * stay, with everything that names them.
   * @default all of the mesh's own control planes that are older than {@link UpgradeInputs.to}
   * @example from: ["1-30-4"]
   */
  readonly from?: readonly string[];
  /**
   * Shares of a gateway's traffic that the new control plane gets, stage by stage, in percent. Each is
   * larger than the one before. A last stage of 100 follows if it is not in the list. A gateway with
   * `traffic: active` has no shares: its new pods are ready first, and then the Service selects them.
   * @default [10, 50, 100]
   * @example weights: [1, 5, 25]
   */
  readonly weights?: readonly number[];
  /**
   * Gateways that move together, by `NAME` or `NAMESPACE/NAME`, group by group. Those in no group
   * follow one by one, in the order of the inputs.
   * @default [] (all move one by one)
   * @example gatewayGroups: [["internal"], ["web", "api"]]
   */
  readonly gatewayGroups?: readonly (readonly string[])[];
  /** Number of namespaces that move in one stage. @default 10 */
  readonly namespaceBatch?: number;
  /**
   * Namespaces that move together, by name, group by group. Those in no group follow in batches of
   * {@link namespaceBatch}, in the order of the inputs. Namespaces that name a tag move with the tag.
   * @default []
   * @example namespaceGroups: [["staging"], ["shop", "cart"]]
   */
  readonly namespaceGroups?: readonly (readonly string[])[];
  /**
   * Tags in the order in which they move, each in a stage of its own. Those that are not listed
   * follow, in the order of the inputs.
   * @default []
   * @example tags: ["canary", "stable"]
   */
  readonly tags?: readonly string[];
  /**
   * Restarts the workloads of namespaces that move and have no `restart` of their own, in batches of
   * 10. With `false` their pods keep the old proxy until somebody restarts them. The old control plane
   * is not removed before that.
   * @default true
   */
  readonly restart?: boolean;
}

/**
 * An upgrade of the whole mesh to another version, side by side and stage by stage. The other inputs
 * are those from before the upgrade, and stay as they are until its end. What the mesh is in a stage
 * follows from them.
 *
 * @example
 * upgrade: { to: "1.31.0", stage: "gateway-web-10" }
 * @see https://istio.io/latest/docs/setup/upgrade/canary/
 */
export interface UpgradeInputs {
  /** Version of Istio to which the mesh goes, such as `1.31.0`. */
  readonly to: string;
  /**
   * The stage to which the next update goes: `prepare` (nothing changes), `install`,
   * `gateway-NAME-PERCENT` or `gateways-NUMBER-PERCENT` for a group, `namespaces-NUMBER`, `tag-NAME`,
   * `tag-NAME-gateways`, `node-agents`, `remove` or `finish`. The preview says which one is next. They go
   * forward one by one. An earlier stage is the way back.
   * @default "prepare"
   */
  readonly stage?: string;
  /** How the upgrade is cut into stages. @default the defaults of {@link UpgradePolicy} */
  readonly policy?: UpgradePolicy;
}
