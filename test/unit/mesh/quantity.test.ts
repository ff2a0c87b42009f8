import assert from "node:assert/strict";
import { canonicalQuantity, compareQuantities } from "../../../mesh/k8s/quantity";

describe("quantities as Kubernetes writes them", () => {
  // What Quantity.String() of k8s.io/apimachinery prints.
  const cases: [string, string | undefined][] = [
    ["0", "0"],
    ["0.0", "0"],
    ["100m", "100m"],
    ["1000m", "1"],
    ["1500m", "1500m"],
    ["0.5", "500m"],
    [".5", "500m"],
    ["2", "2"],
    ["2.", "2."],
    ["02", "02"],
    ["2.50", "2500m"],
    ["100.0m", "100m"],
    ["2000", "2k"],
    ["1.5k", "1500"],
    ["1000k", "1M"],
    ["0.0005", "500u"],
    ["0.0000000001", "1n"],
    ["1e3", "1e3"],
    ["1500e0", "1500e0"],
    ["2E3", "2E3"],
    ["2e4", "20e3"],
    ["20e3", "20e3"],
    ["0.5e3", "500"],
    ["1500e-3", "1500e-3"],
    ["12345678901234567890", "12345678901234567890"],
    ["2E", "2E"],
    ["1Gi", "1Gi"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["-250m", "-250m"],
    ["+1", "+1"],
    ["0.1Gi", "107374182400m"],
    [" 1 ", "1"],
    ["", undefined],
    [".", undefined],
    ["1 Gi", undefined],
    ["1x", undefined],
  ];
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => {
      assert.equal(canonicalQuantity(text), expected);
    });
  }
});

describe("quantities, compared by their amounts", () => {
  const cases: readonly (readonly [string, string, number | undefined])[] = [
    ["500m", "1", -1],
    ["1000m", "1", 0],
    ["1Gi", "1G", 1],
    ["-1", "0", -1],
    ["2", "x", undefined],
  ];
  for (const [a, b, expected] of cases) {
    it(`${a} and ${b}: ${expected}`, () => assert.equal(compareQuantities(a, b), expected));
  }
});
