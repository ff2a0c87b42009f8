import assert from "node:assert/strict";
import type { ChartSource } from "../../../mesh/model/meshInputs";
import { checkCharts } from "../../../mesh/spec/charts";
import { problemsOf } from "./support";

describe("chart sources", () => {
  const good: ChartSource[] = [
    { kind: "repository" },
    { kind: "repository", url: "https://m/charts", releases: "https://m/r", digests: {} },
    { kind: "repository", releases: "http://127.0.0.1:8080" },
    { kind: "oci", url: "oci://m/istio/charts", releases: "https://m/r" },
    { kind: "folder", path: "manifests", fetchMissing: true },
  ];
  for (const source of good) {
    it(`${JSON.stringify(source)} is one`, () => assert.deepEqual(checkCharts(source), []));
  }

  const refused: [charts: object, path: string, reason: RegExp][] = [
    [{ kind: "git" }, "charts.kind", /is unknown/],
    [{ kind: "toString" }, "charts.kind", /is unknown/],
    [{ kind: "folder" }, "charts.path", /is missing/],
    [{ kind: "oci" }, "charts.url", /is missing/],
    [
      { kind: "folder", path: "x", url: "https://m" },
      "charts.url",
      /has no effect with kind folder/,
    ],
    [{ kind: "repository", path: "x" }, "charts.path", /has no effect with kind repository/],
    [{ kind: "repository", fetchMissing: true }, "charts.fetchMissing", /has no effect/],
    [{ kind: "repository", url: "oci://m/charts" }, "charts.url", /is not an address of this kind/],
    [{ kind: "oci", url: "https://m/charts" }, "charts.url", /is not an address of this kind/],
    [{ kind: "repository", releases: "m/r" }, "charts.releases", /is not an address/],
    [{ kind: "folder", path: "x", fetchMissing: "yes" }, "charts.fetchMissing", /wrong type/],
  ];
  for (const [charts, path, reason] of refused) {
    it(`${JSON.stringify(charts)}: ${path}`, () => {
      const problems = problemsOf({ charts });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }
});
