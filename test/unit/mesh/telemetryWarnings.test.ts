import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { NEWEST } from "../../../toolchain/versions";
import { overlay, resolve } from "./support";

function warningsOf(spec: JsonObject) {
  return resolve({ overlays: [overlay(spec)] }).warnings.map(({ path, fix }) => [path, fix ?? ""]);
}

describe("telemetry that comes to nothing is a warning", () => {
  it("a default provider whose definition a later overlay replaced", () => {
    const mesh = resolve({
      overlays: [
        "cloud-tracing",
        overlay({ meshConfig: { extensionProviders: [{ name: "other", prometheus: {} }] } }),
      ],
    });
    const [warning] = mesh.warnings;
    assert.deepEqual(
      [warning?.source, warning?.path, warning?.value],
      ["option cloud-tracing", "spec.meshConfig.defaultProviders.tracing", "cloud-trace"],
    );
  });

  it("a default provider of traces alone would turn metrics off", () => {
    const defaultProviders = (more: JsonObject) => ({
      meshConfig: { defaultProviders: { accessLogging: ["envoy"], ...more } },
    });
    assert.match(warningsOf(defaultProviders({}))[0]?.[1] ?? "", /metrics: \[prometheus\]/);
    assert.deepEqual(warningsOf(defaultProviders({ metrics: [] })), []);
  });

  for (const option of [
    "stackdriver",
    "prometheus",
    "prometheus-and-stackdriver",
    "no-telemetry",
    "cloud-tracing",
    "opentelemetry",
    "audit-authorizationpolicy",
  ]) {
    for (const version of [NEWEST, "1.23.2"]) {
      it(`the option ${option} works on ${version}`, () => {
        assert.deepEqual(resolve({ version, overlays: [option] }).warnings, []);
      });
    }
  }

  for (const profile of ["asm-gcp", "asm-gcp-multiproject", "asm-multicloud"]) {
    it(`so does the profile ${profile}`, () => {
      assert.deepEqual(resolve({ profile }).warnings, []);
    });
  }
});
