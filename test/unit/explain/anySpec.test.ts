import assert from "node:assert/strict";
import fc from "fast-check";
import { stringify } from "yaml";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { InvalidInput } from "../../../mesh/common/problem";
import { explainedYaml } from "../../../mesh/explain/asYaml";
import { explainMesh } from "../../../mesh/explain/explain";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { setPath } from "../../../mesh/overlay/setting";
import { anyDocument } from "../mesh/arbitrary";
import { frozen, overlay, resolve, VERSION } from "../mesh/support";

/** Fields of all sorts, some of them wrong, dropped or unknown. */
const PATHS = [
  "hub",
  "tag",
  "revision",
  "profile",
  "namespace",
  "defaultRevision",
  "components.pilot.enabled",
  "components.pilot.k8s.replicaCount",
  "components.pilot.k8s.env",
  "components.pilot.k8s.overlays",
  "components.cni.enabled",
  "components.cni.namespace",
  "components.ingressGateways",
  "components.pilto",
  "meshConfig.accessLogFile",
  "meshConfig.defaultConfig.proxyMetadata",
  "meshConfig",
  "values.global.hub",
  "values.global.mtls.enabled",
  "values.pilot.env",
  "values.nonsense",
  "values",
  "unvalidatedValues.a\\.b",
];

const VALUES: readonly Json[] = [
  null,
  true,
  "true",
  0,
  "x",
  "minimal",
  "",
  [],
  {},
  { a: { b: 1 } },
  [{ name: "x" }],
  [{ name: "x", k8s: { service: { ports: [] } } }, 1],
  [{ kind: "Deployment", name: "istiod", patches: [{ path: "spec.replicas", value: 2 }] }],
];

const anySpec = fc
  .array(fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom(...VALUES)), { maxLength: 6 })
  .map((fields) =>
    fields.reduce<JsonObject>((spec, [path, value]) => setPath(spec, path, value), {}),
  );

describe("any spec (properties)", () => {
  it("is explained whole, or refused with what is wrong; never a crash (property)", () => {
    fc.assert(
      fc.property(fc.array(anySpec, { maxLength: 3 }), (specs) => {
        const overlays = frozen(specs.map((spec) => overlay(spec)));
        try {
          const fields = explainMesh(resolve({ overlays }));
          assert.ok(fields.every(({ became }) => Array.isArray(became)));
          explainedYaml(fields);
        } catch (error) {
          assert.ok(error instanceof InvalidInput, String((error as Error).stack));
          assert.ok(error.problems.length > 0);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("a text says the same of it as an object does, with lines (property)", () => {
    fc.assert(
      fc.property(fc.oneof(anySpec, anyDocument), (spec) => {
        const source = { name: "a.yaml", kind: "file" as const, version: VERSION };
        const { problems } = parseOverlay(stringify(overlay(spec)), source);
        for (const { line, path } of problems) {
          assert.ok(path === "" || line !== undefined, path);
        }
      }),
    );
  });
});
