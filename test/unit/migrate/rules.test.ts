import assert from "node:assert/strict";
import { overlayLibrary } from "../../../adapters/overlays";
import type { JsonObject } from "../../../mesh/common/json";
import schema from "../../../mesh/data/istioOperator.schema.json";
import { setPath } from "../../../mesh/overlay/setting";
import { findDropped } from "../../../mesh/schema/droppedFields";
import { droppedFields, type Rule, replacement } from "../../../mesh/schema/droppedRules";
import { checkTypes } from "../../../mesh/schema/typeCheck";
import { PREVIOUS } from "../../../toolchain/versions";
import { VERSION } from "../mesh/support";

const rules = droppedFields(VERSION);

/** A value that the rule is about, of a type that its field had. */
function sample(rule: Rule): string | boolean | JsonObject {
  if (rule.value !== undefined) {
    return rule.value as string;
  }
  return /(nabled|auto|chained|Enabled)$/.test(rule.path) ? true : "x";
}

function documentWith(rule: Rule): JsonObject {
  return setPath({}, `spec.${rule.path}`, sample(rule));
}

/** Fields that istioctl takes and the chart then refuses (istiod's NOTES.txt). */
const REFUSED_BY_CHART = /tracer\.stackdriver\.|tracing\.stackdriver\.|pilotCertProvider/;

/** Whether Istio's own types, or the frame of a CR, lack the field. */
function isRefused(rule: Rule): boolean {
  const [top = "", second = ""] = rule.segments;
  const { properties } = schema.properties.spec;
  if (!(top in properties)) {
    return true;
  }
  if (top === "components" && !(second in properties.components.properties)) {
    return true;
  }
  return (
    REFUSED_BY_CHART.test(rule.path) ||
    checkTypes(documentWith(rule), VERSION).errors.some(({ reason }) => reason === "unknown field")
  );
}

/** They are about a name in the field, not about the field. */
const ABOUT_A_VALUE = ["pilotOverlays", "pilotScaleTarget"];

function aboutAValue({ action }: Rule): boolean {
  return (
    action.kind === "convert" && ABOUT_A_VALUE.some((name) => action.converter.to.includes(name))
  );
}

describe("the table of dropped fields", () => {
  const fields = rules.filter((rule) => !/^components\.pilot\.k8s/.test(rule.path));

  for (const version of ["1.23.2", "1.26.0", PREVIOUS]) {
    it(`names each field that istioctl ${version} no longer knows`, () => {
      const known = droppedFields(version);
      const unnamed = rules.filter(
        (rule) =>
          !known.includes(rule) &&
          checkTypes(documentWith(rule), version).errors.some(
            ({ reason }) => reason === "unknown field",
          ),
      );
      assert.deepEqual(
        unnamed.map(({ path }) => path),
        [],
      );
    });
  }

  it("has each field once, with a page and a reason", () => {
    const paths = rules.map(({ path }) => path);
    assert.deepEqual(
      paths.filter((path, index) => paths.indexOf(path) !== index),
      [],
    );
    for (const { why, source, since } of rules) {
      assert.match(source, /^https:\/\/(istio\.io|github\.com\/istio)\//);
      assert.ok(why.length > 10);
      assert.match(since, /^1\.\d+$/);
    }
  });

  for (const rule of fields.filter((one) => !aboutAValue(one))) {
    it(`${rule.path} is ${rule.severity === "error" ? "refused by" : "known to"} Istio ${VERSION}`, () => {
      assert.equal(isRefused(rule), rule.severity === "error");
    });
  }

  for (const rule of rules.filter(({ action }) => action.kind === "move")) {
    const to = replacement(rule) ?? "";
    it(`${to} takes the place of ${rule.path}, and Istio ${VERSION} knows it`, () => {
      const plain = to.replace(/\.\[name:.*$/, "");
      const unknown = checkTypes(setPath({}, `spec.${plain}`, "x"), VERSION);
      assert.deepEqual(
        [...unknown.errors, ...unknown.warnings].filter(({ reason }) =>
          reason.startsWith("unknown field"),
        ),
        [],
      );
    });
  }

  it("a field is found before the map around it, which is found when something is left", () => {
    const ingress = { ingressClass: "istio", other: 1 };
    const found = findDropped({ spec: { values: { pilot: { ingress } } } });
    assert.deepEqual(
      found.map(({ rule }) => rule.path),
      ["values.pilot.ingress.ingressClass", "values.pilot.ingress"],
    );
    const whole = findDropped({ spec: { values: { pilot: { ingress: { ingressClass: "x" } } } } });
    assert.equal(whole.length, 1);
  });

  it("the version decides: istio_cni counts in 1.23 and not in 1.24", () => {
    const document = { spec: { values: { istio_cni: { enabled: true } } } };
    assert.deepEqual(findDropped(document, "1.23.2"), []);
    assert.equal(findDropped(document, "1.24.0")[0]?.rule.path, "values.istio_cni.enabled");
    assert.equal(findDropped(document, "1.24.0-asm.1").length, 1);
    assert.equal(findDropped(document, "no version").length, 1);
  });

  it("the build decides: Google's own has Stackdriver's settings", () => {
    const configOverride = { enable_audit_log: true };
    const document = {
      spec: { values: { telemetry: { v2: { stackdriver: { configOverride } } } } },
    };
    assert.deepEqual(findDropped(document, "1.23.3-asm.2"), []);
    assert.equal(findDropped(document, "1.23.3").length, 1);
  });

  it("a value decides: pilotCertProvider", () => {
    const provider = (pilotCertProvider: string) => ({
      spec: { values: { global: { pilotCertProvider } } },
    });
    assert.deepEqual(findDropped(provider("istiod")), []);
    assert.equal(findDropped(provider("kubernetes")).length, 1);
  });

  it("no profile of ours has a dropped field", () => {
    const { profiles } = overlayLibrary();
    for (const name of profiles.names) {
      const { problems, warnings } = profiles.read(name, VERSION);
      assert.deepEqual([problems, warnings], [[], []], name);
    }
  });

  it("the document is not changed by looking", () => {
    const document = { spec: { values: { global: { mtls: { enabled: true } } } } };
    const before = JSON.stringify(document);
    findDropped(document);
    assert.equal(JSON.stringify(document), before);
  });
});
