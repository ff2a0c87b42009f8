/** Helpers for reading and changing the maps of a YAML document. */
import { isScalar, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";

export type YamlMap = YAMLMap<unknown, unknown>;
export type YamlSeq = YAMLSeq<unknown>;
export type Commented = { commentBefore?: string | null; comment?: string | null };

export function pairKeyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

export function pairIn(map: YamlMap, key: string): Pair<unknown, unknown> | undefined {
  return map.items.find((pair) => pairKeyOf(pair) === key);
}

export function isNodeLike(value: unknown): value is Commented {
  return typeof value === "object" && value !== null;
}

/** Joins the lines of several comments. */
export function joined(comments: readonly (string | null | undefined)[]): string | undefined {
  const given = comments.filter((text) => typeof text === "string" && text !== "");
  return given.length === 0 ? undefined : given.join("\n");
}

/**
 * Puts a comment on the line above a pair. For the first pair of a document, the document carries
 * the comment as well.
 */
export function addBefore(pair: Pair, comment: string | undefined): void {
  if (comment !== undefined && isNodeLike(pair.key)) {
    pair.key.commentBefore = joined([comment, pair.key.commentBefore]);
  }
}

export function newPair(map: YamlMap, key: string, value: unknown): Pair<unknown, unknown> {
  map.set(new Scalar(key), value);
  return pairIn(map, key) as Pair<unknown, unknown>;
}
