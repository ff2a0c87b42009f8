import type { Tool } from "../catalog";
import type { SetupContext } from "../context";

/** One way to provide a tool; it leaves the tool complete or throws an Error that says why not. */
export interface Installer {
  /** How messages name it. */
  readonly name: string;
  readonly run: (context: SetupContext, tool: Tool) => Promise<void>;
}

export interface OfficialInstaller extends Installer {
  /** True when it runs the Pulumi CLI, so that it comes after the CLI's official way. */
  readonly needsCli?: boolean;
  /** Why there is no use in trying, or undefined when there is. */
  readonly obstacle: (context: SetupContext) => string | undefined;
}

/** The ways for a kind of tool, one at least. The official one is tried first. */
export interface Installers {
  readonly official?: OfficialInstaller;
  readonly go?: Installer;
}
