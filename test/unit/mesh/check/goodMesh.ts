import { readFileSync } from "node:fs";
import { join } from "node:path";
import { watchedApis } from "../../../../mesh/checks/validate/apis";
import type { MeshState, ProxyCertificate } from "../../../../mesh/checks/validate/state";
import { beginOf, parsePem } from "../../../../mesh/checks/validate/x509";
import type { JsonObject } from "../../../../mesh/common/json";
import type { Labels } from "../../../../mesh/k8s/istioLabels";
import type { Read } from "../../../../mesh/snapshot/snapshot";
import { NEW, NEWEST, OLD, PREVIOUS } from "../../../../toolchain/versions";

import { configurations } from "../../injection/scenarios";

const SYSTEM = "istio-system";
export const EDGE = "istio-gateways";

/** PEM of a certificate in `fixtures`. */
export function pem(name: "root" | "other" | "leaf" | "chain"): string {
  return readFileSync(join(__dirname, "fixtures", `${name}.pem`), "utf8");
}

const [leaf] = parsePem(pem("leaf"));

/** An hour into the life of the leaf. */
export const NOW = (leaf === undefined ? 0 : beginOf(leaf)) + 3_600_000;

function metadata(name: string, namespace?: string, labels: Labels = {}, annotations: Labels = {}) {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: { ...labels },
    annotations: { ...annotations },
  };
}

const AVAILABLE = {
  availableReplicas: 1,
  conditions: [{ type: "Available", status: "True", reason: "MinimumReplicasAvailable" }],
};

const READY = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True" }],
  containerStatuses: [],
};

export function istiod(revision: string, version: string): JsonObject {
  const labels = { app: "istiod", "istio.io/rev": revision };
  const containers = [{ name: "discovery", image: `docker.io/istio/pilot:${version}` }];
  return {
    metadata: metadata(`istiod-${revision}`, SYSTEM, labels),
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...labels, "sidecar.istio.io/inject": "false" } },
        spec: { containers },
      },
    },
    status: AVAILABLE,
  };
}

export function pod(
  name: string,
  namespace: string,
  labels: Labels,
  more: { annotations?: Labels; image?: string; status?: JsonObject } = {},
): JsonObject {
  const { annotations = {}, image = `docker.io/istio/proxyv2:${PREVIOUS}`, status = READY } = more;
  const isGateway = annotations["inject.istio.io/templates"] === "gateway";
  const application = isGateway ? [] : [{ name: "app", image: "shop:1" }];
  return {
    metadata: metadata(name, namespace, labels, annotations),
    spec: {
      serviceAccountName: "web",
      containers: [...application, { name: "istio-proxy", image }],
    },
    status,
  };
}

export const GATEWAY_LABELS: Labels = {
  app: "web",
  istio: "ingressgateway",
  "istio.io/rev": OLD,
  "sidecar.istio.io/inject": "true",
};

/** A gateway's Deployment. */
export function gateway(more: { graceSeconds?: number; drain?: string } = {}): JsonObject {
  const { graceSeconds = 75, drain } = more;
  const annotations = {
    "inject.istio.io/templates": "gateway",
    ...(drain !== undefined && { "proxy.istio.io/config": `terminationDrainDuration: ${drain}\n` }),
  };
  return {
    metadata: metadata("web", EDGE, GATEWAY_LABELS),
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { ...GATEWAY_LABELS }, annotations },
        spec: {
          containers: [{ name: "istio-proxy", image: "auto" }],
          terminationGracePeriodSeconds: graceSeconds,
        },
      },
    },
    status: AVAILABLE,
  };
}

export function service(
  name: string,
  namespace: string,
  selector: Labels,
  labels: Labels = {},
): JsonObject {
  return { metadata: metadata(name, namespace, labels), spec: { selector: { ...selector } } };
}

export function slice(name: string, namespace: string, ready = true): JsonObject {
  return {
    metadata: metadata(`${name}-1`, namespace, { "kubernetes.io/service-name": name }),
    endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready } }],
  };
}

function crd(name: string, version: string): JsonObject {
  return {
    metadata: metadata(name),
    spec: { versions: [{ name: version, served: true, storage: true }] },
    status: { conditions: [{ type: "Established", status: "True" }] },
  };
}

function validator(name: string, target: string): JsonObject {
  return {
    metadata: metadata(name, undefined, { app: "istiod", "istio.io/rev": OLD }),
    webhooks: [
      {
        name: "rev.validation.istio.io",
        failurePolicy: "Fail",
        clientConfig: { caBundle: "Y2E=", service: { namespace: SYSTEM, name: target } },
      },
    ],
  };
}

const ISTIODS = [
  { revision: OLD, version: PREVIOUS },
  { revision: NEW, version: NEWEST },
];

function istiodService(name: string, revision: string): JsonObject {
  const labels = { app: "istiod", "istio.io/rev": revision };
  return service(name, SYSTEM, labels, labels);
}

const gatewayPod = () =>
  pod("web-0", EDGE, GATEWAY_LABELS, {
    annotations: { "istio.io/rev": OLD, "inject.istio.io/templates": "gateway" },
  });

/** The fixtures' only leaf is of the account `web`. */
function certificateOf(name: string): ProxyCertificate {
  const proxy = { namespace: EDGE, pod: name, serviceAccount: "web" };
  return { ...proxy, chain: pem("leaf"), roots: pem("root") };
}

/** A mesh in which all is well: two revisions, a tag, a gateway and a namespace at the tag. */
export function goodMesh(): Read<MeshState> {
  const services = ISTIODS.map(({ revision }) => istiodService(`istiod-${revision}`, revision));
  return {
    kubernetes: "v1.34.2",
    now: NOW,
    crds: Object.entries(watchedApis(NEWEST)).map(([name, version]) => crd(name, version)),
    mutatingWebhooks: configurations("old", "new", "prod-old"),
    validatingWebhooks: [validator("istiod-default-validator", `istiod-${OLD}`)],
    namespaces: [
      { metadata: metadata(SYSTEM) },
      { metadata: metadata(EDGE) },
      { metadata: metadata("shop", undefined, { "istio.io/rev": "prod" }) },
    ],
    workloads: [
      ...ISTIODS.map(({ revision, version }) => ({
        kind: "Deployment" as const,
        object: istiod(revision, version),
      })),
      { kind: "Deployment", object: gateway() },
    ],
    pods: [
      gatewayPod(),
      pod("cart-0", "shop", { app: "cart" }, { annotations: { "istio.io/rev": OLD } }),
    ],
    services: [
      ...services,
      istiodService("istiod-revision-tag-prod", OLD),
      service("web", EDGE, { app: "web" }),
    ],
    endpointSlices: [
      ...[`istiod-${OLD}`, `istiod-${NEW}`, "istiod-revision-tag-prod"].map((name) =>
        slice(name, SYSTEM),
      ),
      slice("web", EDGE),
    ],
    configMaps: [
      { metadata: metadata("istio-ca-root-cert", SYSTEM), data: { "root-cert.pem": pem("root") } },
      {
        metadata: metadata(`istio-${OLD}`, SYSTEM),
        data: {
          mesh: "defaultConfig:\n  terminationDrainDuration: 20s\ntrustDomain: cluster.local\n",
        },
      },
    ],
    gatewayResources: [
      { metadata: metadata("web", EDGE), spec: { selector: { istio: "ingressgateway" } } },
    ],
    peerAuthentications: [],
    destinationRules: [],
    caSources: [
      {
        title: `ConfigMap ${SYSTEM}/istio-ca-root-cert`,
        certificates: { "root-cert.pem": pem("root") },
      },
    ],
    gatewayCertificates: [certificateOf("web-0")],
    workloadCertificates: [certificateOf("web-1")],
    sync: [
      {
        pod: `${SYSTEM}/istiod-${OLD}-0`,
        revision: OLD,
        proxies: [
          { namespace: EDGE, pod: "web-0", version: PREVIOUS, stale: [] },
          { namespace: "shop", pod: "cart-0", version: PREVIOUS, stale: [] },
        ],
      },
      { pod: `${SYSTEM}/istiod-${NEW}-0`, revision: NEW, proxies: [] },
    ],
  };
}
