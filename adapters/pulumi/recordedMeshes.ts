import type { JsonObject } from "../../mesh/common/json";
import { InvalidInput } from "../../mesh/common/problem";
import { type RecordedMesh, recordedMeshes } from "../../mesh/plan/recordedMesh";
import { askPulumi, LOGIN_FIX } from "./command";

/**
 * Reads each `ServiceMesh` in the state of a stack, with secrets as Pulumi decrypts them.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @throws InvalidInput if Pulumi cannot export the state
 */
export function readRecordedMeshes(folder: string, stack: string): RecordedMesh[] {
  const answer = askPulumi(folder, ["stack", "export", "--show-secrets", "--stack", stack]);
  if ("stdout" in answer) {
    return recordedMeshes(JSON.parse(answer.stdout) as JsonObject);
  }
  const reason = `its state cannot be read: ${answer.reason}`;
  throw new InvalidInput([
    { source: "--stack", path: "", value: stack, reason, fix: LOGIN_FIX, isUnread: true },
  ]);
}
