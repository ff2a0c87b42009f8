/**
 * Runs the tasks in order, at most `limit` at the same time.
 *
 * @returns for each task its error, or undefined
 */
export async function runLimited(
  tasks: readonly (() => Promise<void>)[],
  limit: number,
): Promise<(Error | undefined)[]> {
  const errors: (Error | undefined)[] = tasks.map(() => undefined);
  const queue = tasks.entries();
  const worker = async () => {
    for (const [index, task] of queue) {
      errors[index] = await task().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      );
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return errors;
}
