/** One line of a text diff: kept (" "), removed ("-") or added ("+"). */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** Texts that differ in more lines than this are shown as replaced, because a diff takes too long. */
const MAX_CHANGED_LINES = 1_000;

function signed(sign: DiffLine["sign"], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ sign, text }));
}

/**
 * Compares two texts line by line and returns all lines.
 *
 * @example
 * diffLines("a\nb", "a\nc").map(({ sign, text }) => sign + text) // [" a", "-b", "+c"]
 */
export function diffLines(from: string, to: string): DiffLine[] {
  // Loaded only for a text that differs, because most commands never compare two texts.
  const { diffArrays } =
    require("diff/lib/diff/array.js") as typeof import("diff/lib/diff/array.js");
  const [before, after] = [from.split("\n"), to.split("\n")];
  const changes = diffArrays(before, after, { maxEditLength: MAX_CHANGED_LINES });
  if (changes === undefined) {
    return [...signed("-", before), ...signed("+", after)];
  }
  return changes.flatMap(({ added, removed, value }) =>
    signed(added ? "+" : removed ? "-" : " ", value),
  );
}

/**
 * Returns the lines that differ, with some lines around them. `undefined` stands for a gap.
 *
 * @param context the number of lines to keep on each side
 */
export function hunks(lines: readonly DiffLine[], context: number): (DiffLine | undefined)[] {
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - context), index + context + 1).some(({ sign }) => sign !== " ");
  const near = lines.map((line, index) => (isNear(index) ? line : undefined));
  return near.filter((line, index) => line !== undefined || near[index - 1] !== undefined);
}
