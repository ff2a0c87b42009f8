import assert from "node:assert/strict";
import fc from "fast-check";
import { load } from "js-yaml";
import { stringify } from "yaml";
import { overlayLibrary } from "../../../adapters/overlays";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { commentsOf } from "../../../mesh/migrate/comments";
import { migrateOverlay } from "../../../mesh/migrate/migrate";
import { setPath } from "../../../mesh/overlay/setting";
import { droppedFields } from "../../../mesh/schema/droppedRules";
import { at, overlayText, VERSION } from "../mesh/support";

const migrate = (text: string) =>
  migrateOverlay(text, { name: "a.yaml", version: VERSION }, overlayLibrary());

/** The data of a text that was migrated, which has to be valid then. */
function migrated(text: string): JsonObject {
  const { text: next, problems } = migrate(text);
  assert.deepEqual(problems, []);
  return load(next) as JsonObject;
}

const spec = (body: string) => overlayText(`spec:\n${body}`);

describe("migrate: what a field becomes", () => {
  const cases: [string, string, string, Json | undefined][] = [
    [
      "mtls on",
      "values: {global: {mtls: {enabled: true}}}",
      "metadata.annotations.pulumi-service-mesh/mtls-mode",
      "STRICT",
    ],
    [
      "mtls off",
      "values: {global: {mtls: {enabled: false}}}",
      "metadata.annotations.pulumi-service-mesh/mtls-mode",
      "PERMISSIVE",
    ],
    [
      "access log file",
      "values: {global: {proxy: {accessLogFile: /x}}}",
      "spec.meshConfig.accessLogFile",
      "/x",
    ],
    [
      "access log encoding",
      "values: {global: {proxy: {accessLogEncoding: JSON}}}",
      "spec.meshConfig.accessLogEncoding",
      "JSON",
    ],
    [
      "access log format",
      "values: {global: {proxy: {accessLogFormat: f}}}",
      "spec.meshConfig.accessLogFormat",
      "f",
    ],
    [
      "egress gateway",
      "gateways: {components: {egressGateway: {enabled: true}}}",
      "spec.components.egressGateways",
      [{ name: "istio-egressgateway", enabled: true }],
    ],
    [
      "ingress gateway with settings",
      "gateways: {components: {ingressGateway: {k8s: {replicaCount: 2}}}}",
      "spec.components.ingressGateways",
      [{ name: "istio-ingressgateway", k8s: { replicaCount: 2 } }],
    ],
    [
      "gateways off",
      "gateways: {enabled: false, components: {egressGateway: {enabled: true}}}",
      "spec.components.egressGateways",
      [{ name: "istio-egressgateway", enabled: false }],
    ],
    [
      "pilot",
      "trafficManagement: {enabled: true, components: {pilot: {k8s: {replicaCount: 2}}}}",
      "spec.components.pilot",
      { k8s: { replicaCount: 2 }, enabled: true },
    ],
    [
      "pilot off",
      "trafficManagement: {enabled: false, components: {pilot: {enabled: true}}}",
      "spec.components.pilot",
      { enabled: false },
    ],
    [
      "pilot's old name in overlays",
      "components: {pilot: {k8s: {overlays: [{kind: Deployment, name: istio-pilot, patches: []}]}}}",
      "spec.components.pilot.k8s.overlays",
      [{ kind: "Deployment", name: "istiod", patches: [] }],
    ],
    ["cni", "cni: {enabled: true}", "spec.components.cni", { enabled: true }],
    [
      "zipkin",
      "values: {global: {tracer: {zipkin: {address: 'z:9411'}}}}",
      "spec.meshConfig.defaultConfig.tracing.zipkin.address",
      "z:9411",
    ],
    [
      "access log service",
      "values: {global: {proxy: {envoyAccessLogService: {enabled: true, host: h, port: 1}}}}",
      "spec.meshConfig",
      {
        enableEnvoyAccessLogService: true,
        defaultConfig: { envoyAccessLogService: { address: "h:1" } },
      },
    ],
    [
      "statsd off",
      "values: {global: {proxy: {envoyStatsd: {enabled: false, host: h, port: 1}}}}",
      "spec.meshConfig",
      undefined,
    ],
    ["namespace", "defaultNamespace: mesh", "spec.values.global.istioNamespace", "mesh"],
    ["jwt policy", "values: {global: {jwtPolicy: first-party-jwt}}", "spec", undefined],
    [
      "certificate provider",
      "values: {global: {pilotCertProvider: kubernetes}}",
      "spec.values.global.pilotCertProvider",
      "istiod",
    ],
    [
      "cni of istiod",
      "values: {istio_cni: {enabled: true, chained: false}}",
      "spec.values.pilot.cni",
      { enabled: true, provider: "multus" },
    ],
    [
      "control plane security",
      "values: {global: {controlPlaneSecurityEnabled: true}}",
      "spec.values",
      undefined,
    ],
    ["mixer", "values: {mixer: {policy: {enabled: true}}}", "spec.values", undefined],
    [
      "injector",
      "values: {sidecarInjectorWebhook: {enabled: true, rewriteAppHTTPProbe: true}}",
      "spec.values.sidecarInjectorWebhook",
      { rewriteAppHTTPProbe: true },
    ],
    ["quoted boolean", "components: {cni: {enabled: 'true'}}", "spec.components.cni.enabled", true],
  ];
  for (const [name, body, path, want] of cases) {
    it(`${name}`, () => {
      const document = migrated(overlayText(`spec: {${body}}\n`));
      assert.deepEqual(at(document, path), want);
    });
  }

  it("an IstioControlPlane becomes an IstioOperator", () => {
    const text =
      "apiVersion: install.istio.io/v1alpha2\nkind: IstioControlPlane\nspec:\n  hub: a.example/b\n";
    const document = migrated(text);
    assert.deepEqual(document, {
      apiVersion: "install.istio.io/v1alpha1",
      kind: "IstioOperator",
      spec: { hub: "a.example/b" },
    });
  });

  it("what is set in the new place already wins, and the report says so", () => {
    const text = spec(
      "  meshConfig:\n    accessLogFile: /new\n  values:\n    global:\n      proxy:\n        accessLogFile: /old\n",
    );
    const { changes } = migrate(text);
    assert.equal(at(migrated(text), "spec.meshConfig.accessLogFile"), "/new");
    assert.match(changes[0]?.byHand ?? "", /is set already/);
  });

  it("what nothing replaces is said, unless it was off", () => {
    const on = migrate(spec("  values:\n    grafana:\n      enabled: true\n"));
    assert.match(on.changes[0]?.byHand ?? "", /install Prometheus, Grafana/);
    const off = migrate(spec("  values:\n    grafana:\n      enabled: false\n"));
    assert.equal(off.changes[0]?.byHand, undefined);
  });

  it("each change has its line, its page and its reason", () => {
    const { changes } = migrate(
      spec("  values:\n    global:\n      mtls:\n        enabled: true\n"),
    );
    assert.equal(changes.length, 1);
    const { from, line, to, source, why } = changes[0] ?? {};
    assert.deepEqual([from, line], ["spec.values.global.mtls.enabled", 7]);
    assert.match(to ?? "", /mtls-mode: "STRICT"/);
    assert.match(source ?? "", /peer_authentication/);
    assert.equal(why, "mutual TLS is policy");
  });

  it("a version that has the field still leaves it", () => {
    const text = spec("  values:\n    istio_cni:\n      enabled: true\n");
    assert.equal(
      migrateOverlay(text, { name: "a.yaml", version: "1.23.2" }, overlayLibrary()).text,
      text,
    );
  });

  for (const [name, text, reason] of [
    ["two CRs", `${overlayText("")}---\n${overlayText("")}`, /holds 2 documents/],
    ["another kind", "apiVersion: v1\nkind: ConfigMap\n", /is not an overlay/],
    ["no YAML", "a: [", /is not valid YAML/],
    ["a list", "- a\n", /is not a YAML mapping/],
    ["nothing", "", /is empty/],
  ] as const) {
    it(`${name}: as it was, with what is wrong`, () => {
      const { text: same, changes, problems } = migrate(text);
      assert.equal(same, text);
      assert.deepEqual(changes, []);
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }

  it("what is wrong besides is still reported", () => {
    const { problems } = migrate(spec("  componets: {}\n  values:\n    mixer: {}\n"));
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["spec.componets"],
    );
  });
});

describe("migrate: the text", () => {
  it("a file with nothing to do stays byte for byte", () => {
    const text = spec("  meshConfig:   {accessLogFile:   /x}   # odd blanks\n\n\n");
    assert.equal(migrate(text).text, text);
  });

  it("comments go with their fields", () => {
    const text = spec(
      [
        "  # all of it",
        "  values:",
        "    global:",
        "      proxy:",
        "        # to the collector",
        "        accessLogFile: /dev/stdout # always",
        "        logLevel: info # loud",
        "",
      ].join("\n"),
    );
    assert.equal(
      migrate(text).text,
      spec(
        [
          "  # all of it",
          "  values:",
          "    global:",
          "      proxy:",
          "        logLevel: info # loud",
          "  meshConfig:",
          "    # to the collector",
          "    accessLogFile: /dev/stdout # always",
          "",
        ].join("\n"),
      ),
    );
  });

  it("comments of what is taken out stay in the file", () => {
    const text = spec(
      "  values:\n    mixer:\n      # sized in March\n      policy:\n        x: 1 # one\n    pilot:\n      traceSampling: 1\n",
    );
    const { text: next } = migrate(text);
    assert.match(next, /# Comments of fields that were taken out:\n# sized in March\n# one/);
  });

  it("aliases are written out, since an alias stands below its anchor", () => {
    const text = spec(
      "  values:\n    global:\n      proxy:\n        accessLogFile: &log /dev/stdout\n  unvalidatedValues:\n    other: *log\n",
    );
    const document = migrated(text);
    assert.equal(at(document, "spec.meshConfig.accessLogFile"), "/dev/stdout");
    assert.equal(at(document, "spec.unvalidatedValues.other"), "/dev/stdout");
  });

  it("merge keys are written out", () => {
    const text = spec(
      "  unvalidatedValues:\n    a: &a {x: 1}\n    b:\n      <<: *a\n      y: 2\n  values:\n    mixer: {}\n",
    );
    assert.deepEqual(at(migrated(text), "spec.unvalidatedValues.b"), { y: 2, x: 1 });
  });
});

describe("migrate: any overlay (properties)", () => {
  const rules = droppedFields(VERSION);
  const leaf = fc.constantFrom<Json>(true, false, "x", 1, null, [], {}, { enabled: true }, ["a"]);
  const fields = fc.array(fc.tuple(fc.constantFrom(...rules), leaf), { maxLength: 6 });
  const documents = fields.map((list) =>
    list.reduce<JsonObject>(
      (document, [rule, value]) => setPath(document, `spec.${rule.path}`, value),
      { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator" },
    ),
  );

  it("no dropped field is left, and a second time changes nothing (property)", () => {
    fc.assert(
      fc.property(documents, (document) => {
        const once = migrate(stringify(document));
        const twice = migrate(once.text);
        assert.deepEqual(twice.changes, []);
        assert.equal(twice.text, once.text);
      }),
    );
  });

  it("every comment is kept (property)", () => {
    const commented = fc
      .tuple(documents, fc.infiniteStream(fc.constantFrom("", " # c1", " # c2", "\n# c3")))
      .map(([document, tails]) => {
        const stream = tails[Symbol.iterator]();
        return stringify(document)
          .split("\n")
          .map((line) => (line === "" ? line : `${line}${stream.next().value}`))
          .join("\n");
      });
    fc.assert(
      fc.property(commented, (text) => {
        const sorted = (comments: string[]) => comments.map((one) => one.trim()).sort();
        const before = sorted(commentsOf(text));
        const after = sorted(commentsOf(migrate(text).text));
        assert.deepEqual(
          after.filter((one) => one.startsWith("c")),
          before,
        );
      }),
    );
  });
});
