import type { Tool } from "../catalog";
import type { SetupContext } from "../context";

/**
 * One way to provide a tool. It either leaves the tool complete or throws an Error with the
 * reason.
 */
export interface Installer {
  /** Its name in messages. */
  readonly name: string;
  readonly run: (context: SetupContext, tool: Tool) => Promise<void>;
}

export interface OfficialInstaller extends Installer {
  /** Whether it runs the Pulumi CLI, and so must come after the CLI's official installer. */
  readonly needsCli?: boolean;
  /** Returns why it is useless to try, or undefined if it is not. */
  readonly obstacle: (context: SetupContext) => string | undefined;
}

/** The installers for a kind of tool, at least one. The official one is tried first. */
export interface Installers {
  readonly official?: OfficialInstaller;
  readonly go?: Installer;
}
