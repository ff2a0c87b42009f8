import { inputSchema, SCHEMA_FILE } from "./schema";
import { VALIDATORS_FILE, validatorSource } from "./validators";

/** A file that is made from the types of the inputs. */
export interface InputFile {
  /** Below the project's folder. */
  readonly path: string;
  readonly text: string;
}

/**
 * The JSON schema of the inputs and its compiled validators, as they have to be.
 *
 * @param root the project's folder
 */
export function inputFiles(root: string): readonly InputFile[] {
  const { schema, checked } = inputSchema(root);
  return [
    { path: SCHEMA_FILE, text: `${JSON.stringify(schema, undefined, 1)}\n` },
    { path: VALIDATORS_FILE, text: validatorSource(schema, checked) },
  ];
}
