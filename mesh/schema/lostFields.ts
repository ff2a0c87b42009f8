import { fieldPaths } from "./fieldPlaces";
import type { TypeTable } from "./typeTable";

/** Below `spec`. */
const textOf = (path: readonly string[]) => path.slice(1).join(".").replaceAll(".[]", "[]");

/** The field around another one. */
const around = (path: readonly string[]) => path.slice(0, path.at(-2) === "[]" ? -2 : -1);

/**
 * Returns the fields of an overlay that one version of istioctl knows and a later one does not. Fields
 * below one that is gone are left out, and so is the inside of Kubernetes' own types.
 *
 * @returns paths below `spec`
 * @example
 * lostFields(MINORS.types("1.23.0"), MINORS.types("1.24.0")).includes("values.global.autoscalingv2API") // true
 */
export function lostFields(before: TypeTable, now: TypeTable): string[] {
  const paths = fieldPaths(now);
  const known = new Set(paths.map(textOf));
  const withFields = new Set(paths.map((path) => textOf(around(path))));
  const lost = fieldPaths(before).filter(
    (path) => !known.has(textOf(path)) && withFields.has(textOf(around(path))),
  );
  return [...new Set(lost.map(textOf))];
}
