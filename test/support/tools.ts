import { join } from "node:path";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder, extraProgram, pulumiProgram } from "../../toolchain/setup";
import { NEWEST, PREVIOUS } from "../../toolchain/versions";
import { setFor } from "../cluster/kubernetes";
import { copyOfHome } from "./home";

/** The project's folder. */
export const ROOT = join(__dirname, "..", "..");

/** Where the tools are that the tests run. */
export interface Tools {
  /** PULUMI_HOME, which is the tests' own. */
  readonly home: string;
  readonly pulumi: string;
  /** Istio's manifests folder. */
  readonly manifests: string;
  /** The folder that has such folders by version. */
  readonly charts: string;
}

/** `istioctl` of the version that most tests use; {@link ISTIOCTL} provides it. */
export const istioctlProgram = () => extraProgram(`istioctl-${NEWEST}`);

/** The set of tools that has `istioctl` of the versions that are compared. */
export const ISTIOCTL = ["istioctl"] as const;

async function provide(sets: readonly string[]): Promise<Tools> {
  const { home } = await setupProject({
    istio: [PREVIOUS, NEWEST],
    with: [setFor("cluster"), "kubectl", ...sets],
  });
  return {
    home: copyOfHome(home),
    pulumi: pulumiProgram({ home }),
    manifests: chartsFolder(NEWEST),
    charts: join(chartsFolder(NEWEST), ".."),
  };
}

/**
 * The tools: Pulumi, its provider, Istio's charts, and what a cluster that kwok plays needs. Where they
 * are missing this takes minutes, so a `before` that calls it has no limit.
 *
 * @param sets further sets of tools
 * @example
 * before(async function () {
 *   tools = await toolsFor(this);
 * });
 */
export function toolsFor(context: Mocha.Context, sets: readonly string[] = []): Promise<Tools> {
  context.timeout(0);
  return provide(sets);
}
