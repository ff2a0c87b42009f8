import { join } from "node:path";
import { setupProject } from "../../toolchain/officialCharts";
import { chartsFolder, extraProgram, pulumiProgram } from "../../toolchain/setup";

/** The project's folder. */
export const ROOT = join(__dirname, "..", "..");

/** Istio version that the tests on real charts use. */
export const ISTIO = "1.29.1";

/** The version that a mesh is upgraded from. */
export const PREVIOUS = "1.28.2";

/** Where the tools are that the tests run. */
export interface Tools {
  /** PULUMI_HOME. */
  readonly home: string;
  readonly pulumi: string;
  readonly istioctl: string;
  /** Istio's manifests folder. */
  readonly manifests: string;
  /** The folder that has such folders by version. */
  readonly charts: string;
}

let provided: Promise<Tools> | undefined;

async function provide(): Promise<Tools> {
  const { home } = await setupProject({
    istio: [PREVIOUS, ISTIO],
    with: ["istioctl", `istioctl-${PREVIOUS}`, "cluster"],
  });
  return {
    home,
    pulumi: pulumiProgram({ home }),
    istioctl: extraProgram(`istioctl-${ISTIO}`),
    manifests: chartsFolder(ISTIO),
    charts: join(chartsFolder(ISTIO), ".."),
  };
}

/**
 * The tools, set up once a run. Where they are missing this takes minutes, so a `before` that calls
 * it has no limit.
 *
 * @example
 * before(async function () {
 *   tools = await toolsFor(this);
 * });
 */
export function toolsFor(context: Mocha.Context): Promise<Tools> {
  context.timeout(0);
  provided ??= provide();
  return provided;
}
