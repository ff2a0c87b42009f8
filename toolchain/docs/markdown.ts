/**
 * Returns the text of a table cell: on one line, without characters that end the cell or start an
 * HTML tag.
 */
export function cell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace(/\|/g, "\\|")
    .replace(/</g, "&lt;");
}

/**
 * Returns code for a table cell. In tables, GitHub and VitePress require an escaped `|` even in
 * code.
 */
export function codeCell(text: string): string {
  return text === "" ? "" : `\`${text.replace(/\|/g, "\\|")}\``;
}

/**
 * Returns a table.
 *
 * @param rows the cells as Markdown, see {@link cell} and {@link codeCell}
 * @example table(["a", "b"], [["1", "2"]]) // "| a | b |\n|---|---|\n| 1 | 2 |"
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

/** Returns a fenced block of code. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Joins blocks with an empty line between them, and leaves out empty blocks. */
export function blocks(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Returns a page with a note that `npm run docs:generate` writes it. */
export function generatedPage(source: string, ...parts: readonly string[]): string {
  const note = `<!-- Made from ${source} by "npm run docs:generate". Changes by hand are lost. -->`;
  const settings = "---\neditLink: false\n---";
  return `${blocks(settings, note, ...parts)}\n`;
}
