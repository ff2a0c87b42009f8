import semver from "semver";
import type { Problem } from "../common/problem";
import { componentsOf } from "../model/component";
import { problemAt, userSetting } from "../overlay/places";
import type { ResolvedMesh } from "../spec/resolve";

/** Where the tag of an image is said. */
function tagPaths(version: string): string[] {
  const own = componentsOf(version).flatMap(({ name, isList, valuesRoot }) =>
    isList
      ? []
      : [
          `spec.components.${name}.tag`,
          ...(valuesRoot === "global" ? [] : [`spec.values.${valuesRoot}.tag`]),
        ],
  );
  return ["spec.tag", "spec.values.global.tag", ...own];
}

/** The version that a tag names: `1.21.0`, `v1.21.0`, `1.21.0-distroless`, `1.21`; none of `latest` and the like. */
function versionIn(tag: unknown): semver.SemVer | null {
  const text = String(tag);
  return /^v?\d+\.\d+/.test(text) ? semver.coerce(text) : null;
}

/** Tags of another minor than the version whose charts are rendered. */
export function tagsOfOtherMinors(mesh: ResolvedMesh): Problem[] {
  const own = semver.parse(mesh.version);
  return tagPaths(mesh.version).flatMap((path) => {
    const setting = userSetting(mesh, path);
    const tagged = versionIn(setting?.value);
    if (setting === undefined || own === null || tagged === null) {
      return [];
    }
    const isSame = tagged.major === own.major && tagged.minor === own.minor;
    const behind = own.minor - tagged.minor;
    const minors = `${Math.abs(behind)} minor${Math.abs(behind) === 1 ? "" : "s"} ${behind > 0 ? "older" : "newer"}`;
    return isSame
      ? []
      : [
          problemAt(setting, {
            reason: `runs images that are ${minors} than the charts of ${mesh.version}, which nobody tests together`,
            fix: `take the tag out, or set the version to ${tagged.version} too`,
            see: "https://istio.io/latest/docs/releases/supported-releases/",
          }),
        ];
  });
}
