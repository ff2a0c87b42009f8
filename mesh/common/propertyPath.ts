const DOT = /\./g;

/**
 * Appends a key to a property path. Dots inside the key are escaped as istioctl writes them.
 *
 * @example
 * joinPath("spec.values", "istio.io/rev") // "spec.values.istio\\.io/rev"
 */
export function joinPath(path: string, key: string): string {
  const escaped = key.replace(DOT, "\\.");
  return path === "" ? escaped : `${path}.${escaped}`;
}

/**
 * Splits a property path into segments. `\.` is a dot inside a key. `a[0]` and `a.[0]` mean the
 * same.
 *
 * @example
 * splitPath("a.b\\.c.[name:x]") // ["a", "b.c", "[name:x]"]
 * @see Istio `operator/pkg/values` (splitPath)
 */
export function splitPath(path: string): string[] {
  return path
    .split(/(?<!\\)\./)
    .filter((segment) => segment !== "")
    .map((segment) => segment.replace(/\\\./g, "."))
    .flatMap((segment) => {
      const bracket = segment.indexOf("[");
      return bracket > 0 ? [segment.slice(0, bracket), segment.slice(bracket)] : [segment];
    });
}

/**
 * Returns the text of a path from its segments, for messages.
 *
 * @example
 * pathText(["spec", "tolerations", 0, "key"]) // "spec.tolerations[0].key"
 */
export function pathText(segments: readonly (string | number)[]): string {
  return segments
    .map((segment, index) =>
      typeof segment === "number" ? `[${segment}]` : `${index === 0 ? "" : "."}${segment}`,
    )
    .join("");
}
