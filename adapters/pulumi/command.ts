import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { commandLine, tellerOf } from "../outsideCalls";
import { isProgram, programOnPath } from "../programs";

/** How long Pulumi may take for an answer, in milliseconds. */
const ANSWER_MS = 120_000;

/** The longest answer, in bytes: a state may be large. */
const MAX_ANSWER_BYTES = 1 << 30;

/** What lets Pulumi answer where it could not. */
export const LOGIN_FIX = "pulumi login, and the stack's passphrase in PULUMI_CONFIG_PASSPHRASE";

/** What a file backend says after an update was killed while it wrote the attributes of the state. */
const EMPTY_ATTRIBUTES = /\bEOF$/m;

/**
 * Returns what to do about an error of Pulumi's that does not say so itself.
 *
 * @example
 * knownFix("failed to load checkpoint: EOF") // "delete the empty STACK.json.attrs under .pulumi/stacks, which an update left that was killed"
 */
export function knownFix(error: string): string | undefined {
  return EMPTY_ATTRIBUTES.test(error)
    ? "delete the empty STACK.json.attrs under .pulumi/stacks, which an update left that was killed"
    : undefined;
}

/** What Pulumi answered, or why it did not, with what it printed before. */
export type PulumiAnswer =
  | { readonly stdout: string }
  | { readonly reason: string; readonly printed: string };

/** @example upwards("/a/b") // ["/a/b", "/a", "/"] */
function upwards(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [folder, ...upwards(above)];
}

/**
 * Returns Pulumi's command: that of the project (`node_modules/.bin`), the one on PATH, or the one
 * that Pulumi's installer put into its home.
 */
export function pulumiCommand(
  folder: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const home = env.PULUMI_HOME ?? join(homedir(), ".pulumi");
  const own = upwards(folder).map((place) => join(place, "node_modules", ".bin", "pulumi"));
  return (
    own.find(isProgram) ??
    programOnPath("pulumi", env) ??
    [join(home, "bin", "pulumi")].find(isProgram)
  );
}

/** Returns the first error of Pulumi's output, or else its last line, without a prefix. */
function firstError(stderr: string): string {
  const lines = stderr
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const error = lines.find((line) => line.startsWith("error:")) ?? lines.at(-1);
  return error?.replace(/^(error|pulumi):\s*/, "") ?? "it failed without a message";
}

/**
 * Runs Pulumi's command in a folder, with the user's own login and without a question.
 *
 * @param limitMs how long it may take, in milliseconds
 * @example askPulumi("/home/me/shop", ["config", "--json", "--stack", "prod"])
 */
export function askPulumi(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  limitMs = ANSWER_MS,
): PulumiAnswer {
  const command = pulumiCommand(folder, env);
  if (command === undefined) {
    return { reason: "there is no command pulumi in the project or on PATH", printed: "" };
  }
  const tell = tellerOf(commandLine(command, args));
  const { status, stdout, stderr, error } = spawnSync(command, [...args, "--non-interactive"], {
    cwd: folder,
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: limitMs,
    maxBuffer: MAX_ANSWER_BYTES,
  });
  tell(status === null ? "did not end" : `exit code ${status}`);
  if (error !== undefined) {
    return { reason: error.message, printed: stdout ?? "" };
  }
  return status === 0 ? { stdout } : { reason: firstError(stderr), printed: stdout };
}
