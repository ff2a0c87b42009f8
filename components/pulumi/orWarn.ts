import * as pulumi from "./sdk";

/**
 * Returns what the cluster answers. A preview must also work without an answer: it warns then, and
 * goes on with another value.
 *
 * @param unknown what is not known without the answer, for the warning
 */
export async function orWarn<T>(ask: () => Promise<T>, otherwise: T, unknown: string): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    void pulumi.log.warn(`${unknown}: ${(error as Error).message}`);
    return otherwise;
  }
}
