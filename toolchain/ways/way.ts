import type { Tool } from "../catalog";
import type { Context } from "../context";

/** One way to provide a tool; it leaves the tool complete or throws an Error that says why not. */
export interface Way {
  /** How messages name it. */
  readonly name: string;
  readonly run: (context: Context, tool: Tool) => Promise<void>;
}

export interface OfficialWay extends Way {
  /** True when it runs the Pulumi CLI, so that it comes after the CLI's official way. */
  readonly needsCli?: boolean;
  /** Why there is no use in trying, or undefined when there is. */
  readonly obstacle: (context: Context) => string | undefined;
}

/** The ways for a kind of tool, one at least. The official one is tried first. */
export interface Ways {
  readonly official?: OfficialWay;
  readonly go?: Way;
}
