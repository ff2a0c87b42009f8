import { readFileSync } from "node:fs";
import { load, YAMLException } from "js-yaml";
import { readFailure } from "../adapters/readFailure";
import { InvalidInput } from "../mesh/common/problem";

/**
 * Reads a file. @throws InvalidInput if it cannot be read
 *
 * @example readText("upgrade.html")
 */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw unread(file, readFailure(error));
  }
}

/**
 * Reads a file in YAML or JSON that is named in a flag. @throws InvalidInput if it cannot be read
 *
 * @example readYaml("policy.yaml")
 */
export function readYaml(file: string): unknown {
  const text = readText(file);
  try {
    return load(text);
  } catch (error) {
    if (error instanceof YAMLException) {
      throw unread(file, `is not valid YAML: ${error.message.split("\n")[0]}`);
    }
    throw error;
  }
}

function unread(file: string, reason: string): InvalidInput {
  return new InvalidInput([{ source: file, path: "", reason, isUnread: true }]);
}
