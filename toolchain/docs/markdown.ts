/** Text of a table's cell: on one line, and no character in it ends the cell or starts an HTML tag. */
export function cell(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace(/\|/g, "\\|")
    .replace(/</g, "&lt;");
}

/** Code of a table's cell. GitHub and VitePress need a `|` in a table escaped, in code too. */
export function codeCell(text: string): string {
  return text === "" ? "" : `\`${text.replace(/\|/g, "\\|")}\``;
}

/**
 * A table.
 *
 * @param rows cells as Markdown, see {@link cell} and {@link codeCell}
 * @example
 * table(["a", "b"], [["1", "2"]]) // "| a | b |\n|---|---|\n| 1 | 2 |"
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

/** A fenced block of code. */
export function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

/** Blocks with an empty line between them; empty blocks are left out. */
export function blocks(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** A page that is made by `npm run docs:generate`: it says so to whoever opens it. */
export function generatedPage(source: string, ...parts: readonly string[]): string {
  const note = `<!-- Made from ${source} by "npm run docs:generate". Changes by hand are lost. -->`;
  const settings = "---\neditLink: false\n---";
  return `${blocks(settings, note, ...parts)}\n`;
}
