import assert from "node:assert/strict";
import type { JsonObject } from "../../../mesh/common/json";
import { overlay, problemsOf, resolve } from "./support";

const GOOGLES_BUILD = "1.23.3-asm.2";

function warningsOf(spec: JsonObject, version?: string) {
  const inputs = { overlays: [overlay(spec)], ...(version !== undefined && { version }) };
  return resolve(inputs).warnings.map(({ path, fix }) => [path, fix ?? ""]);
}

describe("telemetry that comes to nothing is a warning", () => {
  const exporter = { values: { telemetry: { v2: { stackdriver: { enabled: true } } } } };
  const tracer = { values: { global: { proxy: { tracer: "stackdriver" } } } };

  it("the old switch, and what to use", () => {
    const [[path, fix] = []] = warningsOf(exporter);
    assert.equal(path, "spec.values.telemetry.v2.stackdriver.enabled");
    assert.match(fix ?? "", /option "stackdriver"/);
  });

  for (const [name, spec, path] of [
    ["the values", tracer, "spec.values.global.proxy.tracer"],
    [
      "the mesh config",
      { meshConfig: { defaultConfig: { tracing: { stackdriver: {} } } } },
      "spec.meshConfig.defaultConfig.tracing.stackdriver",
    ],
  ] as const) {
    it(`the old tracer in ${name} is refused, since no proxy outside Google Cloud would start`, () => {
      const problems = problemsOf({ overlays: [overlay(spec)] });
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.reason ?? "", /keeps every proxy outside Google Cloud from start/);
      assert.match(problems[0]?.fix ?? "", /option "cloud-tracing"/);
    });

    it(`the old tracer in ${name} is a warning on GKE`, () => {
      const { warnings } = resolve({ platform: "gke", overlays: [overlay(spec)] });
      assert.deepEqual(
        warnings.map((warning) => [warning.path, /option "cloud-tracing"/.test(warning.fix ?? "")]),
        [[path, true]],
      );
    });

    it(`the old tracer in ${name} works in Google's own build`, () => {
      assert.deepEqual(warningsOf(spec, GOOGLES_BUILD), []);
    });
  }

  it("Google's own build has both still", () => {
    assert.deepEqual(warningsOf(exporter, GOOGLES_BUILD), []);
    assert.deepEqual(warningsOf(tracer, GOOGLES_BUILD), []);
  });

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
    for (const version of ["1.29.1", "1.23.2"]) {
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
