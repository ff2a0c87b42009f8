import data from "../../mesh/data/istioPlaces.json";
import type { ChartLocator } from "../../mesh/render/engine";
import { CHARTS_VARIABLE, type ChartPlaces, RELEASES_VARIABLE } from "./places";
import { NoSuchChart } from "./repository";

type Chart = Parameters<ChartLocator["locate"]>[0];

const IN_FOLDER = "use a folder of Istio's release as the chart source";

/** The fix for a user's own mirror. No other place may be used without the user's consent. */
function mirrorFix({ name, version }: Chart): string {
  const only = data.published.includes(name)
    ? ""
    : "Istio has this chart in its release archives only: ";
  return (
    `${only}name a mirror of them as \`releases\` beside the address (--releases for mesh), with ` +
    `${version}/istio-${version}-linux-amd64.tar.gz and its .sha256 below it; or add the chart to ` +
    `your mirror, or ${IN_FOLDER}`
  );
}

function publicFix({ version }: Chart): string {
  return (
    `look at the network; or name mirrors in ${CHARTS_VARIABLE} and ${RELEASES_VARIABLE}, or in ` +
    `\`charts\`; or ${IN_FOLDER}. In a clone of pulumi-service-mesh, npm run setup -- --istio ` +
    `${version} can make the charts of the versions that it knows with Go`
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
  const wantsRelease = releases.length === 0 && (lacks || !data.published.includes(chart.name));
  const fix =
    similar[0] ?? (wantsRelease ? mirrorFix(chart) : isOwn ? undefined : publicFix(chart));
  const said = failures.map(({ message }) => message).join("; ");
  const text = `the chart "${chart.name}" ${chart.version} is not available: ${said}`;
  return new Error(fix === undefined ? text : `${text}; fix: ${fix}`);
}
