import { CST, type Document, isMap, isPair, Lexer, visit } from "yaml";
import { addBefore, isNodeLike, joined, pairIn } from "./yamlMap";

/** Returns the comments of a YAML text in order, without their `#`. */
export function commentsOf(text: string): string[] {
  return [...new Lexer().lex(text)]
    .filter((token) => CST.tokenType(token) === "comment")
    .map((token) => token.slice(1));
}

/**
 * Returns the comments of `before` that `after` lacks. A comment that occurs twice must occur
 * twice.
 */
function missing(before: readonly string[], after: readonly string[]): string[] {
  const rest = after.map((comment) => comment.trim());
  return before.filter((comment) => {
    const index = rest.indexOf(comment.trim());
    if (index !== -1) {
      rest.splice(index, 1);
    }
    return index === -1;
  });
}

const HEADING = " Comments of fields that were taken out:";

/**
 * Returns the text of a changed document with every comment of the original. The comments of
 * removed fields go to the end.
 */
export function textWithComments(document: Document, original: string): string {
  const write = () => document.toString({ lineWidth: 0 });
  const lost = missing(commentsOf(original), commentsOf(write()));
  if (lost.length === 0) {
    return write();
  }
  const end = document.comment ?? "";
  const heading = end.includes(HEADING) ? [] : [HEADING];
  document.comment = [...(end === "" ? [] : [end]), ...heading, ...lost].join("\n");
  return write();
}

/**
 * Attaches the comment above a map's first key to that key. The parser attaches it to the map,
 * where it would stay if the key is removed.
 */
export function ownComments(document: Document): void {
  visit(document, {
    Map: (_, map) => {
      const first = map.items[0];
      if (map.commentBefore && first !== undefined && isNodeLike(first.key)) {
        addBefore(first, map.commentBefore);
        map.commentBefore = null;
      }
    },
  });
}

/**
 * Leaves a comment in place of a removed field: above the next field in the nearest map that
 * remains.
 */
export function leaveComment(
  document: Document,
  segments: readonly string[],
  comment: string,
): void {
  let map: unknown = document.contents;
  let nearest = map;
  for (const key of segments) {
    map = isMap(map) ? pairIn(map, key)?.value : undefined;
    nearest = isMap(map) ? map : nearest;
  }
  const last = isMap(nearest) ? nearest.items.at(-1) : undefined;
  if (isMap(nearest) && isPair(last)) {
    nearest.comment = joined([nearest.comment, comment]);
  } else {
    document.comment = joined([document.comment, comment]) ?? null;
  }
}
