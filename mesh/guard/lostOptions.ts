import { deepEqual, type Json } from "../common/json";
import type { Problem } from "../common/problem";
import { revisionLabel } from "../k8s/istioLabels";
import { getPath } from "../k8s/path";
import type { FieldOrigin } from "../overlay/merge";
import type { ResolvedMesh } from "../spec/resolve";

/** A revision's merged spec and where its fields come from. */
export type RevisionSpec = Pick<ResolvedMesh, "revision" | "document" | "provenance">;

/** Fields that normally differ between revisions. */
const OWN = ["spec.revision", "spec.tag", "spec.hub", "spec.profile", "spec.compatibilityVersion"];

/** Layers that come with a release and not from the user. */
const GIVEN = /^(base|profile|platform)\b/;

const isUsers = (origin: FieldOrigin | undefined): boolean =>
  origin !== undefined && !GIVEN.test(origin.layer);

function show(value: Json | undefined): string {
  return value === undefined ? "is not set" : `is ${JSON.stringify(value)}`;
}

/** A list counts as one field. A field is not lost if the new revision sets a field above it. */
function nearestOrigin(path: string, spec: RevisionSpec): FieldOrigin | undefined {
  const parts = path.split(".");
  return parts
    .map((_, index) => parts.slice(0, parts.length - index).join("."))
    .map((at) => spec.provenance[at])
    .find((origin) => origin !== undefined);
}

function lostField(path: string, from: RevisionSpec, to: RevisionSpec): Problem[] {
  const [old, now] = [getPath(from.document, path), getPath(to.document, path)];
  const origin = nearestOrigin(path, to);
  if (deepEqual(old, now) || isUsers(origin)) {
    return [];
  }
  const by = origin === undefined ? "" : ` (${origin.layer})`;
  return [
    {
      source: `revision ${revisionLabel(to.revision)}`,
      path,
      reason:
        `${show(now)}${by}, but ${show(old)} on revision ${revisionLabel(from.revision)} ` +
        `(${from.provenance[path]?.layer})`,
      fix: "give the new revision the same layer, or set the field there on purpose",
    },
  ];
}

/**
 * Returns a warning for each field that the user set on the old revision and that no layer of the
 * new one sets: an option that was forgotten. A field that a layer of the user sets to another
 * value is not reported. Warnings are sorted by path.
 *
 * @example
 * checkOptionsCarried(old, next).map(formatProblem)
 * // ['revision 1-31-0: spec.meshConfig.accessLogFile: is not set, but is "/dev/stdout" on revision 1-30-4 (option envoy-access-log); fix: …']
 */
export function checkOptionsLost(from: RevisionSpec, to: RevisionSpec): Problem[] {
  return Object.entries(from.provenance)
    .filter(([path, origin]) => isUsers(origin) && !OWN.includes(path))
    .map(([path]) => path)
    .sort()
    .flatMap((path) => lostField(path, from, to));
}
