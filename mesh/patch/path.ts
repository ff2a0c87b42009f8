/**
 * Paths of `k8s.overlays` patches. Source: istioctl operator/pkg/util/path.go.
 *
 * These oddities of istioctl are kept, because they decide what a patch changes:
 * - The path is cleaned like a file path first: `a//b` is `a/b`, `x/../y` is `y`.
 * - A dot inside brackets separates too. Write `[name:a\.b]`.
 * - An escaped colon in `[key:value]` does not separate, and it keeps its backslash.
 * - Everything after the first bracket of a segment is one element: `a[0][1]` is `a` and `[0][1]`,
 *   and the latter is not a selector.
 */
import { posix } from "node:path";

/** One step of a path. What is found at that place decides which selector applies. */
export interface PathElement {
  /** The element as written, without escapes. If the place is an object, this is the key. */
  readonly text: string;
  /** The position in a list, from `[N]`. -1, from `[-1]`, is the position after the last item. */
  readonly index?: number;
  /** Selects the object of a list that has this key and value, from `[key:value]`. */
  readonly keyValue?: { readonly key: string; readonly value: string };
  /** A regular expression that selects a scalar in a list, from `[:pattern]` or `[pattern]`. */
  readonly pattern?: string;
}

function splitUnescaped(text: string, separator: "." | ":"): string[] {
  return text.split(separator === "." ? /(?<!\\)\./ : /(?<!\\):/);
}

function cleanPath(path: string): string {
  const cleaned = posix.normalize(path);
  return cleaned.length > 1 && cleaned.endsWith("/") ? cleaned.slice(0, -1) : cleaned;
}

function splitBracket(segment: string): string[] {
  const text = segment.replaceAll("\\.", ".");
  const bracket = text.indexOf("[");
  return bracket > 0 ? [text.slice(0, bracket), text.slice(bracket)] : [text];
}

/**
 * Returns the texts of a path's elements.
 *
 * @example
 * splitPath("spec.ports[0].name") // ["spec", "ports", "[0]", "name"]
 */
export function splitPatchPath(path: string): string[] {
  const trimmed = cleanPath(path).replace(/^\./, "").replace(/\.$/, "");
  return splitUnescaped(trimmed, ".")
    .filter((segment) => segment !== "")
    .flatMap(splitBracket);
}

function insideBrackets(text: string): string | undefined {
  return text.length > 1 && text.startsWith("[") && text.endsWith("]")
    ? text.slice(1, -1)
    : undefined;
}

function parseIndex(inside: string): number | undefined {
  const index = /^[+-]?\d+$/.test(inside) ? Number(inside) : Number.NaN;
  return Number.isSafeInteger(index) && index >= -1 ? index : undefined;
}

function parseKeyValue(inside: string): PathElement["keyValue"] {
  const [key, value, ...more] = splitUnescaped(inside, ":");
  return key && value && more.length === 0 && /^[a-zA-Z0-9_-]*$/.test(key)
    ? { key, value }
    : undefined;
}

function parsePattern(inside: string): string | undefined {
  const pattern = inside.length > 1 && inside.startsWith(":") ? inside.slice(1) : inside;
  return pattern === "" ? undefined : pattern;
}

function parseElement(text: string): PathElement {
  const inside = insideBrackets(text);
  return inside === undefined
    ? { text }
    : {
        text,
        index: parseIndex(inside),
        keyValue: parseKeyValue(inside),
        pattern: parsePattern(inside),
      };
}

/**
 * Returns the elements of a path.
 *
 * @example
 * parsePath("spec.containers.[name:discovery]")
 * // [{ text: "spec" }, { text: "containers" },
 * //  { text: "[name:discovery]", keyValue: { key: "name", value: "discovery" }, pattern: "name:discovery" }]
 */
export function parsePath(path: string): PathElement[] {
  return splitPatchPath(path).map(parseElement);
}
