/** Raised inside a patch and turned into a problem by whoever walks the patch; it never leaves. */
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
 * Runs one step of a patch and hands over its `PatchError`, if it raises one.
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
