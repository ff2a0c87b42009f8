import assert from "node:assert/strict";
import { load } from "js-yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { getPath } from "../../../mesh/k8s/path";
import { lintOverlay } from "../../../mesh/lint/lintOverlay";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import { overlay, problemsOf, resolve, VERSION } from "./support";

const GOOGLES_BUILD = "1.23.3-asm.2";

const library = overlayLibrary();

/** Google's documents write these, in an overlay or as settings. */
const SNIPPETS: readonly {
  readonly name: string;
  readonly spec: JsonObject;
  readonly path: string;
  readonly option: "stackdriver" | "cloud-tracing";
}[] = [
  {
    name: "the option stackdriver of asmcli",
    spec: {
      values: {
        telemetry: {
          enabled: true,
          v2: { enabled: true, prometheus: { enabled: false }, stackdriver: { enabled: true } },
        },
      },
    },
    path: "spec.values.telemetry.v2.stackdriver.enabled",
    option: "stackdriver",
  },
  {
    name: "both of Prometheus and Stackdriver",
    spec: {
      values: {
        telemetry: {
          enabled: true,
          v2: { enabled: true, prometheus: { enabled: true }, stackdriver: { enabled: true } },
        },
      },
    },
    path: "spec.values.telemetry.v2.stackdriver.enabled",
    option: "stackdriver",
  },
  {
    name: "the default providers for metrics",
    spec: {
      meshConfig: {
        defaultProviders: { metrics: ["prometheus", "stackdriver"], accessLogging: ["envoy"] },
      },
    },
    path: "spec.meshConfig.defaultProviders.metrics",
    option: "stackdriver",
  },
  {
    name: "the default providers for logs",
    spec: {
      meshConfig: {
        defaultProviders: { metrics: ["prometheus"], accessLogging: ["stackdriver"] },
      },
    },
    path: "spec.meshConfig.defaultProviders.accessLogging",
    option: "stackdriver",
  },
  {
    name: "a provider of Google's with a name of the user's own",
    spec: {
      meshConfig: {
        extensionProviders: [{ name: "google", stackdriver: {} }],
        defaultProviders: { metrics: ["prometheus"], tracing: ["google"] },
      },
    },
    path: "spec.meshConfig.defaultProviders.tracing",
    option: "cloud-tracing",
  },
  {
    name: "the option cloud-tracing of asmcli",
    spec: {
      meshConfig: { enableTracing: true },
      values: { global: { proxy: { tracer: "stackdriver" } } },
    },
    path: "spec.values.global.proxy.tracer",
    option: "cloud-tracing",
  },
  {
    name: "the tracer of the mesh configuration",
    spec: { meshConfig: { defaultConfig: { tracing: { sampling: 5, stackdriver: {} } } } },
    path: "spec.meshConfig.defaultConfig.tracing.stackdriver",
    option: "cloud-tracing",
  },
];

const textOf = (spec: JsonObject) => JSON.stringify(overlay(spec));

describe("telemetry for Google Cloud that proxies no longer have", () => {
  for (const { name, spec, path, option } of SNIPPETS) {
    describe(name, () => {
      for (const platform of ["gke", undefined] as const) {
        it(`is refused ${platform === undefined ? "elsewhere" : "on GKE"}, with the option in its place`, () => {
          const problems = problemsOf({
            overlays: [overlay(spec)],
            ...(platform !== undefined && { platform }),
          });
          assert.deepEqual(
            problems.map((problem) => problem.path),
            [path],
          );
          assert.match(problems[0]?.reason ?? "", /dropped its exporters|lost this tracer/);
          assert.match(problems[0]?.fix ?? "", new RegExp(`use the option "${option}"`));
        });
      }

      it("is refused by lint, in the same words", () => {
        const [problem] = problemsOf({ overlays: [overlay(spec)] });
        const source = { name: "a.yaml", version: VERSION };
        const [error] = lintOverlay(textOf(spec), source, library).errors;
        assert.deepEqual(
          [error?.path, error?.reason, error?.fix],
          [problem?.path, problem?.reason, problem?.fix],
        );
      });

      it("is rewritten by migrate, whose output is accepted and asks for working telemetry", () => {
        const migrated = migrateOverlay(
          textOf(spec),
          { name: "a.yaml", version: VERSION },
          library,
        );
        assert.deepEqual([migrated.problems, migrated.warnings], [[], []]);
        assert.deepEqual(
          migrated.changes.map(({ from }) => from),
          [path],
        );
        const document = load(migrated.text) as JsonObject;
        const kept = resolve({ overlays: [document] }).document;
        const set = resolve({ overlays: [option] }).document;
        const providers = (of: JsonObject, kind: string) =>
          getPath(of, `spec.meshConfig.defaultProviders.${kind}`);
        for (const kind of option === "stackdriver" ? ["metrics", "accessLogging"] : ["tracing"]) {
          assert.deepEqual(providers(kept, kind), providers(set, kind), kind);
        }
      });

      it("works in Google's own build", () => {
        const { warnings } = resolve({ version: GOOGLES_BUILD, overlays: [overlay(spec)] });
        assert.deepEqual(
          warnings.map((warning) => warning.reason).filter((reason) => /Google/.test(reason)),
          [],
        );
        const source = { name: "a.yaml", version: GOOGLES_BUILD };
        assert.deepEqual(migrateOverlay(textOf(spec), source, library).changes, []);
      });
    });
  }

  it("a setting is refused as well", () => {
    const set = ["values.telemetry.v2.stackdriver.enabled=true"];
    assert.deepEqual(
      problemsOf({ set }).map(({ path }) => path),
      ["spec.values.telemetry.v2.stackdriver.enabled"],
    );
  });

  it("settings of the exporter are refused with what to write, also where it is off", () => {
    const set = ["values.telemetry.v2.stackdriver.logging=true"];
    const [problem] = problemsOf({ set });
    assert.match(problem?.fix ?? "", /option stackdriver \(typed: telemetry\).*googlePrometheus/);
  });

  it("nothing is said of an exporter that is off or that a later overlay turns off", () => {
    const exporter = (enabled: boolean) =>
      overlay({ values: { telemetry: { v2: { stackdriver: { enabled } } } } });
    assert.deepEqual(resolve({ overlays: [exporter(false)] }).warnings, []);
    assert.deepEqual(resolve({ overlays: [exporter(true), exporter(false)] }).warnings, []);
  });

  it("a provider of the user's own may have the name", () => {
    const spec = {
      meshConfig: {
        extensionProviders: [{ name: "stackdriver", opentelemetry: { service: "o", port: 4317 } }],
        defaultProviders: { metrics: ["prometheus"], tracing: ["stackdriver"] },
      },
    };
    assert.deepEqual(resolve({ overlays: [overlay(spec)] }).warnings, []);
  });

  it("migrate says what it leaves, and what is still to do", () => {
    const spec = {
      meshConfig: { accessLogEncoding: "TEXT" },
      values: { telemetry: { v2: { stackdriver: { enabled: true } } } },
    };
    const { text, changes } = migrateOverlay(
      textOf(spec),
      { name: "a.yaml", version: VERSION },
      library,
    );
    assert.equal(getPath(load(text) as JsonObject, "spec.meshConfig.accessLogEncoding"), "TEXT");
    assert.match(
      changes[0]?.byHand ?? "",
      /googlePrometheus.*spec\.meshConfig\.accessLogEncoding is set already, and stays as it is/,
    );
  });
});
