import assert from "node:assert/strict";
import { deepEqual, type Json, type JsonObject } from "../../../mesh/common/json";
import type { CaInputs, MeshInputs } from "../../../mesh/model/meshInputs";
import { NEWEST } from "../../../toolchain/versions";
import { at, overlay, problemsOf, resolve, valuesOf } from "./support";

type Part = Partial<MeshInputs>;

/** What charts and policy get: everything that does not tell where it came from. */
function outcome(inputs: Part) {
  const { document, components, extensions, namespace, revision } = resolve(inputs);
  return { spec: document.spec, components, extensions, namespace, revision };
}

/** Google's own build, whose proxies know its certificate authorities. */
const GOOGLES_BUILD = "1.23.3-asm.2";
const POOL = "projects/p/locations/us-central1/caPools/pool";
const TRUST_DOMAIN = "p.svc.id.goog";
const googleSettings = [
  `meshConfig.trustDomain=${TRUST_DOMAIN}`,
  `values.global.sds.token.aud=${TRUST_DOMAIN}`,
];

/** Title, typed input, and the overlays and settings that say the same. */
const TWINS: [string, Part, Part][] = [
  ["mTLS: STRICT", { mtls: { mode: "STRICT" } }, { overlays: ["strict-mtls"] }],
  ["mTLS: PERMISSIVE", { mtls: { mode: "PERMISSIVE" } }, { overlays: ["permissive-mtls"] }],
  [
    "proxy image: distroless",
    { proxy: { imageType: "distroless" } },
    { overlays: ["distroless-proxy"] },
  ],
  [
    "proxy image: debug",
    { proxy: { imageType: "debug" } },
    { set: ["meshConfig.defaultConfig.image.imageType=debug"] },
  ],
  ["hub", { hub: "eu.gcr.io/p/asm" }, { overlays: [overlay({ hub: "eu.gcr.io/p/asm" })] }],
  ["tag", { tag: "1.10" }, { set: ["tag=1.10"] }],
  [
    "drain of 30 s",
    { proxy: { terminationDrainSeconds: 30 } },
    { overlays: ["termination-drain-30s"] },
  ],
  ["access log", { accessLog: {} }, { overlays: ["envoy-access-log"] }],
  ["access log: JSON", { accessLog: { encoding: "JSON" } }, { overlays: ["access-log-json"] }],
  [
    "access log: off",
    { accessLog: { file: "" } },
    { overlays: [overlay({ meshConfig: { accessLogFile: "" } })] },
  ],
  [
    "tracing: Cloud Trace",
    { tracing: { provider: "cloud-trace" } },
    { overlays: ["cloud-tracing"] },
  ],
  [
    "tracing: sampling of 0",
    { tracing: { provider: "cloud-trace", samplingPercent: 0 } },
    { overlays: ["cloud-tracing"], set: ["meshConfig.defaultConfig.tracing.sampling=0"] },
  ],
  [
    "tracing: OpenTelemetry",
    {
      tracing: {
        provider: "opentelemetry",
        service: "opentelemetry-collector.observability.svc.cluster.local",
      },
    },
    { overlays: ["opentelemetry"] },
  ],
  ["tracing: none", { tracing: { provider: "none" } }, { set: ["meshConfig.enableTracing=false"] }],
  ["CNI: GKE", { cni: {} }, { overlays: ["cni-gcp"] }],
  ["CNI: GKE by name", { cni: { environment: "gke" } }, { overlays: ["cni-gcp"] }],
  ["CNI: on premises", { cni: { environment: "on-premises" } }, { overlays: ["cni-onprem"] }],
  ["telemetry: prometheus", { telemetry: "prometheus" }, { overlays: ["prometheus"] }],
  ["telemetry: stackdriver", { telemetry: "stackdriver" }, { overlays: ["stackdriver"] }],
  [
    "telemetry: both",
    { telemetry: "prometheus-and-stackdriver" },
    { overlays: ["prometheus-and-stackdriver"] },
  ],
  ["telemetry: none", { telemetry: "none" }, { overlays: ["no-telemetry"] }],
  ["JWT policy: third-party", { jwtPolicy: "third-party-jwt" }, { overlays: ["third-party-jwt"] }],
  ["JWT policy: first-party", { jwtPolicy: "first-party-jwt" }, { overlays: ["first-party-jwt"] }],
  [
    "CA: Istio CA",
    { ca: { type: "istio" }, set: ["meshConfig.trustDomain=cluster.local"] },
    { overlays: ["citadel-ca"] },
  ],
  [
    "CA: Mesh CA",
    { version: GOOGLES_BUILD, ca: { type: "mesh-ca", project: "p" } },
    { version: GOOGLES_BUILD, overlays: ["mesh-ca"], set: googleSettings },
  ],
  [
    "CAS",
    { version: GOOGLES_BUILD, ca: { type: "cas", project: "p", caPool: POOL } },
    {
      version: GOOGLES_BUILD,
      overlays: ["private-ca"],
      set: [...googleSettings, `values.global.caAddress=${POOL}`],
    },
  ],
];

describe("certificate authorities that the proxies of a version cannot ask", () => {
  const pool = "projects/p/locations/l/caPools/c";
  const cases = [
    [{ ca: { type: "mesh-ca", project: "p" } }, "inputs ca", "GoogleCA"],
    [{ ca: { type: "cas", project: "p", caPool: pool } }, "inputs ca", "GoogleCAS"],
    [
      { overlays: ["mesh-ca"], set: ["meshConfig.trustDomain=p.svc.id.goog"] },
      "option mesh-ca",
      "GoogleCA",
    ],
    [
      { set: ["values.global.caAddress=meshca.googleapis.com:443"] },
      "set values.global.caAddress=meshca.googleapis.com:443",
      "GoogleCA",
    ],
    [
      { set: ["meshConfig.defaultConfig.proxyMetadata.CA_PROVIDER=Other"] },
      "set meshConfig.defaultConfig.proxyMetadata.CA_PROVIDER=Other",
      "Other",
    ],
  ] as const;
  for (const [inputs, source, provider] of cases) {
    it(`${source}: refused, with the build that has ${provider} and what else there is`, () => {
      const problems = problemsOf(inputs);
      assert.deepEqual(
        problems.map((problem) => problem.source),
        [source],
      );
      const [{ reason, fix } = {}] = problems;
      assert.match(reason ?? "", new RegExp(`no proxy would start: .* authority ${provider}$`));
      assert.match(fix ?? "", /plug-in-certs.*istio-csr/);
      assert.equal(/1\.23\.3-asm\.2/.test(fix ?? ""), provider !== "Other");
    });
  }

  it("Google's build takes Google's, and every build Istio's own and GKE's certificates", () => {
    resolve({ version: GOOGLES_BUILD, ca: { type: "mesh-ca", project: "p" } });
    resolve({ ca: { type: "istio" } });
    resolve({ overlays: ["managed_cas"] });
    resolve({ set: ["values.global.caAddress=cert-manager-istio-csr.cert-manager.svc:443"] });
  });
});

describe("typed inputs that stand for what Istio dropped", () => {
  it("first-party tokens have no effect, which is said", () => {
    const { warnings } = resolve({ jwtPolicy: "first-party-jwt" });
    assert.deepEqual(
      warnings.map(({ source, path, value }) => [source, path, value]),
      [["inputs", "jwtPolicy", "first-party-jwt"]],
    );
    assert.match(warnings[0]?.reason ?? "", /no effect: .* takes it for third-party-jwt/);
    assert.deepEqual(resolve({ jwtPolicy: "third-party-jwt" }).warnings, []);
  });
});

describe("typed inputs and overlays say the same", () => {
  for (const [title, typed, other] of TWINS) {
    it(`${title}: the same merged spec and charts`, () => {
      assert.deepEqual(outcome(typed), outcome(other));
      assert.equal(
        deepEqual(outcome(typed) as unknown as Json, outcome({}) as unknown as Json),
        false,
        "nothing was set at all",
      );
    });
  }
});

/** Title, inputs, and what must be at paths of the merged spec. */
const PRODUCED: [string, Part, Record<string, Json>][] = [
  [
    "proxy image: distroless",
    { proxy: { imageType: "distroless" } },
    { "meshConfig.defaultConfig.image.imageType": "distroless" },
  ],
  [
    "proxy image: default",
    { proxy: { imageType: "default" } },
    { "meshConfig.defaultConfig.image.imageType": "default" },
  ],
  [
    "drain",
    { proxy: { terminationDrainSeconds: 0.5 } },
    { "meshConfig.defaultConfig.terminationDrainDuration": "0.5s" },
  ],
  [
    "access log",
    { accessLog: { file: "/dev/stderr", encoding: "TEXT", format: "%START_TIME%\n" } },
    {
      "meshConfig.accessLogFile": "/dev/stderr",
      "meshConfig.accessLogEncoding": "TEXT",
      "meshConfig.accessLogFormat": "%START_TIME%\n",
    },
  ],
  [
    "tracing: Cloud Trace",
    { tracing: { provider: "cloud-trace", samplingPercent: 12.5 } },
    {
      "meshConfig.enableTracing": true,
      "meshConfig.defaultConfig.tracing.sampling": 12.5,
      "meshConfig.extensionProviders": [
        {
          name: "cloud-trace",
          opentelemetry: {
            service: "opentelemetry-collector.opentelemetry.svc.cluster.local",
            port: 4317,
          },
        },
      ],
      "meshConfig.defaultProviders": { tracing: ["cloud-trace"], metrics: ["prometheus"] },
    },
  ],
  [
    "tracing: Cloud Trace through a collector of one's own",
    { tracing: { provider: "cloud-trace", service: "c.o.svc", port: 9 } },
    {
      "meshConfig.extensionProviders": [
        { name: "cloud-trace", opentelemetry: { service: "c.o.svc", port: 9 } },
      ],
    },
  ],
  [
    "tracing: Cloud Trace in Google's build, which has the tracer",
    { version: "1.23.3-asm.2", tracing: { provider: "cloud-trace", samplingPercent: 1 } },
    {
      "meshConfig.defaultConfig.tracing.sampling": 1,
      "values.global.proxy.tracer": "stackdriver",
    },
  ],
  [
    "tracing: OpenTelemetry",
    { tracing: { provider: "opentelemetry", service: "c.o.svc", port: 9, samplingPercent: 100 } },
    {
      "meshConfig.enableTracing": true,
      "meshConfig.extensionProviders": [
        { name: "opentelemetry", opentelemetry: { service: "c.o.svc", port: 9 } },
      ],
      "meshConfig.defaultProviders.tracing": ["opentelemetry"],
      "meshConfig.defaultConfig.tracing.sampling": 100,
    },
  ],
  [
    "CNI: GKE",
    { cni: {} },
    {
      "components.cni": { enabled: true, namespace: "kube-system" },
      "values.cni.cniBinDir": "/home/kubernetes/bin",
      "values.cni.excludeNamespaces": ["istio-system", "kube-system"],
    },
  ],
  [
    "CNI: on premises",
    { cni: { environment: "on-premises" } },
    {
      "values.cni.cniBinDir": "/opt/cni/bin",
      "values.cni.excludeNamespaces": ["istio-system", "kube-system", "gke-system"],
    },
  ],
  [
    "CNI: own places",
    { cni: { enabled: false, binDir: "/b", namespace: "n", excludeNamespaces: [] } },
    {
      "components.cni": { enabled: false, namespace: "n" },
      "values.cni.cniBinDir": "/b",
      "values.cni.excludeNamespaces": [],
    },
  ],
  [
    "telemetry: stackdriver",
    { telemetry: "stackdriver" },
    {
      "meshConfig.accessLogEncoding": "JSON",
      "meshConfig.defaultProviders": { accessLogging: ["envoy"], metrics: ["prometheus"] },
    },
  ],
  [
    "telemetry: stackdriver in Google's build, which has the exporter",
    { version: "1.23.3-asm.2", telemetry: "stackdriver" },
    {
      "values.telemetry": {
        enabled: true,
        v2: { enabled: true, prometheus: { enabled: false }, stackdriver: { enabled: true } },
      },
    },
  ],
  [
    "telemetry: no metrics, whatever traces need",
    { telemetry: "none", tracing: { provider: "cloud-trace" } },
    {
      "meshConfig.defaultProviders": {
        tracing: ["cloud-trace"],
        metrics: [],
        accessLogging: [],
      },
    },
  ],
  [
    "JWT policy",
    { jwtPolicy: "first-party-jwt" },
    { "meshConfig.defaultConfig.proxyMetadata.JWT_POLICY": "first-party-jwt" },
  ],
  [
    "CA: Mesh CA",
    { version: GOOGLES_BUILD, ca: { type: "mesh-ca", project: "p" } },
    {
      "meshConfig.trustDomain": TRUST_DOMAIN,
      "meshConfig.defaultConfig.proxyMetadata": {
        CA_PROVIDER: "GoogleCA",
        PLUGINS: "GoogleTokenExchange",
      },
      "values.global.caAddress": "meshca.googleapis.com:443",
      "values.global.sds.token.aud": TRUST_DOMAIN,
    },
  ],
  [
    "CAS",
    { version: GOOGLES_BUILD, ca: { type: "cas", project: "p", caPool: POOL } },
    {
      "meshConfig.trustDomain": TRUST_DOMAIN,
      "meshConfig.defaultConfig.proxyMetadata": {
        CA_PROVIDER: "GoogleCAS",
        PLUGINS: "GoogleTokenExchange",
      },
      "values.global.caAddress": POOL,
    },
  ],
  [
    "CA: plug-in certs",
    { ca: { type: "plug-in-certs" } },
    {
      "meshConfig.defaultConfig.proxyMetadata": { CA_PROVIDER: "Citadel", PLUGINS: "" },
      "values.global.caAddress": "",
      "values.global.pilotCertProvider": "istiod",
    },
  ],
];

describe("what typed inputs produce", () => {
  for (const [title, inputs, wanted] of PRODUCED) {
    it(`${title} ${JSON.stringify(inputs)}`, () => {
      const { spec } = resolve(inputs).document;
      for (const [path, value] of Object.entries(wanted)) {
        assert.deepEqual(at(spec as Json, path), value, path);
      }
    });
  }

  it("the mode is an annotation and no value", () => {
    const plain = resolve();
    const strict = resolve({ mtls: { mode: "STRICT" } });
    assert.deepEqual(plain.extensions, {});
    assert.deepEqual(strict.extensions, { mtlsMode: "STRICT" });
    assert.deepEqual(strict.document.spec, plain.document.spec);
    assert.deepEqual(strict.components, plain.components);
    assert.ok(strict.layers.includes("inputs mtls"));
  });

  it("mesh configuration reaches every chart", () => {
    const mesh = resolve({ accessLog: {}, proxy: { imageType: "distroless" } });
    for (const component of ["base", "pilot"]) {
      assert.equal(at(valuesOf(mesh, component), "meshConfig.accessLogFile"), "/dev/stdout");
      assert.equal(
        at(valuesOf(mesh, component), "meshConfig.defaultConfig.image.imageType"),
        "distroless",
      );
    }
  });

  it("hub and tag reach the charts as global values", () => {
    const values = valuesOf(resolve({ hub: "eu.gcr.io/p", tag: "1.10" }), "pilot");
    assert.deepEqual([at(values, "global.hub"), at(values, "global.tag")], ["eu.gcr.io/p", "1.10"]);
    const defaults = valuesOf(resolve(), "pilot");
    assert.deepEqual(
      [at(defaults, "global.hub"), at(defaults, "global.tag")],
      ["docker.io/istio", NEWEST],
    );
  });

  it("the internal load balancer's annotation is on the ingress gateway's Service", () => {
    const mesh = resolve({ overlays: ["internal-load-balancer"] });
    const gateway = mesh.components.find(({ name }) => name === "istio-ingressgateway");
    assert.deepEqual(at(gateway?.k8s ?? {}, "serviceAnnotations"), {
      "networking.gke.io/load-balancer-type": "Internal",
    });
  });

  it("an OpenTelemetry provider joins the ones of the overlays, and replaces its own", () => {
    const overlays = [
      overlay({
        meshConfig: { extensionProviders: [{ name: "mine" }, { name: "opentelemetry" }] },
      }),
    ];
    const { document } = resolve({
      overlays,
      tracing: { provider: "opentelemetry", service: "s" },
    });
    assert.deepEqual(at(document, "spec.meshConfig.extensionProviders"), [
      { name: "mine" },
      { name: "opentelemetry", opentelemetry: { service: "s", port: 4317 } },
    ]);
  });

  it("the typed Istio CA undoes an overlay's Mesh CA", () => {
    const { document } = resolve({
      overlays: ["mesh-ca"],
      set: ["meshConfig.trustDomain=x"],
      ca: { type: "istio" },
    });
    assert.deepEqual(at(document, "spec.meshConfig.defaultConfig.proxyMetadata"), {
      CA_PROVIDER: "Citadel",
      PLUGINS: "",
    });
    assert.equal(at(document, "spec.values.global.caAddress"), "");
  });
});

/** Title, an overlay, the typed input over it, the setting over both, the path they fight over. */
const PRECEDENCE: [string, JsonObject, Part, string, string, [Json, Json, Json]][] = [
  [
    "proxy image",
    { meshConfig: { defaultConfig: { image: { imageType: "debug" } } } },
    { proxy: { imageType: "distroless" } },
    "meshConfig.defaultConfig.image.imageType=default",
    "meshConfig.defaultConfig.image.imageType",
    ["debug", "distroless", "default"],
  ],
  ["hub", { hub: "a" }, { hub: "b" }, "hub=c", "hub", ["a", "b", "c"]],
  [
    "drain",
    { meshConfig: { defaultConfig: { terminationDrainDuration: "1s" } } },
    { proxy: { terminationDrainSeconds: 2 } },
    "meshConfig.defaultConfig.terminationDrainDuration=3s",
    "meshConfig.defaultConfig.terminationDrainDuration",
    ["1s", "2s", "3s"],
  ],
  [
    "access log",
    { meshConfig: { accessLogFile: "/a" } },
    { accessLog: { file: "" } },
    "meshConfig.accessLogFile=/c",
    "meshConfig.accessLogFile",
    ["/a", "", "/c"],
  ],
  [
    "tracing",
    { meshConfig: { enableTracing: true } },
    { tracing: { provider: "none" } },
    "meshConfig.enableTracing=true",
    "meshConfig.enableTracing",
    [true, false, true],
  ],
  [
    "CNI",
    { components: { cni: { enabled: true } } },
    { cni: { enabled: false } },
    "components.cni.enabled=true",
    "components.cni.enabled",
    [true, false, true],
  ],
  [
    "telemetry",
    { values: { telemetry: { enabled: true } } },
    { telemetry: "none" },
    "values.telemetry.enabled=true",
    "values.telemetry.enabled",
    [true, false, true],
  ],
  [
    "JWT policy",
    { meshConfig: { defaultConfig: { proxyMetadata: { JWT_POLICY: "x" } } } },
    { jwtPolicy: "third-party-jwt" },
    "meshConfig.defaultConfig.proxyMetadata.JWT_POLICY=y",
    "meshConfig.defaultConfig.proxyMetadata.JWT_POLICY",
    ["x", "third-party-jwt", "y"],
  ],
  [
    "CA",
    { values: { global: { caAddress: "x" } } },
    { ca: { type: "istio" } },
    "values.global.caAddress=y",
    "values.global.caAddress",
    ["x", "", "y"],
  ],
];

describe("a typed input beats an overlay, a setting beats both", () => {
  for (const [title, spec, typed, setting, path, [low, middle, high]] of PRECEDENCE) {
    it(`${title} ${path}`, () => {
      const overlays = [overlay(spec)];
      const value = (inputs: Part) => at(resolve(inputs).document, `spec.${path}`);
      assert.deepEqual(value({ overlays }), low);
      assert.deepEqual(value({ overlays, ...typed }), middle);
      assert.deepEqual(value({ overlays, ...typed, set: [setting] }), high);
      assert.deepEqual(value({ overlays, set: [setting] }), high);
    });
  }

  it("the typed mode beats the overlay's", () => {
    const { extensions, provenance } = resolve({
      overlays: ["permissive-mtls"],
      mtls: { mode: "STRICT" },
    });
    assert.deepEqual(extensions, { mtlsMode: "STRICT" });
    assert.deepEqual(provenance["metadata.annotations.pulumi-service-mesh/mtls-mode"], {
      layer: "inputs mtls",
      overrode: [{ layer: "option permissive-mtls", value: "PERMISSIVE" }],
    });
  });
});

describe("what is refused", () => {
  const plugIn = (fields: object) => ({ ca: { type: "plug-in-certs", ...fields } });
  const cases: [string, object, string[]][] = [
    ["mTLS: an unknown mode", { mtls: { mode: "strict" } }, ["mtls.mode"]],
    ["mTLS: no mode", { mtls: {} }, ["mtls.mode"]],
    ["mTLS: a mistyped field", { mtls: { mod: "STRICT" } }, ["mtls.mod", "mtls.mode"]],
    ["mTLS: a text for a map", { mtls: "STRICT" }, ["mtls"]],
    ["mTLS: null", { mtls: null }, ["mtls"]],
    ["proxy image: an unknown variant", { proxy: { imageType: "slim" } }, ["proxy.imageType"]],
    [
      "drain of no seconds",
      { proxy: { terminationDrainSeconds: 0 } },
      ["proxy.terminationDrainSeconds"],
    ],
    [
      "drain: negative",
      { proxy: { terminationDrainSeconds: -1 } },
      ["proxy.terminationDrainSeconds"],
    ],
    [
      "drain: endless",
      { proxy: { terminationDrainSeconds: Infinity } },
      ["proxy.terminationDrainSeconds"],
    ],
    [
      "drain: not a number",
      { proxy: { terminationDrainSeconds: Number.NaN } },
      ["proxy.terminationDrainSeconds"],
    ],
    [
      "drain: a text",
      { proxy: { terminationDrainSeconds: "30s" } },
      ["proxy.terminationDrainSeconds"],
    ],
    ["access log: an unknown encoding", { accessLog: { encoding: "XML" } }, ["accessLog.encoding"]],
    ["tracing: an unknown provider", { tracing: { provider: "zipkin" } }, ["tracing.provider"]],
    ["tracing: no provider", { tracing: {} }, ["tracing.provider"]],
    [
      "tracing: above 100 %",
      { tracing: { provider: "cloud-trace", samplingPercent: 100.1 } },
      ["tracing.samplingPercent"],
    ],
    [
      "tracing: below 0 %",
      { tracing: { provider: "cloud-trace", samplingPercent: -0.1 } },
      ["tracing.samplingPercent"],
    ],
    [
      "tracing: no number",
      { tracing: { provider: "cloud-trace", samplingPercent: Number.NaN } },
      ["tracing.samplingPercent"],
    ],
    ["tracing: no collector", { tracing: { provider: "opentelemetry" } }, ["tracing.service"]],
    ["CNI: an unknown environment", { cni: { environment: "onprem" } }, ["cni.environment"]],
    ["CNI: a mistyped field", { cni: { enviroment: "on-premises" } }, ["cni.enviroment"]],
    ["CNI: a text for a list", { cni: { excludeNamespaces: "a" } }, ["cni.excludeNamespaces"]],
    ["telemetry: unknown", { telemetry: "both" }, ["telemetry"]],
    ["telemetry: a map", { telemetry: { prometheus: true } }, ["telemetry"]],
    ["JWT policy: unknown", { jwtPolicy: "second" }, ["jwtPolicy"]],
    ["CA: an unknown CA", { ca: { type: "vault" } }, ["ca.type"]],
    ["CA: Mesh CA without a project", { ca: { type: "mesh-ca" } }, ["ca.project"]],
    ["CAS without anything", { ca: { type: "cas" } }, ["ca.project", "ca.caPool"]],
    [
      "CA: a CA pool of another form",
      { ca: { type: "cas", project: "p", caPool: "pool" } },
      ["ca.caPool"],
    ],
    [
      "CA: one of four plug-in files",
      plugIn({ caCert: "x" }),
      ["ca.caKey", "ca.rootCert", "ca.certChain"],
    ],
    ["CA: three of four", plugIn({ caCert: "x", caKey: "y", rootCert: "z" }), ["ca.certChain"]],
    ["an unknown chart source", { charts: { kind: "git" } }, ["charts.kind"]],
    ["a text as chart source", { charts: "charts" }, ["charts"]],
    ["an unknown part", { timeouts: { pilot: 60 } }, ["timeouts.pilot"]],
    ["no time at all", { timeouts: { cni: 0, crds: -1 } }, ["timeouts.cni", "timeouts.crds"]],
    ["a text", { timeouts: { gateways: "5m" } }, ["timeouts.gateways"]],
    ["one number for all", { timeouts: 60 }, ["timeouts"]],
    ["an unknown platform", { platform: "eks" }, ["platform"]],
  ];
  for (const [name, inputs, paths] of cases) {
    it(`${name}`, () => {
      const problems = problemsOf(inputs);
      assert.deepEqual(
        problems.map(({ source, path }) => [source, path]),
        paths.map((path) => ["inputs", path]),
      );
      assert.ok(
        problems.every(({ allowed, fix, reason }) => allowed || fix || reason === "is missing"),
      );
    });
  }

  for (const samplingPercent of [0, 1, 100]) {
    it(`${samplingPercent} % is accepted`, () => {
      assert.ok(resolve({ tracing: { provider: "cloud-trace", samplingPercent } }));
    });
  }

  it("all four plug-in files, or none", () => {
    const all = { caCert: "a", caKey: "b", rootCert: "c", certChain: "d" };
    assert.ok(resolve({ ca: { type: "plug-in-certs", ...all } as CaInputs }));
    assert.ok(resolve({ ca: { type: "plug-in-certs" } }));
  });

  it("no message shows a key", () => {
    const problems = problemsOf({ ca: { type: "plug-in-certs", caKey: ["KEY-MATERIAL"] } });
    assert.equal(JSON.stringify(problems).includes("KEY-MATERIAL"), false);
  });

  it("an unknown mode in an overlay, and an unknown annotation of ours", () => {
    const annotated = (name: string, value: string) =>
      overlay({}, { [`pulumi-service-mesh/${name}`]: value });
    const [mode] = problemsOf({ overlays: [annotated("mtls-mode", "strict")] });
    assert.deepEqual(
      [mode?.source, mode?.value, mode?.allowed],
      ["inline overlays[0]", "strict", "STRICT, PERMISSIVE, DISABLE"],
    );
    const [unknown] = problemsOf({ overlays: [annotated("mtls-mod", "STRICT")] });
    assert.equal(unknown?.reason, "unknown annotation");
    assert.equal(unknown?.fix, 'did you mean "pulumi-service-mesh/mtls-mode"?');
    assert.ok(resolve({ overlays: [overlay({}, { "example.com/mine": "x" })] }));
  });
});
