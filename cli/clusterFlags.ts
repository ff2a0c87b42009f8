import type { Command } from "commander";
import { type Cluster, type ClusterTarget, openCluster } from "../adapters/cluster/cluster";
import { loadConfig } from "../adapters/cluster/kubeconfig";
import { LOGIN_FIX } from "../adapters/pulumi/command";
import { collecting, InvalidInput, type Problem, throwIfAny } from "../mesh/common/problem";
import { clusterOfContext } from "../mesh/gke/kubeconfig";
import { stackCluster } from "../mesh/plan/stackConfig";
import {
  hasStack,
  isEncrypted,
  type ReadStack,
  readStack,
  type StackFlags,
  targetOf,
} from "./stack";

/** The flags that {@link clusterOf} reads. */
export interface ClusterFlags extends StackFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/**
 * Adds `--kubeconfig` and `--context`.
 *
 * @param when a text before the default in the help, for a command that does not always use a cluster
 * @example withClusterFlags(new Command("diff"), "with --cluster: ")
 */
export function withClusterFlags(command: Command, when = ""): Command {
  return command
    .option("--kubeconfig <file>", `${when}kubeconfig to use (default: the stack's, or kubectl's)`)
    .option("--context <name>", `${when}context of it (default: the stack's, or the current one)`);
}

/**
 * Returns which cluster a command looks at: the context, the address of the API server, and for a
 * context that gcloud has written the project.
 *
 * @throws InvalidInput if the kubeconfig leads to no cluster
 * @example clusterTitle({ kind: "cluster", context: "gke_shop_europe-west1_main" })
 * // "context gke_shop_europe-west1_main (https://203.0.113.9), cluster main of project shop in europe-west1"
 */
export function clusterTitle(target: ClusterTarget): string {
  const config = loadConfig(target);
  const context = config.getCurrentContext() ?? "";
  const gke = clusterOfContext(context);
  const place =
    gke === undefined
      ? ""
      : `, cluster ${gke.cluster} of project ${gke.project} in ${gke.location}`;
  return `context ${context} (${config.getCurrentCluster()?.server})${place}`;
}

/** Says on the error stream which cluster a command looks at, for people who read its text. */
export function tellCluster(target: ClusterTarget, output: string): void {
  if (output === "text") {
    process.stderr.write(`looking at ${clusterTitle(target)}\n`);
  }
}

function encrypted({ configuration }: ReadStack, key: string, flag: string): never {
  const path = `mesh:${key}`;
  const reason = "is encrypted, and Pulumi could not decrypt it";
  const fix = `${flag}; or ${LOGIN_FIX}`;
  throw new InvalidInput([{ source: configuration.file, path, reason, fix }]);
}

/**
 * Returns the cluster that a command uses. `--kubeconfig` takes precedence, and the stack's
 * context is then ignored. `--context` alone names a context of the stack's kubeconfig. Without a
 * stack, or with a stack that renders to a folder, the cluster is the one that kubectl would use.
 *
 * @throws InvalidInput if the stack's configuration cannot be read
 * @example clusterOf({ stack: "prod", context: "other" })
 */
export function clusterOf(flags: ClusterFlags): ClusterTarget {
  const { kubeconfig, context } = flags;
  if (!hasStack(flags) || kubeconfig !== undefined) {
    return { kind: "cluster", kubeconfig, context };
  }
  const stack = readStack(flags);
  const own = stackCluster({ ...stack, target: targetOf(stack) });
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
 * Connects to the cluster that a command uses, before it fetches charts, and says which one that is.
 *
 * @param check finds what is wrong with the command's other input
 * @throws InvalidInput with everything that is wrong with that input and with the kubeconfig
 */
export function openChecked(
  flags: ClusterFlags & { readonly output: string },
  check: () => void,
): Cluster {
  const problems: Problem[] = [];
  collecting(problems, check);
  const opened = collecting(problems, () => {
    const target = clusterOf(flags);
    return { target, cluster: openCluster(target) };
  });
  throwIfAny(problems);
  const { target, cluster } = opened as NonNullable<typeof opened>;
  tellCluster(target, flags.output);
  return cluster;
}
