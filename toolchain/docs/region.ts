const NOTE = 'made by "npm run docs:generate"';

/**
 * Replaces the text between the marks of a region in a page that is otherwise written by hand.
 *
 * @throws Error if the page does not have the region exactly once
 * @example
 * // in the page: <!-- region NAME: made by "npm run docs:generate" --> … <!-- endregion NAME -->
 * replaceRegion(page, "NAME", "new text")
 */
export function replaceRegion(page: string, name: string, text: string): string {
  const start = `<!-- region ${name}: ${NOTE} -->`;
  const end = `<!-- endregion ${name} -->`;
  const [before, rest, ...more] = page.split(start);
  const [, after, ...moreEnds] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined || more.length + moreEnds.length > 0) {
    throw new Error(`the page must have the region ${name} once, from "${start}" to "${end}"`);
  }
  return `${before}${start}\n\n${text}\n\n${end}${after}`;
}
