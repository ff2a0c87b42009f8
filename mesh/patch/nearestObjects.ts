import { type K8sObject, objectLabel, objectName } from "../k8s/objects";

const MAX_NEAREST = 5;

/** Returns the number of single-letter edits between two names. */
function edits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...left].entries()) {
    const next = [i + 1];
    for (let j = 0; j < right.length; j++) {
      const replaced = (row[j] ?? 0) + (letter === right[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/**
 * Returns at most five objects that resemble a kind and name, as `Kind/name`: first those of the
 * same kind, then by the number of letters that differ.
 *
 * @example
 * nearestObjects({ kind: "Deployment", name: "istio" }, objects) // ["Deployment/istiod", ...]
 */
export function nearestObjects(
  wanted: { readonly kind: string; readonly name: string },
  objects: readonly K8sObject[],
): string[] {
  const ranked = objects.map((object) => ({
    label: objectLabel(object),
    otherKind: object.kind === wanted.kind ? 0 : 1,
    distance: edits(wanted.name, objectName(object)),
  }));
  ranked.sort((a, b) => a.otherKind - b.otherKind || a.distance - b.distance);
  return [...new Set(ranked.map(({ label }) => label))].slice(0, MAX_NEAREST);
}
