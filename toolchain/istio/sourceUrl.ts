/**
 * Where a person reads a file of Istio's sources.
 *
 * @example sourceUrl("1.31", "releasenotes/notes/60690.yaml")
 */
export function sourceUrl(minor: string, file: string): string {
  return `https://github.com/istio/istio/blob/release-${minor}/${file}`;
}
