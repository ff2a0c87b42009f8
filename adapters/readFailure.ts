const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "is a folder",
  EACCES: "may not be read",
};

/**
 * Returns why a file cannot be read, in words for a message that names the file.
 *
 * @example
 * readFailure(error) // "no such file"
 */
export function readFailure(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? `cannot be read: ${message}`;
}
