import type { Command } from "commander";
import type { ClusterTarget } from "../components/cluster";

/** What {@link withClusterFlags} reads. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * Adds `--kubeconfig` and `--context`.
 *
 * @param when goes before the default in the help, for a command that does not always ask a cluster
 * @example withClusterFlags(new Command("diff"), "with --cluster: ")
 */
export function withClusterFlags(command: Command, when = ""): Command {
  return command
    .option("--kubeconfig <file>", `${when}kubeconfig to use (default: kubectl's)`)
    .option("--context <name>", `${when}context of it (default: the current one)`);
}

/** The cluster that the flags name. */
export function clusterOf({ kubeconfig, context }: ClusterFlags): ClusterTarget {
  return { kind: "cluster", kubeconfig, context };
}
