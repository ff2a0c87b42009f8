import type { GkeInputs } from "../mesh/gke/types";
import { formatProblem } from "../mesh/problem";
import { readStackConfig, type StackTarget } from "../mesh/stackConfig";
import * as pulumi from "./sdk";
import type { ServiceMeshArgs } from "./serviceMesh";

/** What `pulumi.Config` does not offer: a list of the keys. */
interface ConfigRuntime {
  allConfig(): Record<string, string>;
  isConfigSecret(key: string): boolean;
}

/**
 * The mesh of the current stack's configuration (`mesh:version`, `mesh:overlays` …). A secret key
 * stays a secret.
 *
 * @throws RunError with every unknown key and every value that cannot be read
 * @example
 * const mesh = new ServiceMesh("mesh", stackArgs());
 */
export function stackArgs(): ServiceMeshArgs {
  const { gke: _, ...args } = stackInputs();
  return args;
}

/** What a stack's configuration describes. */
export type StackInputs = ServiceMeshArgs & {
  readonly gke?: GkeInputs;
  readonly target: StackTarget;
};

/** The mesh of the configuration, and what is around it. @throws RunError as {@link stackArgs} */
export function stackInputs(): StackInputs {
  const runtime = pulumi.config as unknown as ConfigRuntime;
  const { inputs, target, gke, problems } = readStackConfig(runtime.allConfig(), pulumi.getStack());
  if (problems.length > 0) {
    const lines = problems.map(formatProblem).join("\n");
    throw new pulumi.RunError(`the stack configuration is not valid:\n${lines}`);
  }
  const wrapped = Object.entries(inputs).map(([key, value]) => [
    key,
    runtime.isConfigSecret(`mesh:${key}`) ? pulumi.secret(value) : value,
  ]);
  return { ...Object.fromEntries(wrapped), target, ...(gke && { gke }) } as StackInputs;
}
