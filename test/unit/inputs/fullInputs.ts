import type { CheckedInputs } from "../../../mesh/model/checkedInputs";
import type { GatewayInputs } from "../../../mesh/model/gatewayInputs";
import type { GkeInputs } from "../../../mesh/model/gkeInputs";
import type { MeshInputs } from "../../../mesh/model/meshInputs";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../toolchain/versions";

const MESH: Required<Omit<MeshInputs, "version" | "revision">> = {
  profile: "default",
  namespace: "istio-system",
  hub: "docker.io/istio",
  tag: NEWEST,
  allowImageSkew: false,
  platform: "gke",
  kubernetesVersion: "1.33",
  overlays: [
    "cni-gcp",
    { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec: {} },
  ],
  set: ["values.pilot.traceSampling=100", { path: "values.global.logAsJson", value: true }],
  charts: {
    kind: "oci",
    url: "oci://example.com/charts",
    digests: { istio: "sha256:0" },
    verify: { keyring: "keys.gpg", cosign: { key: "cosign.pub" } },
  },
  releaseNames: { base: "istio-base", pilot: "istiod" },
  mtls: { mode: "STRICT" },
  proxy: { imageType: "distroless", terminationDrainSeconds: 10 },
  accessLog: { file: "/dev/stdout", encoding: "JSON" },
  tracing: { provider: "opentelemetry", service: "otel.example", port: 4317, samplingPercent: 5 },
  cni: {
    enabled: true,
    environment: "gke",
    binDir: "/home/kubernetes/bin",
    namespace: "kube-system",
    excludeNamespaces: ["istio-system"],
  },
  telemetry: "prometheus",
  googlePrometheus: { intervalSeconds: 60 },
  jwtPolicy: "third-party-jwt",
  overlayGateways: [{ name: "a", namespace: "b", protect: false }],
  ca: { type: "plug-in-certs", caCert: "a", caKey: "b", rootCert: "c", certChain: "d" },
  crdsOnDestroy: "keep",
  timeouts: { crds: 60, controlPlane: 300, cni: 600, ztunnel: 600, gateways: 300, injection: 120 },
};

const INGRESS: GatewayInputs = {
  name: "web",
  namespace: "edge",
  kind: "ingress",
  revisions: [
    { revision: OLD, weight: 90 },
    { revision: NEW, weight: 10 },
  ],
  traffic: "shared",
  protect: true,
  waitForAddress: false,
  autoscaling: { minReplicas: 2, maxReplicas: 5, cpuPercent: 80 },
  naming: "revision",
  injection: "pod",
  labels: { team: "edge" },
  restart: "2026-11-21",
  terminationGracePeriodSeconds: 75,
  terminationDrainSeconds: 20,
  resources: { requests: { cpu: "100m" } },
  tolerations: [{ key: "edge", operator: "Exists" }],
  env: { A: "b", C: { valueFrom: { fieldRef: { fieldPath: "metadata.name" } } } },
  volumes: [{ name: "certs", mountPath: "/certs", secretName: "certs" }],
  rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 },
  disruptionBudget: { maxUnavailable: 1 },
  serviceAccount: { name: "web", annotations: { a: "b" } },
  minTlsVersion: "1.2",
  service: {
    type: "LoadBalancer",
    loadBalancerSourceRanges: ["10.0.0.0/8"],
    externalTrafficPolicy: "Local",
    ports: [{ name: "tcp", port: 9000, targetPort: 9000, protocol: "TCP" }],
    annotations: { a: "b" },
  },
  tls: [{ hosts: ["shop.example.com"], credentialName: "shop", port: 443, mode: "SIMPLE" }],
};

const GATEWAYS: readonly GatewayInputs[] = [
  INGRESS,
  {
    name: "out",
    namespace: "egress",
    kind: "egress",
    revisions: [{ revision: NEW }],
    hosts: { externalHosts: [{ host: "api.example.com", port: 443, protocol: "TLS" }] },
  },
  {
    name: "cross",
    namespace: "cross",
    kind: "east-west",
    network: "network-1",
    revisions: [{ revision: NEW }],
    eastWest: { exposeServices: true, exposeIstiod: true, istiodRevision: NEW },
  },
];

const GKE: GkeInputs = {
  project: "my-project",
  location: "europe-west1",
  cluster: {
    kind: "new",
    name: "prod",
    releaseChannel: "REGULAR",
    privateNodes: { controlPlaneCidr: "172.16.0.0/28", privateEndpoint: false },
    network: "default",
    ranges: { pods: "pods", services: "services" },
    authorizedNetworks: ["10.0.0.0/8"],
    nodePool: { machineType: "e2-standard-4", minNodes: 1, maxNodes: 4, tags: ["mesh"] },
    labels: { team: "mesh" },
  },
  apis: "enable",
  firewall: { ports: [15014], targets: { kind: "tags", tags: ["mesh"] } },
  telemetry: { reports: ["metrics"], workloads: [{ namespace: "a", serviceAccount: "b" }] },
  ca: { type: "cas", caPool: "projects/p/locations/l/caPools/c" },
  fleet: { project: "my-project", membership: "prod", mesh: "MANAGEMENT_MANUAL" },
  addresses: [{ name: "web", scope: "regional", internal: false, protect: true }],
  dns: [
    {
      name: "shop.example.com",
      zone: "example-com",
      ttlSeconds: 60,
      revisions: [{ revision: NEW, weight: 100, address: "web" }],
    },
  ],
  registry: { repository: "mesh", location: "europe", path: "istio", create: true },
};

/** Valid inputs of each type, with a key of each kind of map that it may have. */
export const FULL_INPUTS: Readonly<CheckedInputs> = (() => {
  const mesh: MeshInputs = { version: NEWEST, revision: NEW, ...MESH };
  const whole: CheckedInputs["ServiceMeshInputs"] = {
    ...mesh,
    revisions: [
      { revision: OLD, version: PREVIOUS, hub: "docker.io/istio", tag: PREVIOUS },
      {
        revision: NEW,
        overlays: ["cni-gcp"],
        set: [{ path: "values.pilot.autoscaleMin", value: 2 }],
      },
    ],
    tags: { stable: OLD },
    gateways: GATEWAYS,
    namespaces: [
      {
        name: "shop",
        revision: "stable",
        create: true,
        restart: {
          batchSize: 5,
          others: "evict",
          pauseSeconds: 1,
          timeoutSeconds: 300,
          token: "a",
        },
      },
    ],
    adopt: "none",
    shared: "own",
    precheck: true,
    gatewayResources: [],
    managed: { channel: "rapid", provisioning: "resource", dataPlane: true, cni: true },
    upgrade: {
      to: NEWEST,
      stage: "gateway-web-10",
      policy: {
        revision: NEW,
        from: [OLD],
        weights: [10, 50],
        gatewayGroups: [["web"]],
        namespaceBatch: 5,
        namespaceGroups: [["shop"]],
        tags: ["stable"],
        restart: false,
        prometheus: {
          url: "https://prometheus.example.com",
          service: "istio-system/prometheus:9090",
          bearerToken: "hush",
          headers: { "X-Scope-OrgID": "edge" },
        },
        gates: [
          { kind: "mesh", name: "well", after: ["install"], ignore: ["proxy-sync"] },
          {
            kind: "prometheus",
            metric: "p99",
            workloads: ["shop/cart"],
            query: "up",
            min: 1,
            max: 300,
            maxTimesOld: 1.5,
            window: 60,
            noData: "wait",
            onFailure: "stop",
            interval: 30,
            count: 3,
            warmUp: 60,
            limit: 1,
            timeout: 600,
          },
          { kind: "command", command: ["./smoke-test.sh"], timeLimit: 60 },
          { kind: "webhook", url: "https://gate.example.com", headers: { team: "edge" } },
          { kind: "pause", name: "look", after: ["remove"] },
        ],
      },
    },
  };
  const { tag: _, revision: __, hub: ___, ca: ____, ...tagged } = mesh;
  return {
    StackConfiguration: {
      ...whole,
      target: "cluster",
      renderDirectory: "rendered",
      kubeconfig: "config",
      context: "prod",
      gke: GKE,
    },
    ServiceMeshInputs: whole,
    MeshInputs: mesh,
    GatewayInputs: INGRESS,
    GatewayComponentInputs: {
      ...INGRESS,
      timeoutSeconds: 300,
      target: { kind: "cluster", context: "prod" },
      adopt: "all",
    },
    ManagedInputs: { channel: "rapid", provisioning: "resource", timeoutSeconds: 600 },
    MeshNamespaceInputs: {
      namespace: "shop",
      revision: "stable",
      tagRevision: NEW,
      restart: { batchSize: 5, token: "a" },
      target: { kind: "cluster", kubeconfig: "config", context: "prod" },
    },
    RevisionTagInputs: { ...tagged, tag: "stable", revision: NEW },
    PeerAuthenticationInputs: {
      namespace: "shop",
      name: "default",
      mode: "STRICT",
      matchLabels: { app: "legacy" },
      portModes: { "8080": "DISABLE" },
    },
    TelemetryInputs: {
      namespace: "shop",
      accessLogging: { providers: ["envoy"], filter: "response.code >= 400", disabled: false },
      tracing: { providers: ["otel"], samplingPercent: 5, disabled: false },
      metrics: { providers: ["prometheus"] },
    },
    GkeInputs: GKE,
    Target: { kind: "cluster", kubeconfig: "config", context: "prod" },
    ClusterInputs: { target: { kind: "cluster", context: "prod" }, adopt: "namespaces" },
    WavesInputs: {
      to: NEWEST,
      waves: [
        { name: "canary", stacks: ["dev"], soak: 86400 },
        { stacks: [{ stack: "prod", folder: "../eu" }, "us"], atOnce: 2 },
      ],
    },
  };
})();

/** A valid configuration of a stack, with a key of each kind of map that it may have. */
export const FULL_CONFIGURATION = FULL_INPUTS.StackConfiguration;
