import { type RecordedMesh, recordedMeshes } from "../../mesh/plan/recordedMesh";
import { exportState } from "./stackState";

/**
 * Reads each `ServiceMesh` in the state of a stack, with secrets as Pulumi decrypts them.
 *
 * @param folder the project's folder
 * @param stack as Pulumi's commands take it
 * @throws InvalidInput if Pulumi cannot export the state
 */
export function readRecordedMeshes(folder: string, stack: string): RecordedMesh[] {
  return recordedMeshes(exportState(folder, stack));
}
