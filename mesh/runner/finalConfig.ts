import { deepEqual, type Json } from "../common/json";
import type { ServiceMeshInputs } from "../model/serviceMeshInputs";
import { inputsFrom } from "../plan/inputPaths";
import type { ConfigEdit } from "./stackFileEdit";

/** Returns all paths in inputs, in a fixed order. */
function pathsIn(inputs: ServiceMeshInputs): string[] {
  const paths: string[] = [];
  inputsFrom(inputs, (path) => {
    paths.push(path);
    return path;
  });
  return paths;
}

/**
 * Returns the inputs with their paths as the configuration has them. A command reads them from where it
 * runs.
 *
 * @param read the inputs as the command reads them
 * @param written the same inputs as they stand in the configuration
 */
function asWritten(
  inputs: ServiceMeshInputs,
  read: ServiceMeshInputs,
  written: ServiceMeshInputs,
): ServiceMeshInputs {
  const own = pathsIn(written);
  const byRead = new Map(pathsIn(read).map((path, index) => [path, own[index] ?? path]));
  return inputsFrom(inputs, (path) => byRead.get(path) ?? path);
}

/**
 * Returns the edits of a configuration that make it the one of an upgrade's end: what a person would
 * have written, without `mesh:upgrade`.
 *
 * @param last the inputs of the last stage
 * @param read the inputs before the upgrade, as the command reads them
 * @param written the same inputs as they stand in the configuration
 * @example
 * finalEdits({ version: "1.31.0" }, { version: "1.30.4" }, { version: "1.30.4" })
 * // [{ key: "mesh:version", before: "1.30.4", after: "1.31.0" }, { key: "mesh:upgrade", … }]
 */
export function finalEdits(
  last: ServiceMeshInputs,
  read: ServiceMeshInputs,
  written: ServiceMeshInputs,
): ConfigEdit[] {
  const { upgrade: _, ...before } = written as ServiceMeshInputs & Record<string, Json | undefined>;
  const { upgrade: __, ...after } = asWritten(last, read, written) as typeof before;
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const values = (key: string) =>
    [before, after].map((inputs) => (inputs as Record<string, Json | undefined>)[key]);
  const edits = keys.flatMap((key): ConfigEdit[] => {
    const [old, now] = values(key);
    return deepEqual(old, now) ? [] : [{ key: `mesh:${key}`, before: old, after: now }];
  });
  return [...edits, { key: "mesh:upgrade", before: undefined, after: undefined }];
}
