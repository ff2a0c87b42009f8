import assert from "node:assert/strict";
import { load } from "js-yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import type { Json } from "../../../mesh/common/json";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import { parseOverlay } from "../../../mesh/overlay/parse";
import { findQuoted } from "../../../mesh/schema/quotedScalars";
import { at, overlayText, resolve, VERSION, valuesOf } from "./support";

const parsed = (text: string, version = VERSION) =>
  parseOverlay(text, { name: "a.yaml", kind: "file", version });

describe("booleans and numbers in quotes", () => {
  const read: [string, Json, string?][] = [
    ["values.pilot.autoscaleEnabled: 'true'", true],
    ["values.gateways.istio-ingressgateway.runAsRoot: 'true'", true],
    ["values.global.proxy.privileged: 'False'", false],
    ["values.pilot.cni.enabled: 'true'", true, "1.23.2"],
    ["values.global.autoscalingv2API: 'true'", true, "1.23.2"],
    ["unvalidatedValues.global.proxy.privileged: 'true'", true],
    ["unvalidatedValues.own.enabled: 'true'", true],
    ["defaultRevision: 'true'", true],
    ["meshConfig.enableTracing: 'true'", true],
    ["values.meshConfig.enableTracing: 'true'", true],
    ["components.pilot.k8s.replicaCount: '3'", 3],
    ["components.pilot.k8s.hpaSpec.maxReplicas: '5'", 5],
    ["components.pilot.k8s.securityContext.runAsUser: '1337'", 1337],
  ];
  for (const [field, value, version = VERSION] of read) {
    const [path = "", text = ""] = field.split(": ");
    const spec = path.split(".").reduceRight((below, key) => `{${key}: ${below}}`, text);
    const source = overlayText(`spec: ${spec}\n`);

    it(`${field} is read as ${value}, with one warning`, () => {
      const { layer, warnings, problems } = parsed(source, version);
      assert.deepEqual(problems, []);
      assert.equal(at(layer?.document ?? {}, `spec.${path}`), value);
      assert.deepEqual(
        warnings.map((warning) => [warning.path, warning.line, warning.reason]),
        [[`spec.${path}`, 3, `is a quoted ${typeof value}, read as a ${typeof value}`]],
      );
    });

    it(`migrate takes the quotes of ${field} off`, () => {
      const migrated = migrateOverlay(source, { name: "a.yaml", version }, overlayLibrary());
      assert.equal(at(load(migrated.text) as Json, `spec.${path}`), value);
      assert.deepEqual(
        migrated.warnings.filter(({ reason }) => reason.includes("quoted")),
        [],
      );
    });
  }

  const kept: [string, number][] = [
    ["values.pilot.autoscaleMin: '2'", 2],
    ["values.pilot.cpu.targetAverageUtilization: '-1'", -1],
    ["values.pilot.traceSampling: '0.5'", 0.5],
  ];
  for (const [field, value] of kept) {
    const [path = "", text = ""] = field.split(": ");
    const spec = path.split(".").reduceRight((below, key) => `{${key}: ${below}}`, text);
    const source = overlayText(`spec: ${spec}\n`);

    it(`${field} reaches the chart as a text, as from istioctl, with one warning`, () => {
      const { layer, warnings, problems } = parsed(source);
      assert.deepEqual(problems, []);
      assert.equal(at(layer?.document ?? {}, `spec.${path}`), String(value));
      assert.deepEqual(
        warnings.map(({ path: where, reason }) => [where, reason]),
        [[`spec.${path}`, "is a quoted number, read as a number"]],
      );
    });

    it(`migrate takes the quotes of ${field} off, and says what that changes`, () => {
      const named = { name: "a.yaml", version: VERSION };
      const { text: next, changes } = migrateOverlay(source, named, overlayLibrary());
      assert.equal(at(load(next) as Json, `spec.${path}`), value);
      assert.match(changes[0]?.effect ?? "", /^the ConfigMaps that hold the values /);
    });
  }

  /** What istioctl 1.29.1 does with them: it takes off the quotes and reads the rest as JSON. */
  const numberTexts: [string, boolean][] = [
    ["123", true],
    [" 5 ", true],
    ["null", true],
    ["010", false],
    ["+5", false],
    ["5.0", false],
    ["1e3", false],
    ["0x10", false],
    ["1.10", false],
    ["true", false],
    ["-0", false],
    ["", false],
  ];
  for (const [text, isTaken] of numberTexts) {
    it(`${JSON.stringify(text)} is ${isTaken ? "" : "not "}taken for a whole number, as by istioctl`, () => {
      const value = JSON.stringify(text);
      for (const spec of [
        `{values: {pilot: {autoscaleMin: ${value}}}}`,
        `{meshConfig: {defaultConfig: {concurrency: ${value}}}}`,
      ]) {
        const { problems } = parsed(overlayText(`spec: ${spec}\n`));
        const isFine = isTaken || (text === "-0" && spec.includes("meshConfig"));
        assert.deepEqual(
          problems.map(({ reason }) => reason),
          isFine ? [] : ["has the wrong type"],
          spec,
        );
      }
    });
  }

  it("fractions are those of JSON, too", () => {
    const reasonsOf = (text: string) =>
      parsed(overlayText(`spec: {values: {pilot: {traceSampling: '${text}'}}}\n`)).problems.length;
    assert.deepEqual(["1e3", "1.10", "-5e-1", "0"].map(reasonsOf), [0, 0, 0, 0]);
    assert.deepEqual(["1.", ".5", "+.5", "0x10", "05", "NaN"].map(reasonsOf), [1, 1, 1, 1, 1, 1]);
  });

  const texts = [
    "values.pilot.env.A: 'true'",
    "values.global.proxy.image: 'true'",
    "values.pilot.podAnnotations.x: 'true'",
    "values.global.tag: '7'",
    "values.pilot.autoscaleMin: '02'",
    "meshConfig.defaultConfig.proxyMetadata.A: 'true'",
    "meshConfig.defaultConfig.concurrency: '2'",
    "components.pilot.k8s.podAnnotations.enabled: 'true'",
    "unvalidatedValues.own.thing: 'true'",
  ];
  for (const field of texts) {
    it(`${field} stays a text`, () => {
      const [path = "", text = ""] = field.split(": ");
      const spec = path.split(".").reduceRight<Json>((below, key) => ({ [key]: below }), text);
      assert.deepEqual(findQuoted({ spec }, VERSION), []);
    });
  }

  it("a text that is neither is still of the wrong type", () => {
    const { problems } = parsed(
      overlayText("spec: {values: {pilot: {autoscaleEnabled: 'on it'}}}\n"),
    );
    assert.deepEqual(
      problems.map(({ reason }) => reason),
      ["has the wrong type"],
    );
  });

  it("a dropped field is named as dropped, quoted or not, and migrate takes it out", () => {
    const text = overlayText(
      "spec: {hub: a.example/b, values: {pilot: {enableProtocolSniffingForInbound: 'true'}}}\n",
    );
    for (const version of ["1.23.2", VERSION]) {
      assert.match(parsed(text, version).problems[0]?.reason ?? "", /^Istio 1\.23 has dropped it/);
      const migrated = migrateOverlay(text, { name: "a.yaml", version }, overlayLibrary());
      assert.deepEqual(migrated.problems, []);
      assert.equal(at(load(migrated.text) as Json, "spec.values"), undefined);
    }
  });

  it("the chart gets the boolean", () => {
    const overlays = [
      {
        apiVersion: "install.istio.io/v1alpha1",
        kind: "IstioOperator",
        spec: { values: { pilot: { autoscaleEnabled: "false" } } },
      },
    ];
    assert.equal(at(valuesOf(resolve({ overlays }), "pilot"), "pilot.autoscaleEnabled"), false);
  });

  it("in lists; the line is that of the item", () => {
    const { warnings } = parsed(
      overlayText(
        "spec:\n  components:\n    egressGateways:\n      - name: a\n      - name: b\n        enabled: 'true'\n",
      ),
    );
    assert.deepEqual(
      warnings.map(({ path, line }) => [path, line]),
      [["spec.components.egressGateways[1].enabled", 8]],
    );
  });

  it("migrate follows aliases to them, and fields that move first", () => {
    const text = overlayText(
      [
        "spec:",
        "  values:",
        "    global:",
        "      proxy: &proxy {privileged: 'true'}",
        "      enableTracing: 'true' # all of it",
        "    unused: *proxy",
      ].join("\n"),
    );
    const { text: next } = migrateOverlay(
      text.replace("    unused: *proxy", ""),
      {
        name: "a.yaml",
        version: VERSION,
      },
      overlayLibrary(),
    );
    assert.equal(at(load(next) as Json, "spec.meshConfig.enableTracing"), true);
    assert.match(next, /# all of it/);
    const shared = overlayText(
      "metadata:\n  labels: &on {enabled: 'true'}\nspec:\n  components:\n    cni: *on\n",
    );
    const migrated = migrateOverlay(shared, { name: "a.yaml", version: VERSION }, overlayLibrary());
    assert.deepEqual(migrated.warnings, []);
    const data = load(migrated.text) as Json;
    assert.equal(at(data, "spec.components.cni.enabled"), true);
    assert.equal(at(data, "metadata.labels.enabled"), "true");
  });
});
