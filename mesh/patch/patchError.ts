/**
 * Raised inside a patch. The function that walks the patch turns it into a problem, so it never
 * leaves this folder.
 */
export class PatchError extends Error {
  constructor(
    readonly reason: string,
    readonly fix: string,
  ) {
    super(`${reason}; ${fix}`);
    this.name = "PatchError";
  }
}

/**
 * Runs one step of a patch. If the step raises a `PatchError`, passes it to `onError`.
 *
 * @example
 * attempt(() => write(step, 3), (error) => problems.push({ path, ...error }))
 */
export function attempt(step: () => void, onError: (error: PatchError) => void): void {
  try {
    step();
  } catch (error) {
    if (!(error instanceof PatchError)) {
      throw error;
    }
    onError(error);
  }
}
