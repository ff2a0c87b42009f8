import { type Document, isMap, isNode, type LineCounter } from "yaml";

/** The line numbers of the fields in a YAML text. */
export class SourceLines {
  readonly #document: Document;
  readonly #counter: LineCounter;

  constructor(document: Document, counter: LineCounter) {
    this.#document = document;
    this.#counter = counter;
  }

  /**
   * Returns the one-based line of a field, or of the nearest field that contains it.
   *
   * @example
   * lines.of(["spec", "values", "ports", 0]) // 7
   */
  of(segments: readonly (string | number)[]): number | undefined {
    for (let length = segments.length; length > 0; length--) {
      const parent = this.#document.getIn(segments.slice(0, length - 1), true);
      const key = segments[length - 1];
      const pair = isMap(parent)
        ? parent.items.find(
            (item) => String(isNode(item.key) ? item.key.toJSON() : item.key) === key,
          )
        : undefined;
      const node = pair?.key ?? this.#document.getIn(segments.slice(0, length), true);
      if (isNode(node) && node.range) {
        return this.#counter.linePos(node.range[0]).line;
      }
    }
    return undefined;
  }
}
