import { isComplete } from "./catalog";
import { planOf, reportOf } from "./plan";
import type { SetupOptions, SetupReport } from "./types";

export { SetupError, SetupInterrupted, SetupUsageError } from "./errors";
export { extraSets } from "./extraSets";
export { chartsFolder, extraProgram, pulumiProgram } from "./paths";
export type * from "./types";
export { versions } from "./versions";

/**
 * Provides the tools this project works with: the Pulumi CLI, the Kubernetes provider, Istio's
 * charts, and the extra sets that are asked for. What is there already is left as it is; when
 * all of it is, this costs a few file look-ups and starts no program.
 *
 * For each tool the official release is tried first, then a build from Go modules, which
 * takes minutes and needs Go. The user's Pulumi login, stacks and PATH are not touched. A
 * second run at the same time waits for the first.
 *
 * @throws SetupError with all that could not be provided, and why
 * @throws SetupInterrupted after a signal to the process or an abort of `options.signal`;
 *   programs it started have ended by then
 * @throws SetupUsageError for an extra set or an Istio version that is not known
 * @example
 * const { home } = await setup({ with: ['istioctl'], istio: ['1.29.1'] });
 */
export async function setup(options: SetupOptions = {}): Promise<SetupReport> {
  const plan = planOf(options);
  if (plan.tools.every(isComplete)) {
    return reportOf(plan, new Map());
  }
  // Loaded only now, for it brings in programs and locks. `require` and not `import()`, which
  // does not find TypeScript where only `require` is taught to.
  const { provide } = require("./provide") as typeof import("./provide");
  return provide(plan, options);
}
