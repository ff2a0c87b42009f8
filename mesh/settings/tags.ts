import semver from "semver";
import { groupBy } from "../common/lists";
import { formatProblem, type Problem } from "../common/problem";
import type { VersionFindings } from "../guard/versions";
import type { ComponentScope } from "../model/component";
import { type ComponentImage, componentImages } from "../spec/componentImages";
import type { ResolvedMesh } from "../spec/resolve";

const SUPPORT = "https://istio.io/latest/docs/releases/supported-releases/";

/** A choice that a user has made, with the version that it makes parts of the mesh run. */
type Chosen = ComponentImage & Required<Pick<ComponentImage, "version" | "chosen">>;

const isChosen = (image: ComponentImage): image is Chosen =>
  image.version !== undefined && image.chosen !== undefined;

function distance(charts: semver.SemVer, image: semver.SemVer): string {
  if (charts.major !== image.major) {
    return "of another major version";
  }
  const behind = charts.minor - image.minor;
  const minors = `${Math.abs(behind)} minor${Math.abs(behind) === 1 ? "" : "s"}`;
  return `${minors} ${behind > 0 ? "older" : "newer"}`;
}

function joinTitles(images: readonly Chosen[]): string {
  return [...new Set(images.map(({ title }) => title))].join(", ");
}

/** What is wrong with one choice, for the parts that run it. */
function findingsOf(images: readonly Chosen[], version: string): VersionFindings {
  const [first] = images;
  const [charts, image] = [semver.parse(version), semver.parse(first?.version)];
  if (first === undefined || charts === null || image === null) {
    return { problems: [], warnings: [] };
  }
  const users = `makes ${joinTitles(images)} run ${first.version}`;
  if (charts.major !== image.major || charts.minor !== image.minor) {
    const problem: Problem = {
      ...first.chosen,
      reason: `${users}, ${distance(charts, image)} than the charts of ${version}, which nobody tests together`,
      fix: `take it out, or set the version to ${first.version} too (for a revision, its own)`,
      see: SUPPORT,
    };
    return { problems: [problem], warnings: [] };
  }
  // The tag of a minor stands for its newest patch, which is not known here.
  const isWhole = /\d+\.\d+\.\d+/.test(String(first.chosen.value));
  return charts.patch === image.patch || !isWhole
    ? { problems: [], warnings: [] }
    : {
        problems: [],
        warnings: [
          {
            ...first.chosen,
            reason: `${users}, another patch than the charts of ${version}`,
            fix: `set the version to ${first.version} too, so that charts and images are of one release`,
          },
        ],
      };
}

/** Components of a mesh, whose charts are of its version. */
export interface SkewSource {
  readonly mesh: ResolvedMesh;
  /** Only components of this scope. @default all */
  readonly scope?: ComponentScope;
}

/**
 * Images that are not of the charts' version, each with its place: problems for another minor, which
 * an update refuses unless `allowImageSkew` is set, and warnings for another patch. Tags that are not
 * versions are left alone.
 *
 * @example
 * imageSkew([{ mesh: resolveMesh({ version: "1.29.1", tag: "1.21.0" }, library) }]).problems[0].path
 * // "spec.tag"
 */
export function imageSkew(sources: readonly SkewSource[]): VersionFindings {
  const images = sources.flatMap(({ mesh, scope }) =>
    componentImages(mesh)
      .filter(({ plan }) => scope === undefined || plan.component.scope === scope)
      .filter(isChosen)
      .map((image) => ({ image, charts: mesh.version })),
  );
  const choices = groupBy(images, ({ image, charts }) =>
    formatProblem({ ...image.chosen, reason: charts }),
  );
  const found = [...choices.values()].map((group) =>
    findingsOf(
      group.map(({ image }) => image),
      group[0]?.charts ?? "",
    ),
  );
  return {
    problems: found.flatMap(({ problems }) => problems),
    warnings: found.flatMap(({ warnings }) => warnings),
  };
}
