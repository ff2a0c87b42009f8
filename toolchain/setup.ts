import { isComplete } from "./catalog";
import { planOf, reportOf } from "./plan";
import type { SetupOptions, SetupReport } from "./types";

export { SetupError, SetupInterrupted, SetupUsageError } from "./errors";
export { extraSets } from "./extraSets";
export { chartsFolder, extraProgram, pulumiProgram } from "./paths";
export type * from "./types";
export { versions } from "./versions";

/**
 * Provides the tools of this project: the Pulumi CLI, the Kubernetes provider, Istio's charts, and
 * the requested extra sets. Tools that are already there are not changed. If all of them are, this
 * only looks at some files and starts no program.
 *
 * For each tool, it tries the official release first, and then a build from Go modules, which
 * takes minutes and needs Go. It does not change the user's Pulumi login, stacks and PATH. A
 * second run at the same time waits for the first.
 *
 * @throws SetupError with everything that could not be provided, and why
 * @throws SetupInterrupted after a signal to the process or an abort of `options.signal`; the programs that it started have ended by then
 * @throws SetupUsageError for an unknown extra set or Istio version
 * @example
 * const { home } = await setup({ with: ['istioctl'], istio: ['1.31.0'] });
 */
export async function setup(options: SetupOptions = {}): Promise<SetupReport> {
  const plan = planOf(options);
  if (plan.tools.every(isComplete)) {
    return reportOf(plan, new Map());
  }
  // Loaded only now, because it loads many other modules. `require` and not `import()`, because
  // the loader may support TypeScript only for `require`.
  const { provide } = require("./provide") as typeof import("./provide");
  return provide(plan, options);
}
