import type { Problem } from "../common/problem";
import type { ChartSource } from "../model/meshInputs";

type Finding = Omit<Problem, "source">;

/** What a source of each kind may say besides its kind, what it must say, and what addresses look like. */
const KINDS: Readonly<
  Record<
    ChartSource["kind"],
    { readonly fields: readonly string[]; readonly required?: string; readonly url?: RegExp }
  >
> = {
  repository: { fields: ["url", "releases", "digests"], url: /^https?:\/\/[^/]/ },
  oci: { fields: ["url", "releases", "digests"], required: "url", url: /^oci:\/\/[^/]+\/./ },
  folder: { fields: ["path", "fetchMissing"], required: "path" },
};

const EXAMPLES: Readonly<Record<string, string>> = {
  repository: "https://mirror.example.com/charts",
  oci: "oci://mirror.example.com/istio/charts",
};

function badUrl(path: string, value: unknown, pattern: RegExp, example: string): Finding[] {
  return typeof value !== "string" || pattern.test(value)
    ? []
    : [{ path, value, reason: "is not an address of this kind", allowed: `such as ${example}` }];
}

/**
 * What is wrong with a chart source whose fields have the right types: an unknown kind, a field that
 * another kind has, an address that is none.
 *
 * @example
 * checkCharts({ kind: "folder", path: "charts", url: "https://x" } as never)[0].path // "charts.url"
 */
export function checkCharts(charts: ChartSource | undefined): Finding[] {
  if (charts === undefined) {
    return [];
  }
  const { kind, ...given } = charts as unknown as Record<string, unknown>;
  const rule = Object.entries(KINDS).find(([name]) => name === kind)?.[1];
  if (rule === undefined) {
    const allowed = Object.keys(KINDS).join(", ");
    return [{ path: "charts.kind", value: kind, reason: "is unknown", allowed }];
  }
  const { fields, required, url } = rule;
  const foreign = Object.keys(given)
    .filter((field) => given[field] !== undefined && !fields.includes(field))
    .map((field) => ({
      path: `charts.${field}`,
      reason: `has no effect with kind ${kind}`,
      allowed: fields.join(", "),
    }));
  const missing =
    required !== undefined && given[required] === undefined
      ? [{ path: `charts.${required}`, reason: "is missing" }]
      : [];
  const releases = KINDS.repository.url as RegExp;
  return [
    ...foreign,
    ...missing,
    ...(url === undefined
      ? []
      : badUrl("charts.url", given.url, url, EXAMPLES[String(kind)] ?? "")),
    ...badUrl(
      "charts.releases",
      given.releases,
      releases,
      "https://mirror.example.com/istio/releases",
    ),
  ];
}
