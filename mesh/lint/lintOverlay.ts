import { collecting, type Problem } from "../common/problem";
import { checkOverlayGatewayNames } from "../gateway/gatewayConflicts";
import type { OverlayLibrary } from "../overlay/library";
import { parseOverlay } from "../overlay/parse";
import { imagesSideBySide } from "../plan/meshPlan";
import { settingWarnings } from "../settings/settingWarnings";
import { imageSkew } from "../settings/tags";
import { type ResolvedMesh, resolveMesh } from "../spec/resolve";

/** What is wrong with an overlay, as far as one can tell without rendering it. */
export interface LintedOverlay {
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** The overlay on top of its profile, without the other overlays of a mesh. Absent with errors. */
  readonly mesh?: ResolvedMesh;
  /** A problem of that mesh with the file as the user named it. */
  named(problem: Problem): Problem;
}

/** What an overlay's text is called, and the Istio version that it is for. */
export interface LintSource {
  readonly name: string;
  readonly version: string;
}

/** The order of findings: that of their lines. */
export const byLine = (a: Problem, b: Problem) => (a.line ?? 0) - (b.line ?? 0);

/**
 * The place of an overlay's problems as the user named the file. An overlay is read under a path, since
 * a name without a folder and without an ending would be that of a built-in option.
 */
function renamed(path: string, name: string): LintedOverlay["named"] {
  return (problem) => ({
    ...problem,
    source: problem.source.replaceAll(path, name),
    reason: problem.reason.replaceAll(path, name),
  });
}

/** What an update may refuse is a warning here, because istioctl renders it. */
function imageWarnings(mesh: ResolvedMesh): Problem[] {
  const findings = [imageSkew([{ mesh }]), imagesSideBySide(mesh)];
  return findings.flatMap(({ problems, warnings }) => [...problems, ...warnings]);
}

/**
 * Everything that is wrong with one overlay: what its fields are, and what it does on top of its
 * profile. Later overlays may set what it requires.
 *
 * @param library the profiles that it can name
 * @example
 * lintOverlay(text, { name: "team.yaml", version: "1.31.0" }, library).errors
 */
export function lintOverlay(
  text: string,
  { name, version }: LintSource,
  library: OverlayLibrary,
): LintedOverlay {
  const path = `./${name}`;
  const named = renamed(path, name);
  const read = parseOverlay(text, { name, kind: "file", version });
  if (read.layer === undefined) {
    return {
      errors: [...read.problems].sort(byLine),
      warnings: [...read.warnings].sort(byLine),
      named,
    };
  }
  const errors: Problem[] = [];
  const mesh = collecting(errors, () =>
    resolveMesh(
      { version, overlays: [path] },
      { ...library, readFile: () => ({ kind: "text", text }) },
      "part",
    ),
  );
  const warnings =
    mesh === undefined
      ? read.warnings
      : [...mesh.warnings, ...settingWarnings(mesh), ...imageWarnings(mesh)].map(named);
  errors.push(...(mesh === undefined ? [] : checkOverlayGatewayNames(mesh, [])));
  return {
    errors: errors.map(named).sort(byLine),
    warnings: [...warnings].sort(byLine),
    ...(mesh !== undefined && errors.length === 0 && { mesh }),
    named,
  };
}
