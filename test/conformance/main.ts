import { spawnSync } from "node:child_process";
import { Command } from "commander";
import { ROOT } from "../support/tools";

interface Options {
  readonly random: string;
  readonly seed: string;
  readonly grep?: string;
  readonly istio?: string;
}

const options = new Command("conformance")
  .description("compares what mesh and istioctl generate, object by object and field by field")
  .option("--random <number>", "random inputs for each version of istioctl", "20")
  .option("--seed <number>", "where the random inputs start", "1")
  .option("--istio <versions>", "these versions of istioctl, with commas between")
  .option("--grep <text>", "only the inputs whose names hold this")
  .parse()
  .opts<Options>();

const mocha = [
  require.resolve("mocha/bin/mocha.js"),
  ...["--no-config", "--require", "tsx/cjs", "--timeout", "120000"],
  ...(options.grep === undefined ? [] : ["--grep", options.grep]),
  "test/conformance/**/*.test.ts",
];
const { status } = spawnSync(process.execPath, mocha, {
  cwd: ROOT,
  stdio: "inherit",
  env: {
    ...process.env,
    CONFORMANCE_RANDOM: options.random,
    CONFORMANCE_SEED: options.seed,
    ...(options.istio !== undefined && { CONFORMANCE_ISTIO: options.istio }),
  },
});
process.exit(status ?? 1);
