import { dump } from "js-yaml";
import type { Json } from "../mesh/common/json";
import type { Paint } from "../mesh/diff/print";

/** Sorts keys and folds no lines, so that two outputs can be compared line by line. */
export function toYaml(value: Json): string {
  return dump(value, { sortKeys: true, lineWidth: -1, noRefs: true });
}

export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function padded(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
}

/** Formats rows as columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((row) => row[index]?.length ?? 0)),
  );
  return rows.map((row) => `${padded(row, widths)}\n`).join("");
}

/**
 * Cuts off a text that is too long.
 *
 * @example shortened("abcdef", 4) // "abc…"
 */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

const CODES = { "+": 32, "-": 31, "~": 33 } as const;

/**
 * Returns colours for a terminal, unless `NO_COLOR` is set, and with `FORCE_COLOR` also elsewhere.
 *
 * @see https://no-color.org
 * @see https://force-color.org
 */
export function paintFor(stream: { readonly isTTY?: boolean }): Paint | undefined {
  const { NO_COLOR, FORCE_COLOR = "0" } = process.env;
  const isForced = !["", "0", "false"].includes(FORCE_COLOR);
  return (stream.isTTY || isForced) && !NO_COLOR
    ? (sign, text) => `\u001b[${CODES[sign]}m${text}\u001b[0m`
    : undefined;
}
