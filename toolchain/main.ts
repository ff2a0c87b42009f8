import { parseArgs } from "node:util";
import { messageOf } from "./errors";
import { setupProject } from "./officialCharts";
import { extraSets, SetupInterrupted, SetupUsageError, versions } from "./setup";
import type { SetupOptions, SetupReport } from "./types";

const usage = `Usage: npx tsx toolchain/main.ts [--with SETS] [--istio VERSIONS] [--home DIR]

Provides the Pulumi CLI, the Kubernetes provider and Istio's charts.

  --with SETS       extra sets, with commas between: ${extraSets().join(", ")},
                    or one of a certain version, such as istioctl-${versions.istio.programs.at(-1)},
                    cluster-${versions.kubernetes.newest} or node-${versions.kubernetes.newest}
  --istio VERSIONS  Istio versions whose charts are wanted (default: all that are pinned)
  --home DIR        the PULUMI_HOME to put the CLI and the provider in`;

/**
 * Exit codes: 0 everything is there, 1 something could not be provided, 2 usage error, 130
 * interrupted.
 */
async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options === undefined) {
      console.log(usage);
      return 0;
    }
    console.error(summary(await setupProject(options)));
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    return exitCode(error);
  }
}

function readOptions(args: readonly string[]): SetupOptions | undefined {
  const { values } = parse(args);
  if (values.help === true) {
    return undefined;
  }
  return { with: list(values.with), istio: list(values.istio), home: values.home };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { with: text, istio: text, home: text, help: { type: "boolean", short: "h" } },
    });
  } catch (error) {
    throw new SetupUsageError(`${messageOf(error)}\n\n${usage}`);
  }
}

function list(text: string | undefined): string[] | undefined {
  return text?.split(",").filter((word) => word !== "");
}

function summary(report: SetupReport): string {
  const made = report.tools.filter((tool) => tool.source !== "present").length;
  const all = report.tools.length;
  return made === 0
    ? `set-up: all ${all} tools are there`
    : `set-up: all ${all} tools are there, ${made} of them since now (${Math.round(report.seconds)} s)`;
}

function exitCode(error: unknown): number {
  if (error instanceof SetupInterrupted) {
    return 130;
  }
  return error instanceof SetupUsageError ? 2 : 1;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
