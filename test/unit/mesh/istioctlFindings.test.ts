import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../mesh/common/json";
import { MINORS } from "../../../mesh/model/minors";
import { buildOf } from "../../../mesh/model/versions";
import { checkType, checkTypes } from "../../../mesh/schema/typeCheck";
import { typeTable } from "../../../mesh/schema/typeTable";
import { overlay, problemsOf, resolve, VERSION } from "./support";

const VERSIONS = MINORS.names.map((minor) => `${minor}.0`);

const TABLE = typeTable(VERSION);
const of = (type: string, value: Json) => checkType(type, value, [], TABLE);

describe("the types of a version's istioctl", () => {
  for (const version of VERSIONS) {
    it(`every type that the table of ${version} names is in it`, () => {
      const table = typeTable(version);
      const named = Object.values(table.types).flatMap((fields) => Object.values(fields));
      for (const type of [...named, ...Object.values(table.roots)]) {
        assert.doesNotThrow(() => checkType(type, {}, [], table), type);
        assert.doesNotThrow(() => checkType(type, [{}], [], table), type);
      }
    });
  }

  it("versions without a table of their own take a neighbour's", () => {
    assert.equal(typeTable("1.24.1"), typeTable("1.26.0"));
    assert.equal(typeTable("1.27.0"), typeTable("1.28.2"));
    assert.equal(typeTable("1.99.0"), typeTable("1.31.0"));
  });

  it("a field that came with 1.29 is unknown to 1.28", () => {
    const document: JsonObject = { spec: { values: { pilot: { crlConfigMapName: "x" } } } };
    assert.deepEqual(checkTypes(document, "1.29.1").errors, []);
    assert.equal(checkTypes(document, "1.28.2").errors[0]?.reason, "unknown field");
  });

  const fits: [string, Json[], Json[]][] = [
    ["bool", [true, false, null], ["true", 0, "", []]],
    ["string", ["", "x", null], [0, false, {}]],
    ["int32", [0, -1, 2147483647], [1.5, "1", 2147483648]],
    ["uint32", [0, 4294967295], [-1, "0"]],
    ["uint32OrText", [0, "7"], ["-1", "x", "", 1.5]],
    ["doubleOrText", [0.5, "0.5"], ["x", ""]],
    ["duration", ["0s", "1h30m", "0.5s", "-1s"], ["30", 30, "", "1 s"]],
    ["quantity", ["100m", "2Gi", 1, "1e3"], ["x", "1 Gi", {}]],
    ["intOrString", [0, "25%"], [1.5, true]],
    ["list<string>", [[], ["a"]], ["a", {}, [1]]],
    ["map<string>", [{}, { a: "" }], [[], { a: 1 }]],
    ["object", [{}, { a: [1] }], [[], "x"]],
    ["any", [0, "", false, [], {}], []],
  ];
  for (const [type, right, wrong] of fits) {
    it(`${type}`, () => {
      assert.deepEqual(
        right.map((value) => of(type, value)),
        right.map(() => []),
      );
      assert.ok(wrong.every((value) => of(type, value).length > 0));
    });
  }

  it("enums by name or number", () => {
    const document = (encoding: Json) => ({
      spec: { meshConfig: { accessLogEncoding: encoding } },
    });
    assert.deepEqual(checkTypes(document("JSON"), VERSION).errors, []);
    assert.deepEqual(checkTypes(document(1), VERSION).errors, []);
    const [error] = checkTypes(document("XML"), VERSION).errors;
    assert.deepEqual([error?.reason, error?.allowed], ["is unknown", "TEXT, JSON"]);
  });

  it("a field of meshConfig that nobody knows is a warning, since istioctl takes it", () => {
    const { errors, warnings } = checkTypes({ spec: { meshConfig: { colour: "x" } } }, VERSION);
    assert.deepEqual(errors, []);
    assert.equal(warnings[0]?.reason, "unknown field, which istiod ignores");
  });
});

describe("what istioctl refuses is refused", () => {
  const cases: [string, JsonObject, string, RegExp][] = [
    [
      "an unknown value, with the near one",
      { values: { global: { proxy: { enableCoreDumps: true } } } },
      "spec.values.global.proxy.enableCoreDumps",
      /unknown field; fix: did you mean "enableCoreDump"\?/,
    ],
    [
      "a Kubernetes field",
      { components: { pilot: { k8s: { affinity: { nodeAfinity: {} } } } } },
      "spec.components.pilot.k8s.affinity.nodeAfinity",
      /unknown field; fix: did you mean "nodeAffinity"\?/,
    ],
    [
      "an item of a list",
      { components: { pilot: { k8s: { env: [{ name: "A" }, { name: "B", value: 1 }] } } } },
      "spec.components.pilot.k8s.env[1].value",
      /has the wrong type \(got 1\); allowed: a text/,
    ],
    ["a hub", { hub: "docker.io/Istio" }, "spec.hub", /is not a registry path/],
    [
      "an empty namespace",
      { values: { global: { istioNamespace: "" } } },
      "spec.values.global.istioNamespace",
      /is not a namespace/,
    ],
    ["a tag", { tag: "a:b" }, "spec.tag", /is not an image tag/],
    [
      "IP ranges",
      { values: { global: { proxy: { includeIPRanges: "10.0.0.0" } } } },
      "spec.values.global.proxy.includeIPRanges",
      /is not a list of IP ranges/,
    ],
    [
      "a port of the mesh configuration",
      { meshConfig: { proxyListenPort: 0 } },
      "spec.meshConfig.proxyListenPort",
      /is not a port .*allowed: 1 to 65535/,
    ],
    [
      "a timeout",
      { meshConfig: { connectTimeout: "2h" } },
      "spec.meshConfig.connectTimeout",
      /is out of range/,
    ],
    [
      "a failover to the same region",
      { meshConfig: { locality_lb_setting: { failover: [{ from: "a", to: "a" }] } } },
      "spec.meshConfig.localityLbSetting.failover",
      /goes from a region to itself/,
    ],
    [
      "localities that overlap",
      {
        meshConfig: {
          localityLbSetting: { distribute: [{ from: "a", to: { b: 80, "b/1": 20 } }] },
        },
      },
      "spec.meshConfig.localityLbSetting.distribute",
      /has the locality "b\/1", which overlaps with one before it/,
    ],
    [
      "a locality without a zone's name",
      { meshConfig: { localityLbSetting: { distribute: [{ from: "a//c", to: { b: 100 } }] } } },
      "spec.meshConfig.localityLbSetting.distribute",
      /has the locality "a\/\/c", which is not REGION\/ZONE\/SUBZONE/,
    ],
    [
      "a failover by region and by label",
      {
        meshConfig: {
          localityLbSetting: {
            failover: [{ from: "a", to: "b" }],
            failoverPriority: ["topology.kubernetes.io/region"],
          },
        },
      },
      "spec.meshConfig.localityLbSetting",
      /has both failover and the label topology\.kubernetes\.io\/region/,
    ],
    [
      "a client of a tracer without a certificate",
      { meshConfig: { defaultConfig: { tracing: { tlsSettings: { mode: "MUTUAL" } } } } },
      "spec.meshConfig.defaultConfig.tracing.tlsSettings",
      /lacks clientCertificate and privateKey/,
    ],
    [
      "a credential and files",
      {
        meshConfig: {
          defaultConfig: {
            tracing: {
              tlsSettings: { mode: "SIMPLE", credentialName: "c", caCertificates: "/ca.pem" },
            },
          },
        },
      },
      "spec.meshConfig.defaultConfig.tracing.tlsSettings",
      /has both credentialName and files/,
    ],
    [
      "a service's host with a wildcard in its middle",
      { meshConfig: { serviceSettings: [{ hosts: ["*.a.svc", "a.*.svc"] }] } },
      "spec.meshConfig.serviceSettings",
      /has the host "a\.\*\.svc", which is not a domain/,
    ],
    [
      "a low port without root",
      {
        components: {
          ingressGateways: [{ name: "g", k8s: { service: { ports: [{ name: "h", port: 80 }] } } }],
        },
      },
      "spec.components.ingressGateways[0].k8s.service.ports[0]",
      /only root may bind .*values\.gateways\.istio-ingressgateway\.runAsRoot=true/,
    ],
    [
      "a gateway without a name",
      { components: { egressGateways: [{ enabled: true }] } },
      "spec.components.egressGateways[0].name",
      /is missing/,
    ],
  ];
  for (const [name, spec, path, text] of cases) {
    it(`${name}`, () => {
      const [problem, ...others] = problemsOf({ overlays: [overlay(spec)] });
      assert.deepEqual(others, []);
      assert.equal(problem?.path, path);
      const words = [
        problem?.reason,
        problem?.value !== undefined && ` (got ${JSON.stringify(problem.value)})`,
      ];
      const more = [
        problem?.allowed && `; allowed: ${problem.allowed}`,
        problem?.fix && `; fix: ${problem.fix}`,
      ];
      assert.match([...words, ...more].filter(Boolean).join(""), text);
    });
  }

  it("hubs with registries, ports and paths are fine", () => {
    for (const hub of ["docker.io/istio", "localhost:5000/x", "EXAMPLE.com/a/b", "istio", "h:1"]) {
      assert.ok(resolve({ overlays: [overlay({ hub })] }), hub);
    }
  });

  it("localities, hosts and TLS that Istio takes are fine", () => {
    const distribute: JsonObject[] = [
      { from: "a/b", to: { "c/*": 50, d: 50 } },
      { from: "a/*", to: { "a/b/c": 30, "a/b/d": 70 } },
    ];
    const tlsSettings = { mode: "SIMPLE", insecureSkipVerify: true };
    const meshConfig = {
      localityLbSetting: { distribute },
      serviceSettings: [{ hosts: ["*", "*.a.svc", "*-x.b.", "shop"] }],
      defaultConfig: { tracing: { tlsSettings } },
    };
    assert.ok(resolve({ overlays: [overlay({ meshConfig })] }));
  });

  it("a gateway that is off needs no name", () => {
    const components = { egressGateways: [{ enabled: false }] };
    assert.ok(resolve({ overlays: [overlay({ components })] }));
  });

  it("a setting is checked as an overlay is", () => {
    const [problem] = problemsOf({ set: ["values.global.network=1"] });
    assert.deepEqual(
      [problem?.source, problem?.path, problem?.reason],
      ["--set", "spec.values.global.network", "has the wrong type"],
    );
  });

  it("a dropped field that istioctl refuses keeps its own message", () => {
    const spec = { values: { telemetry: { v2: { stackdriver: { configOverride: {} } } } } };
    const problems = problemsOf({ overlays: [overlay(spec)] });
    assert.equal(problems.length, 1);
    assert.match(problems[0]?.fix ?? "", /use the option stackdriver/);
  });

  it("Google's build may have fields of its own", () => {
    assert.equal(buildOf("1.23.3-asm.2"), "asm");
    assert.equal(buildOf("1.29.1-rc.1"), undefined);
    const spec = { values: { telemetry: { v2: { googleOnly: true } } } };
    const { warnings } = resolve({ version: "1.23.3-asm.2", overlays: [overlay(spec)] });
    assert.deepEqual(
      warnings.map(({ path, reason }) => [path, reason]),
      [["spec.values.telemetry.v2.googleOnly", "unknown field"]],
    );
  });
});

describe("settings continue the user's lists, as with istioctl", () => {
  it("an element of a profile's list cannot be selected by a setting", () => {
    const set = ["components.ingressGateways.[name:istio-ingressgateway].enabled=false"];
    assert.match(problemsOf({ set })[0]?.reason ?? "", /no element/);
  });

  it("an index starts a list of its own", () => {
    const mesh = resolve({
      profile: "demo",
      set: ["components.egressGateways[0].enabled=false"],
    });
    assert.ok(mesh.components.every(({ component }) => component.name !== "egressGateways"));
  });
});
