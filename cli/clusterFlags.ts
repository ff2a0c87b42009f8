import type { Command } from "commander";
import { type Cluster, type ClusterTarget, openCluster } from "../adapters/cluster/cluster";
import { collecting, InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import { stackCluster, stackFile } from "../mesh/plan/stackConfig";
import { isEncrypted, readStack } from "./inputs";

/** What {@link clusterOf} reads. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Stack whose cluster is meant where the other two do not name one. */
  readonly stack?: string;
}

/**
 * Adds `--kubeconfig` and `--context`.
 *
 * @param when goes before the default in the help, for a command that does not always ask a cluster
 * @example withClusterFlags(new Command("diff"), "with --cluster: ")
 */
export function withClusterFlags(command: Command, when = ""): Command {
  return command
    .option("--kubeconfig <file>", `${when}kubeconfig to use (default: the stack's, or kubectl's)`)
    .option("--context <name>", `${when}context of it (default: the stack's, or the current one)`);
}

function encrypted(stack: string, key: string, flag: string): never {
  const path = `mesh:${key}`;
  const reason = "is encrypted, and only Pulumi's engine can read it";
  const fix = `${flag}; pulumi config get ${path} --stack ${stack} prints it`;
  throw new InvalidInput([{ source: stackFile(stack), path, reason, fix }]);
}

/**
 * The cluster that a command asks. `--kubeconfig` counts first, and the stack's context does not go
 * with it. `--context` alone is a context of the stack's kubeconfig. Without a stack, or with one that
 * renders to a folder, it is the cluster that kubectl would ask.
 *
 * @throws InvalidInput when the stack's configuration cannot be read
 * @example clusterOf({ stack: "prod", context: "other" })
 */
export function clusterOf({ stack, kubeconfig, context }: ClusterFlags): ClusterTarget {
  if (stack === undefined || kubeconfig !== undefined) {
    return { kind: "cluster", kubeconfig, context };
  }
  const own = stackCluster(readStack(stack));
  if (isEncrypted(own?.kubeconfig)) {
    encrypted(stack, "kubeconfig", "--kubeconfig FILE");
  }
  const chosen = context ?? own?.context;
  if (isEncrypted(chosen)) {
    encrypted(stack, "context", "--context NAME");
  }
  return { kind: "cluster", kubeconfig: own?.kubeconfig, context: chosen };
}

/**
 * Opens the cluster that a command asks, before it fetches charts.
 *
 * @param check finds what is wrong with the command's other input
 * @throws InvalidInput with what is wrong with that input and with the kubeconfig, together
 */
export function openChecked(flags: ClusterFlags, check: () => void): Cluster {
  const problems: Problem[] = [];
  collecting(problems, check);
  const cluster = collecting(problems, () => openCluster(clusterOf(flags)));
  throwIfAny(problems);
  return cluster as Cluster;
}
