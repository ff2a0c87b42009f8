/** One line of a text diff: kept (" "), removed ("-") or added ("+"). */
export interface DiffLine {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/**
 * If there are more pairs of lines than this, the part between the equal ends is shown as
 * replaced.
 */
const MAX_PAIRS = 4_000_000;

function commonLength(
  a: readonly string[],
  b: readonly string[],
  at: (i: number) => number,
): number {
  const limit = Math.min(a.length, b.length);
  let length = 0;
  while (length < limit && a.at(at(length)) === b.at(at(length))) {
    length++;
  }
  return length;
}

/** Returns the lengths of the longest common subsequences after each pair of positions. */
function lengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const [row, next] = [rows[i] as Uint32Array, rows[i + 1] as Uint32Array];
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] =
        a[i] === b[j] ? Number(next[j + 1]) + 1 : Math.max(Number(next[j]), Number(row[j + 1]));
    }
  }
  return rows;
}

function signed(sign: DiffLine["sign"], texts: readonly string[]): DiffLine[] {
  return texts.map((text) => ({ sign, text }));
}

function diffMiddle(a: readonly string[], b: readonly string[]): DiffLine[] {
  if (a.length * b.length > MAX_PAIRS) {
    return [...signed("-", a), ...signed("+", b)];
  }
  const rows = lengths(a, b);
  const result: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      result.push({ sign: " ", text: a[i] as string });
      i++;
      j++;
    } else if (Number(rows[i + 1]?.[j]) >= Number(rows[i]?.[j + 1])) {
      result.push({ sign: "-", text: a[i++] as string });
    } else {
      result.push({ sign: "+", text: b[j++] as string });
    }
  }
  return [...result, ...signed("-", a.slice(i)), ...signed("+", b.slice(j))];
}

/**
 * Compares two texts line by line and returns all lines.
 *
 * @example
 * diffLines("a\nb", "a\nc").map(({ sign, text }) => sign + text) // [" a", "-b", "+c"]
 */
export function diffLines(from: string, to: string): DiffLine[] {
  const [a, b] = [from.split("\n"), to.split("\n")];
  const head = commonLength(a, b, (index) => index);
  const [restA, restB] = [a.slice(head), b.slice(head)];
  const tail = commonLength(restA, restB, (index) => -index - 1);
  return [
    ...signed(" ", a.slice(0, head)),
    ...diffMiddle(restA.slice(0, restA.length - tail), restB.slice(0, restB.length - tail)),
    ...signed(" ", a.slice(a.length - tail)),
  ];
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
