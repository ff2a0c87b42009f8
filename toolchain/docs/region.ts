import { extname } from "node:path";

const NOTE = 'made by "npm run docs:generate"';

/** The two marks of a region, as comments of the page's language. */
interface Marks {
  readonly start: string;
  readonly end: string;
}

function marksOf(name: string, path: string): Marks {
  return extname(path) === ".yaml"
    ? { start: `# region ${name}: ${NOTE}`, end: `# endregion ${name}` }
    : { start: `<!-- region ${name}: ${NOTE} -->`, end: `<!-- endregion ${name} -->` };
}

/** Lines in YAML have the indentation of the marks. */
function indented(text: string, before: string): string {
  const indentation = /[ ]*$/.exec(before)?.[0] ?? "";
  return text.replace(/^(?=.)/gm, indentation);
}

/**
 * Replaces the text between the marks of a region in a page that is otherwise written by hand.
 *
 * @param path the page's path, whose ending says how comments are written: `.yaml`, or else Markdown
 * @throws Error if the page does not have the region exactly once
 * @example
 * // in the page: <!-- region NAME: made by "npm run docs:generate" --> … <!-- endregion NAME -->
 * replaceRegion(page, "NAME", "new text")
 */
export function replaceRegion(page: string, name: string, text: string, path = "page.md"): string {
  const { start, end } = marksOf(name, path);
  const [before, rest, ...more] = page.split(start);
  const [, after, ...moreEnds] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + moreEnds.length > 0) {
    throw new Error(`the page must have the region ${name} once, from "${start}" to "${end}"`);
  }
  return extname(path) === ".yaml"
    ? `${before}${start}\n${indented(`${text}\n${end}`, before)}${after}`
    : `${before}${start}\n\n${text}\n\n${end}${after}`;
}
