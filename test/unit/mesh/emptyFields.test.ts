import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { planMesh } from "../../../mesh/plan/meshPlan";
import { withoutEmptyFields } from "../../../mesh/schema/emptyFields";
import { NEWEST } from "../../../toolchain/versions";
import { overlayText } from "./support";

const NAME = "team.yaml";

/** The document of a text, which has to be taken without a word. */
function taken(spec: string): JsonObject {
  const { layer, problems, warnings } = parseOverlay(overlayText(spec), {
    name: NAME,
    kind: "file",
    version: NEWEST,
  });
  assert.deepEqual([problems, warnings], [[], []]);
  assert.ok(layer);
  return layer.document.spec as JsonObject;
}

/** The components that a mesh of one overlay has. */
function componentsOf(spec: JsonObject): string[] {
  const head = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" };
  const plan = planMesh({ version: NEWEST, overlays: [{ ...head, spec }] }, overlayLibrary());
  return plan.controlPlanes.flatMap(({ components }) => components.map(({ name }) => name));
}

describe("fields that nothing stands behind", () => {
  const cases: readonly (readonly [name: string, spec: string, left: JsonObject])[] = [
    ["values", "spec:\n  values:\n", {}],
    [
      "blocks of values",
      "spec:\n  values:\n    global:\n      proxy:\n      hub: x\n    pilot:\n",
      { values: { global: { hub: "x" } } },
    ],
    ["components", "spec:\n  components:\n", {}],
    ["meshConfig", "spec:\n  meshConfig:\n  unvalidatedValues:\n", {}],
    ["hub and tag", "spec:\n  hub:\n  tag:\n  profile: minimal\n", { profile: "minimal" }],
    ["profile and revision", "spec:\n  profile:\n  revision:\n  namespace:\n", {}],
    ["the rest of a spec", "spec:\n  defaultRevision:\n  compatibilityVersion:\n", {}],
    [
      "a component",
      "spec:\n  components:\n    pilot:\n    cni:\n      enabled: true\n",
      { components: { cni: { enabled: true } } },
    ],
    [
      "the fields of a component",
      "spec:\n  components:\n    cni:\n      enabled:\n      namespace:\n      hub:\n      tag:\n      k8s:\n",
      { components: { cni: {} } },
    ],
    ["a list of gateways", "spec:\n  components:\n    ingressGateways:\n", { components: {} }],
    [
      "an entry of a list of gateways, and its fields",
      "spec:\n  components:\n    ingressGateways:\n    -\n    - name: web\n      label:\n        a:\n      k8s:\n",
      { components: { ingressGateways: [{ name: "web", label: {} }] } },
    ],
    [
      "entries of lists of k8s",
      "spec:\n  components:\n    pilot:\n      k8s:\n        env:\n        -\n        overlays:\n        -\n        - kind: Deployment\n          name: istiod\n          patches:\n          -\n",
      {
        components: {
          pilot: {
            k8s: { env: [], overlays: [{ kind: "Deployment", name: "istiod", patches: [] }] },
          },
        },
      },
    ],
  ];
  for (const [name, text, left] of cases) {
    it(`are as if they were absent: ${name}`, () => assert.deepEqual(taken(text), left));
  }

  it("stay where a null takes something away: values, meshConfig, settings of k8s, patches", () => {
    const patch = { path: "spec.strategy", value: null };
    const spec = {
      values: { pilot: { autoscaleMin: null, resources: null }, defaultRevision: null },
      unvalidatedValues: { a: null },
      meshConfig: { defaultConfig: { tracing: null } },
      components: {
        pilot: {
          k8s: {
            resources: null,
            strategy: { type: "Recreate", rollingUpdate: null },
            overlays: [{ kind: "Deployment", name: "istiod", patches: [patch] }],
          },
        },
      },
    };
    assert.deepEqual(withoutEmptyFields({ spec }), { spec });
  });

  it("leave what a lower layer says", () => {
    const off = { profile: "minimal", components: { cni: { enabled: true } } };
    const overlay = (spec: JsonObject): JsonObject => ({
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      spec,
    });
    const empty = { hub: null, components: { cni: null, ingressGateways: null } };
    const plan = planMesh(
      { version: NEWEST, overlays: [overlay(off), overlay(empty)] },
      overlayLibrary(),
    );
    const [mesh] = plan.controlPlanes;
    assert.deepEqual(
      mesh?.components.map(({ name }) => name),
      ["base", "pilot", "cni"],
    );
    assert.equal(mesh?.provenance["spec.hub"]?.layer, `base Istio ${NEWEST}`);
  });

  it("do not switch a component on that the profile has off", () => {
    const minimal = componentsOf({ profile: "minimal" });
    assert.deepEqual(componentsOf({ profile: "minimal", components: null }), minimal);
  });

  it("are errors where a text has to stand", () => {
    const overlays = "        overlays:\n        - kind:\n          name: istiod\n";
    const { problems } = parseOverlay(
      overlayText(`spec:\n  components:\n    pilot:\n      k8s:\n${overlays}`),
      { name: NAME, kind: "file" },
    );
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["spec.components.pilot.k8s.overlays[0].kind"],
    );
  });
});

describe("a gateway without a name", () => {
  it("is fine while it is off, and only then", () => {
    const gateways = (last: JsonObject) => ({
      components: { ingressGateways: [{ name: "istio-ingressgateway", enabled: true }, last] },
    });
    const names = componentsOf(gateways({ enabled: false }));
    assert.deepEqual(names, ["base", "pilot", "istio-ingressgateway"]);
    assert.deepEqual(componentsOf(gateways({ enabled: "false" })), names);
    assert.throws(() => componentsOf(gateways({})), /ingressGateways\[1\]\.name: is missing/);
  });
});

describe("the apiVersion of older releases", () => {
  for (const version of ["install.istio.io/v1alpha2", "operator.istio.io/v1alpha1"]) {
    const text = `apiVersion: ${version} # ours\nkind: IstioOperator\nspec:\n  profile: minimal\n`;
    const source = { name: NAME, kind: "file" } as const;

    it(`${version} is read as today's, with a warning`, () => {
      const { layer, problems, warnings } = parseOverlay(text, source);
      assert.deepEqual(problems, []);
      assert.equal(layer?.document.apiVersion, "install.istio.io/v1alpha1");
      assert.deepEqual(
        warnings.map(({ line, path, value }) => [line, path, value]),
        [[1, "apiVersion", version]],
      );
    });

    it(`${version} is rewritten by migrate, which then has nothing more to say`, () => {
      const migrated = migrateOverlay(text, { name: NAME, version: NEWEST }, overlayLibrary());
      assert.equal(migrated.text, text.replace(version, "install.istio.io/v1alpha1"));
      assert.deepEqual(migrated.warnings, []);
      assert.equal(migrated.changes.length, 1);
    });
  }

  it("any other is an error", () => {
    const text = "apiVersion: install.istio.io/v1\nkind: IstioOperator\n";
    const { problems } = parseOverlay(text, { name: NAME, kind: "file" });
    assert.equal(problems[0]?.path, "apiVersion");
  });
});
