import type { ChartSource } from "../model/meshInputs";
import type { InputProblem } from "../schema/checkInputs";

const HTTP = /^https?:\/\/[^/]/;

/** The format of addresses, by the kind of source. */
const ADDRESSES = {
  repository: { pattern: HTTP, example: "https://mirror.example.com/charts" },
  oci: { pattern: /^oci:\/\/[^/]+\/./, example: "oci://mirror.example.com/istio/charts" },
} as const;

function badUrl(path: string, value: string | undefined, pattern: RegExp, example: string) {
  return value === undefined || pattern.test(value)
    ? []
    : [{ path, value, reason: "is not an address of this kind", allowed: `such as ${example}` }];
}

/**
 * Returns what is wrong with the addresses of a chart source.
 *
 * @example
 * checkCharts({ kind: "oci", url: "https://x" })[0].path // "charts.url"
 */
export function checkCharts(charts: ChartSource | undefined): InputProblem[] {
  if (charts === undefined || charts.kind === "folder") {
    return [];
  }
  const { pattern, example } = ADDRESSES[charts.kind];
  return [
    ...badUrl("charts.url", charts.url, pattern, example),
    ...badUrl(
      "charts.releases",
      charts.releases,
      HTTP,
      "https://mirror.example.com/istio/releases",
    ),
  ];
}
