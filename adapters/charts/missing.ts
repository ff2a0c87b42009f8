import data from "../../mesh/data/istioPlaces.json";
import { buildOf } from "../../mesh/model/versions";
import type { ChartLocator } from "../../mesh/render/engine";
import {
  archivePath,
  CHARTS_VARIABLE,
  type ChartPlaces,
  RELEASES_VARIABLE,
  releaseLayout,
} from "./places";
import { NoSuchChart } from "./repository";

type Chart = Parameters<ChartLocator["locate"]>[0];

const IN_FOLDER = "use a folder of Istio's release as the chart source";

/** Whether only release archives have a chart of this version. */
function isInArchivesOnly({ name, version }: Chart): boolean {
  return buildOf(version) !== undefined || !data.published.includes(name);
}

/** The fix for a user's own mirror. No other place may be used without the user's consent. */
function mirrorFix(chart: Chart): string {
  const { version } = chart;
  const { publisher, proof } = releaseLayout(version);
  const only = isInArchivesOnly(chart)
    ? `${publisher} has this chart in its release archives only: `
    : "";
  return (
    `${only}name a mirror of them as \`releases\` beside the address (--releases for mesh), with ` +
    `${archivePath(version)} and its ${proof.suffix} below it; or add the chart to ` +
    `your mirror, or ${IN_FOLDER}`
  );
}

/** Go modules are Istio's own. */
function setUpHint(version: string): string {
  return buildOf(version) === undefined
    ? `. In a clone of pulumi-service-mesh, npm run setup -- --istio ${version} can make the charts of the ` +
        "versions that it knows with Go"
    : "";
}

function publicFix({ version }: Chart): string {
  return (
    `look at the network; or name mirrors in ${CHARTS_VARIABLE} and ${RELEASES_VARIABLE}, or in ` +
    `\`charts\`; or ${IN_FOLDER}${setUpHint(version)}`
  );
}

/**
 * Returns the error for a chart that cannot be found, with what to do.
 *
 * @param failures the failure of each place, in order
 */
export function missingChart(
  chart: Chart,
  failures: readonly Error[],
  { releases, isOwn }: ChartPlaces,
): Error {
  const similar = failures.flatMap((error) =>
    error instanceof NoSuchChart && error.similar !== undefined ? [error.similar] : [],
  );
  const lacks = failures.some((error) => error instanceof NoSuchChart);
  const wantsRelease = releases.length === 0 && (lacks || isInArchivesOnly(chart));
  const fix =
    similar[0] ?? (wantsRelease ? mirrorFix(chart) : isOwn ? undefined : publicFix(chart));
  const said = failures.map(({ message }) => message).join("; ");
  const text = `the chart "${chart.name}" ${chart.version} is not available: ${said}`;
  return new Error(fix === undefined ? text : `${text}; fix: ${fix}`);
}
