import { parseArgs } from "node:util";
import { versions } from "../../toolchain/versions";
import { KUBERNETES, KUBERNETES_VARIABLE } from "../cluster/kubernetes";
import { planJobs } from "./plan";
import { TestRun } from "./testRun";

/** Versions of Kubernetes that can be asked for. */
function otherKubernetes(): string[] {
  const { default: usual, ...others } = versions.kubernetes;
  return Object.values(others).filter((version) => version !== usual);
}

/** The version of Kubernetes for all jobs, which is told to them by the environment. */
function chosenKubernetes(version: string = KUBERNETES): string {
  const known = Object.values(versions.kubernetes);
  if (!known.includes(version)) {
    throw new Error(`--kubernetes ${version}: this must be one of ${known.join(", ")}`);
  }
  process.env[KUBERNETES_VARIABLE] = version;
  return version;
}

const USAGE = `Usage: npm test -- [OPTIONS] [FILE...]

Checks format, lint and types, and runs the tests: two jobs side by side, each test file on a cluster
in a process of its own, and what fails on a cluster once more.

  FILE            only these test files, or all files of these folders; one file is not tried again
  --e2e           also the tests on a real node, one after the other
  --kubernetes V  clusters of this version, in place of ${versions.kubernetes.default}: there are
                  ${otherKubernetes().join(" and ")}
  --minutes N     what the run may take; files that do not fit in are not run, and named at the end
  --started TIME  when the run began, in seconds since 1970; --minutes counts from then
  --starter PID   a process with which the run ends
  --summary FILE  a file that gets the summary too`;

function numberOf(text: string | undefined, flag: string): number | undefined {
  const number = text === undefined ? undefined : Number(text);
  if (Number.isNaN(number)) {
    throw new Error(`${flag} ${text}: this must be a number`);
  }
  return number;
}

async function main(): Promise<number> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseArgs({
    options: {
      e2e: flag,
      kubernetes: text,
      minutes: text,
      started: text,
      starter: text,
      summary: text,
      help: { ...flag, short: "h" },
    },
    allowPositionals: true,
  });
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  const run = new TestRun({
    minutes: numberOf(values.minutes, "--minutes"),
    started: numberOf(values.started, "--started"),
    starter: numberOf(values.starter, "--starter"),
    summaryFile: values.summary,
  });
  return run.run(
    planJobs({
      e2e: values.e2e,
      files: positionals,
      kubernetes: chosenKubernetes(values.kubernetes),
    }),
  );
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    // Jobs that run still do not hold this process: the reaper ends them.
    process.exit(2);
  },
);
