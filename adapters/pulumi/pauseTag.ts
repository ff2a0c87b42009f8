import { InvalidInput } from "../../mesh/common/problem";
import { askPulumi, LOGIN_FIX } from "./command";

/**
 * The tag of a stack that asks a running upgrade to stop. Its value is when it was asked for, in ISO 8601.
 * Tags are in the backend, and can be set while an update holds the stack's lock.
 *
 * @see https://www.pulumi.com/docs/iac/concepts/stacks/#stack-tags
 */
export const PAUSE_TAG = "mesh:upgrade-pause";

/**
 * Asks whoever takes a stack through an upgrade to stop at the next safe moment. Returns when it asked.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @throws InvalidInput if the backend takes no tag
 */
export function askForPause(folder: string, stack: string): string {
  const now = new Date().toISOString();
  const answer = askPulumi(folder, ["stack", "tag", "set", PAUSE_TAG, now, "--stack", stack]);
  if ("reason" in answer) {
    const reason = `a tag cannot be set: ${answer.reason}`;
    throw new InvalidInput([
      { source: "--stack", path: "", value: stack, reason, fix: LOGIN_FIX, isUnread: true },
    ]);
  }
  return now;
}

/** Returns when a pause was asked for. `undefined` if it was not, or the backend does not say. */
export function pauseAskedFor(folder: string, stack: string): string | undefined {
  const answer = askPulumi(folder, ["stack", "tag", "ls", "--json", "--stack", stack]);
  return "reason" in answer
    ? undefined
    : (JSON.parse(answer.stdout) as Record<string, string>)[PAUSE_TAG];
}
