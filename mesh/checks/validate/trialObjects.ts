import type { Json, JsonObject } from "../../common/json";
import { POD_INJECTION_LABEL, REVISION_LABEL } from "../../k8s/istioLabels";
import type { K8sObject } from "../../k8s/objects";
import { ownNamespace } from "../ownNamespace";
import { UNPRIVILEGED } from "../unprivileged";

/** A trial of one revision, in a temporary namespace. */
export interface Trial {
  readonly namespace: string;
  /** Revision or tag. */
  readonly revision: string;
  /** Must contain `pilot-agent` and `envoy`, as every image of Istio's proxy does. */
  readonly image: string;
  readonly trustDomain: string;
  readonly timeoutSeconds: number;
}

/** `client` and `server` have a proxy, `plain` has none. */
export type TrialPod = "client" | "server" | "plain";

export const TRIAL_PODS: readonly TrialPod[] = ["client", "server", "plain"];

/** The container of a trial's pods beside the proxy. */
export const APP_CONTAINER = "app";

/** The paths at which the server reports how a request arrived. */
export const PATHS = { mutual: "/mtls", plaintext: "/plain" } as const;

/**
 * What the server answers other than 200: one status for each thing that may be wrong, and none that a
 * proxy gives by itself to such a request.
 */
export const STATUS = { plaintext: 418, otherClient: 409, mutual: 412 } as const;

const PORT = 8080;

export function trialNamespace({ namespace, revision, timeoutSeconds }: Trial): K8sObject {
  return ownNamespace(namespace, timeoutSeconds, { [REVISION_LABEL]: revision });
}

/** The header with the client's certificate, which a proxy sets for the server. */
const CLIENT_CERTIFICATE = "x-forwarded-client-cert";

function route(path: string, headers: Json[], status: number): Json {
  return { match: { path, headers }, direct_response: { status } };
}

/** The address family of the server, and the expected identity of its client. */
export interface TrialServer {
  readonly clientId: string;
  /** Whether the Service has an IPv6 address. */
  readonly ipv6: boolean;
}

/**
 * A server that needs nothing but Envoy: 200 at one path for requests with the client's certificate,
 * at another for those without any.
 */
export function serverConfig({ clientId, ipv6 }: TrialServer): JsonObject {
  const absent = { name: CLIENT_CERTIFICATE, present_match: false };
  const expected = { name: CLIENT_CERTIFICATE, string_match: { contains: `URI=${clientId}` } };
  const type = "type.googleapis.com/envoy.extensions.filters";
  const routes = [
    route(PATHS.mutual, [absent], STATUS.plaintext),
    route(PATHS.mutual, [expected], 200),
    route(PATHS.mutual, [], STATUS.otherClient),
    route(PATHS.plaintext, [absent], 200),
    route(PATHS.plaintext, [], STATUS.mutual),
    { match: { prefix: "/" }, direct_response: { status: 200 } },
  ];
  const manager = {
    "@type": `${type}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: "trial",
    // By default, Envoy removes the header from incoming requests.
    forward_client_cert_details: "ALWAYS_FORWARD_ONLY",
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": `${type}.http.router.v3.Router` },
      },
    ],
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes }] },
  };
  const filter = { name: "envoy.filters.network.http_connection_manager", typed_config: manager };
  const address = { socket_address: { address: ipv6 ? "::" : "0.0.0.0", port_value: PORT } };
  return {
    static_resources: { listeners: [{ address, filter_chains: [{ filters: [filter] }] }] },
  };
}

export function trialService({ namespace }: Trial): K8sObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "server", namespace },
    spec: { selector: { app: "server" }, ports: [{ name: "http", port: 80, targetPort: PORT }] },
  };
}

export function trialAccount({ namespace }: Trial, name: TrialPod): K8sObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } };
}

export function trialPod(trial: Trial, name: TrialPod, server: TrialServer): K8sObject {
  const { namespace, image } = trial;
  const injection: Record<string, string> =
    name === "plain" ? { [POD_INJECTION_LABEL]: "false" } : {};
  const config = JSON.stringify(serverConfig(server));
  const container = {
    name: APP_CONTAINER,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["/usr/local/bin/envoy"],
    args: ["--config-yaml", config, "--disable-hot-restart", "--concurrency", "1", "-l", "warn"],
    ports: [{ containerPort: PORT }],
    readinessProbe: { httpGet: { path: "/", port: PORT }, periodSeconds: 1 },
    resources: { requests: { cpu: "10m", memory: "64Mi" } },
    securityContext: UNPRIVILEGED,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name, ...injection } },
    spec: {
      serviceAccountName: name,
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 1,
      containers: [container],
    },
  };
}

/** Returns the policy for mutual TLS in the trial's namespace. */
export function trialPolicy({ namespace }: Trial, mode: "PERMISSIVE" | "STRICT"): K8sObject {
  return {
    apiVersion: "security.istio.io/v1beta1",
    kind: "PeerAuthentication",
    metadata: { name: "default", namespace },
    spec: { mtls: { mode } },
  };
}

/** Returns the command of one request. Its exit code is 0 only for HTTP 200. */
export function requestCommand({ namespace }: Trial, path: string): string[] {
  const limits = [
    "--timeoutSeconds",
    "3",
    "--periodMillis",
    "200",
    "--requestTimeoutMillis",
    "2000",
  ];
  return ["pilot-agent", "wait", "--url", `http://server.${namespace}.svc${path}`, ...limits];
}
