import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { overlayLibrary } from "../adapters/overlays";
import { formatProblem, type Problem } from "../mesh/common/problem";
import type { GkeInputs } from "../mesh/model/gkeInputs";
import type { StackTarget } from "../mesh/model/target";
import type { UpgradeInputs } from "../mesh/model/upgradeInputs";
import { readStackConfig, stackFile, stackProblems } from "../mesh/plan/stackConfig";
import * as pulumi from "./pulumi/sdk";
import type { ServiceMeshArgs } from "./serviceMesh/serviceMesh";

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

/**
 * The upgrade of the current stack's configuration (`mesh:upgrade`), for programs that write the other
 * inputs themselves. With it, `mesh upgrade` can take such a program from stage to stage.
 *
 * @returns `undefined` if the stack has no `mesh:upgrade`
 * @throws RunError if the value is not a map
 * @example
 * new ServiceMesh("mesh", { version: "1.30.4", revision: "1-30-4", upgrade: stackUpgrade() });
 */
export function stackUpgrade(): ServiceMeshArgs["upgrade"] {
  const runtime = pulumi.config as unknown as ConfigRuntime;
  const text = runtime.allConfig()["mesh:upgrade"];
  if (text === undefined) {
    return undefined;
  }
  const { inputs, problems } = readStackConfig({ "mesh:upgrade": text }, pulumi.getStack());
  const own = problems.filter(({ path }) => path.startsWith("mesh:upgrade"));
  const isSecret = runtime.isConfigSecret("mesh:upgrade");
  if (own.length > 0) {
    const shown = own.map((problem) =>
      formatProblem(isSecret ? { ...problem, value: undefined } : problem),
    );
    throw new pulumi.RunError(`the stack configuration is not valid:\n${shown.join("\n")}`);
  }
  return isSecret ? pulumi.secret(inputs.upgrade as UpgradeInputs) : inputs.upgrade;
}

/** What a stack's configuration describes. */
export type StackInputs = ServiceMeshArgs & {
  readonly gke?: GkeInputs;
  readonly target: StackTarget;
};

/** Returns whether a path is a folder, or a folder can be made there: the nearest thing above it is one. */
function canBeFolder(path: string): boolean {
  // Node.js 20 throws ENOTDIR when a file stands above the path; newer ones return undefined.
  const found = existsSync(path) ? statSync(path) : undefined;
  const above = dirname(path);
  return found?.isDirectory() ?? (above === path || canBeFolder(above));
}

/** A folder for manifests may be missing, but not be something else. */
function folderProblems(target: StackTarget, stack: string): Problem[] {
  if (target.kind !== "render" || target.directory === "") {
    return [];
  }
  return canBeFolder(target.directory)
    ? []
    : [
        {
          source: stackFile(stack),
          path: "mesh:renderDirectory",
          value: target.directory,
          reason: "is no folder",
          allowed: "a folder, or a path where nothing is yet",
          fix: "name another one",
        },
      ];
}

/** The mesh of the configuration, and what is around it. @throws RunError as {@link stackArgs} */
export function stackInputs(): StackInputs {
  const runtime = pulumi.config as unknown as ConfigRuntime;
  const all = runtime.allConfig();
  const read = readStackConfig(all, pulumi.getStack());
  const { inputs, target, gke } = read;
  const problems = [
    ...stackProblems(read, overlayLibrary()),
    ...folderProblems(target, pulumi.getStack()),
  ];
  if (problems.length > 0) {
    // Any of them may quote a secret.
    const isSensitive = Object.keys(all).some((key) => runtime.isConfigSecret(key));
    const lines = problems
      .map((problem) => formatProblem(isSensitive ? { ...problem, value: undefined } : problem))
      .join("\n");
    throw new pulumi.RunError(`the stack configuration is not valid:\n${lines}`);
  }
  const wrapped = Object.entries(inputs).map(([key, value]) => [
    key,
    runtime.isConfigSecret(`mesh:${key}`) ? pulumi.secret(value) : value,
  ]);
  return { ...Object.fromEntries(wrapped), target, ...(gke && { gke }) } as StackInputs;
}
