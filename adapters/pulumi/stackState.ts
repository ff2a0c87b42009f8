import type { JsonObject } from "../../mesh/common/json";
import { InvalidInput } from "../../mesh/common/problem";
import { askPulumi, knownFix, LOGIN_FIX } from "./command";

/**
 * Returns the state of a stack, with secrets as Pulumi decrypts them.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @throws InvalidInput if Pulumi cannot export the state
 */
export function exportState(folder: string, stack: string): JsonObject {
  const answer = askPulumi(folder, ["stack", "export", "--show-secrets", "--stack", stack]);
  if ("stdout" in answer) {
    return JSON.parse(answer.stdout) as JsonObject;
  }
  const reason = `its state cannot be read: ${answer.reason}`;
  const fix = knownFix(answer.reason) ?? LOGIN_FIX;
  throw new InvalidInput([
    { source: "--stack", path: "", value: stack, reason, fix, isUnread: true },
  ]);
}
