import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { extraSets } from "../../toolchain/setup";
import { setFor } from "../cluster/kubernetes";
import { ROOT } from "../support/tools";
import type { Job, Suite } from "./job";

const MINUTE_MS = 60_000;

/** What one test file, or one command, may take beside others. A set-up may have to build all tools. */
const LIMIT_MS = 20 * MINUTE_MS;

const SETUP_LIMIT_MS = 75 * MINUTE_MS;

/** The order in which files start: those that take longest first, and on a node last. */
export const FIRST: Readonly<Partial<Record<Suite, readonly string[]>>> = {
  engine: [
    "upgrade",
    "meshUpgrade",
    "shared",
    "leftoverWebhooks",
    "sdkVersions",
    "failures",
    "gatewaySteps",
    "injectorSwitch",
    "liveReplicas",
    "adopt",
    "precheck",
    "package",
    "story",
    "meshUpgradeWaves",
    "liveCluster",
    "removal",
  ],
  // Beside the files of the engine a node is slow: the files that take longest come after those.
  e2e: [
    "node",
    "precheck",
    "cni",
    "validate",
    "cluster",
    "killed",
    "removal",
    "noDrift",
    "faults",
    "gatewaySteps",
    "tutorial",
    "underLoad",
    "faultTable",
    "meshUpgrade",
  ],
};

const SETUP = "set-up";

/** What few test files need, and none on a real node: built last, while others run. */
const SETUP_OF_REST = "set-up of istioctl, Helm, crane, cosign and further languages";

/** Sets of tools that are provided first: most test files need them, and all on a real node. */
const FIRST_SETS: readonly string[] = ["cluster", "kubectl", "node"];

/** Files of other suites than "conformance" that need more than the first sets. */
export const NEEDS_REST: readonly string[] = [
  "test/e2e/faultTable.test.ts",
  "test/e2e/precheck.test.ts",
  "test/engine/adopt.test.ts",
  "test/engine/images.test.ts",
  "test/engine/languages.test.ts",
  "test/engine/precheckImages.test.ts",
  "test/engine/revisionTag.test.ts",
  "test/engine/signatures.test.ts",
  "test/engine/yaml.test.ts",
  "test/engine/yamlCluster.test.ts",
];

/** Beside the files of the engine, the machine has room for one node. */
const NODE_LANE = "node";

/** Once all files of the engine have started, there is room for a second one. */
const SECOND_NODE_LANE = "second node";

/** Files on the second node. None of them measures how many requests get through. */
export const ON_SECOND_NODE: readonly string[] = [
  "test/e2e/noDrift.test.ts",
  "test/e2e/faults.test.ts",
  "test/e2e/gatewaySteps.test.ts",
  "test/e2e/tutorial.test.ts",
];

export interface Wanted {
  /** Also the tests on a real node. */
  readonly e2e?: boolean;
  /** Only these test files, or all files of these folders. They provide their tools themselves. */
  readonly files?: readonly string[];
  /** The version of Kubernetes. @default that of the environment, or the usual one */
  readonly kubernetes?: string;
}

function testFiles(suite: Suite): string[] {
  const first = FIRST[suite] ?? [];
  const rank = (file: string) => {
    const index = first.findIndex((name) => file.endsWith(`/${name}.test.ts`));
    return index < 0 ? first.length : index;
  };
  const folder = join("test", suite);
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((file) => join(folder, String(file)))
    .filter((file) => file.endsWith(".test.ts"))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** All files of a suite in one process. */
function together(suite: Suite, needs?: string): Job {
  return { name: suite, suite, files: testFiles(suite), needs, limitMs: LIMIT_MS };
}

function ofOneFile(file: string, suite: Suite, needs?: string): Job {
  const lane = ON_SECOND_NODE.includes(file) ? SECOND_NODE_LANE : NODE_LANE;
  const own = suite === "e2e" ? { lane } : {};
  return { name: file, suite, files: [file], needs, limitMs: LIMIT_MS, ...own };
}

function eachFile(suite: Suite): Job[] {
  const needsOf = (file: string) =>
    suite === "conformance" || NEEDS_REST.includes(file) ? SETUP_OF_REST : SETUP;
  return testFiles(suite).map((file) => ofOneFile(file, suite, needsOf(file)));
}

function command(name: string, suite: Suite, words: Job["command"], more: Partial<Job> = {}): Job {
  return { name, suite, files: [], command: words, limitMs: LIMIT_MS, ...more };
}

function setUp(name: string, sets: readonly string[], needs?: string): Job {
  const words = ["npm", "run", "--silent", "setup", "--", "--with", sets.join(",")] as const;
  return command(name, "set-up", [...words], { needs, limitMs: SETUP_LIMIT_MS });
}

function setUps(e2e: boolean, kubernetes?: string): Job[] {
  const rest = extraSets().filter((name) => !FIRST_SETS.includes(name));
  const clusters = [setFor("cluster", kubernetes), ...(e2e ? [setFor("node", kubernetes)] : [])];
  return [setUp(SETUP, [...clusters, "kubectl"]), setUp(SETUP_OF_REST, rest, SETUP)];
}

const SUITES: readonly Suite[] = ["unit", "components", "conformance", "engine", "e2e"];

/** @example suiteOf("test/engine/crds.test.ts") // "engine" */
function suiteOf(path: string): Suite {
  const suite = SUITES.find((each) => `${path}/`.startsWith(`${join("test", each)}/`));
  if (suite === undefined || !existsSync(join(ROOT, path))) {
    const folders = SUITES.map((each) => `test/${each}`).join(", ");
    throw new Error(`there are no tests at ${path}: they are in ${folders}`);
  }
  return suite;
}

/** @param path a test file or a folder of them, as the user names it */
function chosen(path: string): Job[] {
  const below = relative(ROOT, resolve(path));
  const suite = suiteOf(below);
  return testFiles(suite)
    .filter((file) => file === below || file.startsWith(`${below}/`))
    .map((file) => ofOneFile(file, suite));
}

/**
 * The jobs of a run, in the order in which they start. What needs no tools runs while set-up provides
 * them. Files on a real node run one after the other from then on; the rest runs beside them, with what
 * they leave of the processor. When all of that has started, a second node takes some of the files.
 *
 * @throws Error for a path that has no tests
 */
export function planJobs({ e2e = false, files = [], kubernetes }: Wanted): Job[] {
  if (files.length > 0) {
    return files.flatMap(chosen);
  }
  const besideNode = [
    command("check", "check", ["npm", "run", "--silent", "check"]),
    command("docs", "check", ["npm", "run", "--silent", "docs"]),
    together("unit"),
    ...eachFile("conformance"),
    ...eachFile("engine"),
    together("components", SETUP),
  ];
  const onNodes = e2e ? eachFile("e2e") : [];
  return [
    ...setUps(e2e, kubernetes),
    ...onNodes.filter(({ lane }) => lane === NODE_LANE),
    ...besideNode.map((job) => (e2e ? { ...job, background: true } : job)),
    ...onNodes.filter(({ lane }) => lane === SECOND_NODE_LANE),
  ];
}
