import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { extraSets } from "../../toolchain/setup";
import { ROOT } from "../support/tools";
import type { Job, Suite } from "./job";

const MINUTE_MS = 60_000;

/** What one test file, or one command, may take. A set-up may have to build all tools. */
const LIMIT_MS = 15 * MINUTE_MS;
const SETUP_LIMIT_MS = 75 * MINUTE_MS;

/** Files that start before the others of their suite: those that take longest, or tell most. */
export const FIRST: Readonly<Partial<Record<Suite, readonly string[]>>> = {
  engine: [
    "package",
    "sdkVersions",
    "images",
    "adopt",
    "precheck",
    "failures",
    "status",
    "liveCluster",
    "managed",
    "removal",
  ],
  e2e: [
    "node",
    "underLoad",
    "faults",
    "removal",
    "killed",
    "noDrift",
    "cni",
    "validate",
    "precheck",
    "faultTable",
  ],
};

const SETUP = "set-up";

/** The sets of tools that only tests on a real node need. */
const NODE_SETS = ["node", "kubectl"];

export interface Wanted {
  /** Also the tests on a real node. */
  readonly e2e?: boolean;
  /** Only these test files, or all files of these folders. They provide their tools themselves. */
  readonly files?: readonly string[];
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
  const alone = suite === "e2e";
  return { name: file, suite, files: [file], needs, alone, limitMs: LIMIT_MS };
}

function eachFile(suite: Suite): Job[] {
  return testFiles(suite).map((file) => ofOneFile(file, suite, SETUP));
}

function command(suite: Suite, limitMs: number, words: readonly [string, ...string[]]): Job {
  return { name: suite, suite, files: [], command: words, limitMs };
}

function setUp(e2e: boolean): Job {
  const sets = extraSets().filter((name) => e2e || !NODE_SETS.includes(name));
  const words = ["npm", "run", "--silent", "setup", "--", "--with", sets.join(",")] as const;
  return command(SETUP, SETUP_LIMIT_MS, [...words]);
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
 * them; files on a real node come last, each alone.
 *
 * @throws Error for a path that has no tests
 */
export function planJobs({ e2e = false, files = [] }: Wanted): Job[] {
  if (files.length > 0) {
    return files.flatMap(chosen);
  }
  return [
    setUp(e2e),
    command("check", LIMIT_MS, ["npm", "run", "--silent", "check"]),
    { ...command("check", LIMIT_MS, ["npm", "run", "--silent", "docs"]), name: "docs" },
    together("unit"),
    ...eachFile("engine"),
    ...eachFile("conformance"),
    together("components", SETUP),
    ...(e2e ? eachFile("e2e") : []),
  ];
}
