import type { JsonObject } from "../../../mesh/common/json";
import { NEW } from "../../../toolchain/versions";
import { type Case, overlayOf, setCase, specCase } from "../cases";

const meshConfig: JsonObject = {
  accessLogFile: "",
  accessLogEncoding: "JSON",
  enableTracing: false,
  connectTimeout: "0.5s",
  trustDomainAliases: ["old.local", "older.local"],
  defaultConfig: {
    holdApplicationUntilProxyStarts: true,
    concurrency: 0,
    drainDuration: "1m30s",
    proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true", EMPTY: "" },
    tracing: { sampling: 0, zipkin: { address: "zipkin.tracing:9411" } },
  },
  extensionProviders: [
    { name: "otel", opentelemetry: { service: "otel.observability", port: 4317 } },
    {
      name: "log",
      envoyFileAccessLog: { path: "/dev/stdout", logFormat: { labels: { a: "%A%" } } },
    },
  ],
  defaultProviders: { tracing: ["otel"], metrics: [], accessLogging: ["log"] },
  outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
};

/** Each field of the spec alone. */
export const SPEC_CASES: readonly Case[] = [
  specCase("spec: nothing", {}),
  specCase("spec: hub", { hub: "example.com:5000/istio" }),
  specCase("spec: tag", { tag: "1.2.3-rc.1" }),
  specCase("spec: tag that looks like a fraction", { tag: "1.10" }),
  specCase("spec: tag as a number", { tag: 2024 }),
  specCase("spec: the default namespace", { namespace: "istio-system" }),
  specCase("spec: namespace with istioNamespace", {
    namespace: "mesh",
    values: { global: { istioNamespace: "mesh" } },
  }),
  specCase("spec: revision", { revision: NEW }),
  specCase("spec: revision default", { revision: "default" }),
  specCase("spec: empty revision", { revision: "" }),
  specCase("spec: defaultRevision", { revision: "canary", defaultRevision: true }),
  specCase("spec: a quoted boolean", { components: { cni: { enabled: "true" } } }),
  specCase("spec: quoted booleans of values", { values: { pilot: { autoscaleEnabled: "true" } } }),
  specCase("spec: quoted booleans of meshConfig", { meshConfig: { enableTracing: "true" } }),
  specCase("spec: quoted numbers of k8s", {
    components: { pilot: { k8s: { replicaCount: "3" } } },
  }),
  specCase("spec: quoted numbers of values", {
    values: {
      pilot: { autoscaleMin: "2", replicaCount: " 3 ", cpu: { targetAverageUtilization: "-1" } },
      global: { proxy: { statusPort: "15020" } },
    },
  }),
  ...["1e3", "1.10", "0", "null", "0.5"].map((text) =>
    specCase(`spec: a quoted fraction of values: ${text}`, {
      values: { pilot: { traceSampling: text } },
    }),
  ),
  ...["123", "1e3", "0x10", "true", "null", "1.10", "010", "05", "+5", "-0", "5.0", ""].flatMap(
    (text) => [
      specCase(`spec: a quoted whole number of values: ${JSON.stringify(text)}`, {
        values: { pilot: { autoscaleMin: text } },
      }),
      specCase(`spec: a quoted whole number of meshConfig: ${JSON.stringify(text)}`, {
        meshConfig: { defaultConfig: { concurrency: text } },
      }),
    ],
  ),
  ...["0x10", "05", ".5", "1.", "+5"].map((text) =>
    specCase(`spec: a text that is no fraction: ${text}`, {
      values: { pilot: { traceSampling: text } },
    }),
  ),
  specCase("spec: a quoted fraction of values: NaN", {
    values: { pilot: { traceSampling: "NaN" } },
  }),
  specCase("spec: a quoted boolean of unvalidatedValues", {
    unvalidatedValues: { global: { own: { enabled: "true" } } },
  }),
  ...[
    "123",
    "1e3",
    "0x10",
    "true",
    "null",
    "1.10",
    "010",
    "1_000",
    "1_0.5",
    "0b11",
    "0o17",
    "~",
  ].map((text) => setCase(`spec: --set of a text: ${text}`, `values.pilot.env.A=${text}`)),
  ...["123", "0x10", "null", "1.10", "010", "1_000"].map((text) =>
    setCase(`spec: --set of a number: ${text}`, `values.pilot.autoscaleMin=${text}`),
  ),
  specCase("spec: compatibilityVersion", { compatibilityVersion: "1.27" }),
  specCase("spec: compatibilityVersion of another profile", {
    compatibilityVersion: "1.28",
    profile: "ambient",
  }),
  specCase("spec: meshConfig", { meshConfig }),
  specCase("spec: localities, hosts and TLS of meshConfig", {
    meshConfig: {
      localityLbSetting: {
        distribute: [
          { from: "a/b", to: { "c/*": 50, d: 50 } },
          { from: "a/*", to: { "a/b/c": 30, "a/b/d": 70 } },
        ],
      },
      serviceSettings: [{ settings: { clusterLocal: true }, hosts: ["*", "*.a.svc", "*-x.b."] }],
      defaultConfig: { tracing: { tlsSettings: { mode: "SIMPLE", insecureSkipVerify: true } } },
    },
  }),
  specCase("spec: an exporter to Google Cloud", {
    values: { telemetry: { v2: { stackdriver: { enabled: true } } } },
  }),
  specCase("spec: a tracer of Google Cloud", {
    values: { global: { proxy: { tracer: "stackdriver" } } },
  }),
  specCase("spec: meshConfig over values.meshConfig", {
    meshConfig: { accessLogFile: "/dev/stderr" },
    values: { meshConfig: { accessLogFile: "/dev/stdout", accessLogEncoding: "JSON" } },
  }),
  specCase("spec: a field of meshConfig that nobody knows", { meshConfig: { colour: "blue" } }),
  specCase("spec: unvalidatedValues", {
    unvalidatedValues: { pilot: { autoscaleMin: 3, unknown: 1 }, global: { hub: "other" } },
  }),
  specCase("spec: unvalidatedValues go over values", {
    values: { pilot: { traceSampling: 5 } },
    unvalidatedValues: { pilot: { traceSampling: 7 } },
  }),
  specCase("spec: values.defaultRevision", { values: { defaultRevision: "canary" } }),
  specCase("spec: values.revision over revision", { revision: "a", values: { revision: "b" } }),
  specCase("spec: values.global.hub over hub", { hub: "a", values: { global: { hub: "b" } } }),
  specCase("spec: revisionTags", { revision: "a", values: { revisionTags: ["prod", "stable"] } }),
  ...["unvalidatedValues", "profile", "namespace"].map((field) =>
    specCase(`spec: nothing behind ${field}`, { [field]: null }),
  ),
  specCase("spec: nothing behind hub and tag", { hub: null, tag: null }),
  specCase("spec: nothing behind meshConfig", { meshConfig: null }),
  specCase("spec: nothing behind a block of values", { values: { global: null } }),
  specCase("spec: nothing behind a list of gateways", { components: { ingressGateways: null } }),
  specCase("spec: nothing behind k8s", { components: { pilot: { enabled: true, k8s: null } } }),
  ...["install.istio.io/v1alpha2", "operator.istio.io/v1alpha1"].map((apiVersion) => ({
    name: `spec: apiVersion ${apiVersion}`,
    overlays: [{ ...overlayOf({ profile: "minimal" }), apiVersion }],
    set: [],
  })),
  specCase("spec: null takes a value away", { values: { pilot: { autoscaleMin: null } } }),
  specCase("spec: falsy values", {
    values: {
      pilot: {
        autoscaleEnabled: false,
        traceSampling: 0,
        image: "pilot",
        env: { A: "", B: 0, C: false },
      },
      global: { proxy: { logLevel: "", autoInject: "disabled" }, logAsJson: false, network: "" },
      telemetry: { enabled: false },
    },
  }),
  specCase("spec: numbers of every size", {
    values: {
      pilot: {
        env: {
          SMALL: 1,
          BIG: 1_000_000,
          BIGGER: 12_345_678_901,
          HALF: 0.5,
          TINY: 0.000_001,
          MINUS: -3,
        },
        traceSampling: 99.99,
      },
    },
  }),
  specCase("spec: GKE as istioctl detects it", {
    components: { cni: { enabled: true, namespace: "kube-system" } },
    values: { global: { platform: "gke" }, cni: { resourceQuotas: { enabled: false } } },
  }),
  ...["gke", "k3d", "k3s", "microk8s", "minikube", "openshift"].map((platform) =>
    specCase(`spec: platform ${platform}`, {
      components: { cni: { enabled: true }, ztunnel: { enabled: true } },
      values: { global: { platform } },
    }),
  ),
  setCase("set: quotes, commas and dots", "values.global.proxy.clusterDomain=a\\,b"),
  setCase(
    "set: escaped dots",
    "values.sidecarInjectorWebhook.injectedAnnotations.container\\.apparmor\\.security\\.beta\\.kubernetes\\.io/istio-proxy=runtime/default",
  ),
  setCase(
    "set: numbers and booleans",
    "values.pilot.traceSampling=1e1",
    "meshConfig.enableTracing=T",
  ),
  setCase("set: always text", "tag=1.10", "meshConfig.defaultConfig.proxyMetadata.A=1"),
  setCase(
    "set: elements of lists",
    "components.ingressGateways[0].k8s.replicaCount=3",
    "components.ingressGateways.[name:istio-ingressgateway].label.team=web",
    "components.egressGateways[1].name=second",
    "components.egressGateways.[name:second].enabled=true",
    "meshConfig.trustDomainAliases[0]=a",
    "meshConfig.trustDomainAliases[9]=b",
  ),
  setCase("set: an equals sign in the value", "meshConfig.accessLogFormat=a=b"),
  setCase("set: an empty value", "values.global.proxy.logLevel="),
  setCase("set: a profile in spec", "profile=demo", "components.egressGateways[0].enabled=false"),
  {
    name: "overlays: a later one wins, key by key and list by list",
    overlays: [
      overlayOf({
        hub: "a",
        components: { ingressGateways: [{ name: "one" }, { name: "two" }] },
        values: { pilot: { env: { A: "1", B: "2" } }, global: { imagePullSecrets: ["x", "y"] } },
      }),
      overlayOf({
        hub: "b",
        components: { ingressGateways: [{ name: "three" }] },
        values: { pilot: { env: { B: "3" } }, global: { imagePullSecrets: [] } },
      }),
    ],
    set: ["values.pilot.env.C=4"],
  },
  {
    name: "overlays: a map goes where a text was, and back",
    overlays: [
      overlayOf({ meshConfig: { defaultConfig: { tracing: { sampling: 10 } } } }),
      overlayOf({ meshConfig: { defaultConfig: { tracing: null } } }),
      overlayOf({ meshConfig: { defaultConfig: { tracing: { maxPathTagLength: 5 } } } }),
    ],
    set: [],
  },
];
