import { distance } from "fastest-levenshtein";

/**
 * Returns the known name most similar to a mistyped one, or `undefined` if none is similar.
 *
 * @example
 * nearest("pilto", ["pilot", "cni"]) // "pilot"
 */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(name.length / 3));
  const ranked = known
    .map((candidate) => ({
      candidate,
      edits: distance(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return ranked[0]?.candidate;
}

/** Returns a `fix` text for an unknown name: `did you mean "X"?`, or `undefined`. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const candidate = nearest(name, known);
  return candidate === undefined ? undefined : `did you mean "${candidate}"?`;
}
