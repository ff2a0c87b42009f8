import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { extname } from "node:path";
import { isObject, type Json } from "../../mesh/common/json";
import { InvalidInput, throwIfAny } from "../../mesh/common/problem";
import { textsIn } from "../../mesh/plan/stackFiles";
import { type ConfigEdit, editedStackFile } from "../../mesh/runner/stackFileEdit";
import { type PulumiProject, readSettings, shownPath, stackFileOf } from "./project";

/** The file of a stack's configuration, for edits that leave everything else as it stands. */
export interface StackFile {
  /** As messages name it. */
  readonly shown: string;
  /** Returns the value of a key as the file has it, with what is encrypted as it is. */
  valueOf(key: string): Json | undefined;
  /**
   * Writes other values. The file is replaced as a whole, so that it is never half written.
   *
   * @param secrets texts that may not come into the file in plain
   * @throws InvalidInput if an encrypted value would change, or a secret would be written in plain
   */
  edit(edits: readonly ConfigEdit[], secrets?: readonly string[]): void;
}

/** Shorter texts stand in a file for other reasons too. */
const MIN_SECRET_LENGTH = 3;

function refuse(source: string, reason: string, fix: string): never {
  throw new InvalidInput([{ source, path: "", reason, fix }]);
}

function checkSecrets(
  source: string,
  [before, after]: readonly [string, string],
  secrets: readonly string[],
): void {
  const leaked = secrets.some(
    (secret) =>
      secret.length >= MIN_SECRET_LENGTH && after.includes(secret) && !before.includes(secret),
  );
  if (leaked) {
    const fix = "set it with pulumi config set --secret --path, and start again";
    refuse(source, "a secret of the stack would be written into it in plain text", fix);
  }
}

function edited(source: string, text: string, edits: readonly ConfigEdit[]): string {
  try {
    return editedStackFile(text, edits);
  } catch (error) {
    return refuse(source, (error as Error).message, "change it by hand");
  }
}

/**
 * Opens the file of a stack's configuration, which need not exist.
 *
 * @param stack the name without organization and project
 * @throws InvalidInput if the project keeps its settings as JSON
 */
export function openStackFile(project: PulumiProject, stack: string): StackFile {
  const path = stackFileOf(project, stack);
  const shown = shownPath(path);
  throwIfAny(
    extname(path) === ".json"
      ? [
          {
            source: shown,
            path: "",
            reason: "mesh upgrade writes YAML, and this project keeps its settings as JSON",
            fix: "go through the stages by mesh:upgrade.stage and pulumi up",
          },
        ]
      : [],
  );
  const textOf = () => (existsSync(path) ? readFileSync(path, "utf8") : "");
  return {
    shown,
    valueOf(key) {
      const { config } = existsSync(path) ? readSettings(path) : {};
      return isObject(config) ? config[key] : undefined;
    },
    edit(edits, secrets = []) {
      const before = textOf();
      const after = edited(shown, before, edits);
      checkSecrets(shown, [before, after], secrets);
      const written = `${path}.${process.pid}`;
      const mode = existsSync(path) ? statSync(path).mode : 0o644;
      writeFileSync(written, after, { mode });
      renameSync(written, path);
    },
  };
}

/** Returns whether a value holds one of some texts. */
export function holdsOne(value: unknown, secrets: readonly string[]): boolean {
  return textsIn(value).some((text) => secrets.includes(text));
}
