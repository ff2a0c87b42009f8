import type { JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW, OLD } from "../../../toolchain/versions";
import { pattern } from "../../support/pattern";
import { rejectedConfiguration } from "../rejected";
import { GATEWAYS } from "../shop";
import type { Fault } from "./fault";
import type { Site } from "./site";

const SERVICE = `/api/v1/namespaces/${GATEWAYS}/services/web`;

function istio(kind: string, place: string, spec: JsonObject): K8sObject {
  const [namespace = "", name = ""] = place.split("/");
  const group = /Authentication|Authorization/.test(kind) ? "security" : "networking";
  return { apiVersion: `${group}.istio.io/v1`, kind, metadata: { namespace, name }, spec };
}

const plaintextRule = istio("DestinationRule", "istio-system/plaintext", {
  host: "*.local",
  trafficPolicy: { tls: { mode: "DISABLE" } },
});

const strict = istio("PeerAuthentication", "meshed/default", { mtls: { mode: "STRICT" } });

const denyAll = istio("AuthorizationPolicy", "istio-system/deny-all", {});

const nobody = istio("Gateway", "shop/nobody", {
  selector: { app: "wep" },
  servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["a.example.com"] }],
});

const slowLabels = { app: "slow" };

const slow = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "slow", namespace: "meshed" },
  spec: {
    replicas: 0,
    selector: { matchLabels: slowLabels },
    template: {
      metadata: {
        labels: slowLabels,
        annotations: { "proxy.istio.io/config": "terminationDrainDuration: 60s" },
      },
      spec: { containers: [{ name: "app", image: "localhost/none" }] },
    },
  },
} as K8sObject;

const selector = (value: string) => (site: Site) =>
  site.merge(SERVICE, { spec: { selector: { app: value } } });

const withWorkloads = { validate: () => ["--with-testing-workloads", "--revision", NEW] };

/** What decides where requests go, and whether they may. */
export const trafficFaults: readonly Fault[] = [
  {
    title: "STRICT, and a rule by which callers send plaintext",
    seed: async ({ live }) => {
      await live.apply(strict);
      await live.apply(plaintextRule);
    },
    expected: [
      {
        by: "validate",
        check: "mtls-conflict",
        severity: "error",
        object: /^DestinationRule istio-system\/plaintext$/,
        reason: /plaintext to Service meshed\/echo.*STRICT by PeerAuthentication meshed\/default/,
        fix: /kubectl -n istio-system patch destinationrules/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: async ({ live }) => {
      await live.remove(plaintextRule);
      await live.remove(strict);
    },
  },
  {
    title: "plaintext where mutual TLS is expected, seen by testing workloads",
    seed: ({ live }) => live.apply(plaintextRule),
    flags: withWorkloads,
    expected: [
      {
        by: "validate",
        check: "testing-traffic",
        severity: "error",
        object: pattern`^revision ${NEW}$`,
        reason: /in plaintext only/,
        fix: /kubectl get destinationrules -A/,
      },
    ],
    follow: { kind: "words", act: ({ live }) => live.remove(plaintextRule) },
    undoAfterFailure: ({ live }) => live.remove(plaintextRule),
  },
  {
    title: "a policy that denies everything, seen by testing workloads",
    seed: ({ live }) => live.apply(denyAll),
    flags: withWorkloads,
    expected: [
      {
        by: "validate",
        check: "testing-traffic",
        severity: "error",
        object: pattern`^revision ${NEW}$`,
        reason: /HTTP 403: a policy refuses it/,
        fix: /kubectl get authorizationpolicies -A/,
      },
    ],
    follow: { kind: "words", act: ({ live }) => live.remove(denyAll) },
    undoAfterFailure: ({ live }) => live.remove(denyAll),
  },
  {
    title: "configuration that a gateway's proxy refuses",
    seed: ({ live }) => live.apply(rejectedConfiguration),
    expected: [
      {
        by: "validate",
        check: "proxy-sync",
        severity: "warning",
        object: /^Pod istio-gateways\/web-/,
        reason: /was sent configuration \(cluster.* that it has not taken: STALE/,
        fix: /kubectl -n istio-gateways logs web-.* -c istio-proxy/,
      },
    ],
    follow: { kind: "words", act: ({ live }) => live.remove(rejectedConfiguration) },
    undoAfterFailure: ({ live }) => live.remove(rejectedConfiguration),
  },
  {
    title: "a Gateway resource whose selector matches no pod",
    seed: ({ live }) => live.apply(nobody),
    expected: [
      {
        by: "validate",
        check: "gateway-selector",
        severity: "error",
        object: /^Gateway shop\/nobody$/,
        reason: /its selector app=wep matches no pod/,
        fix: /write "app: web" in spec\.selector.*kubectl -n shop patch gateways\.networking\.istio\.io nobody/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: ({ live }) => live.remove(nobody),
  },
  {
    title: "a gateway's Service that selects nothing",
    seed: selector("wep"),
    expected: [
      {
        by: "validate",
        check: "gateway-service",
        severity: "error",
        object: pattern`^Deployment istio-gateways/web-${OLD}$`,
        reason: /the nearest, web, asks for app=wep, and they have app=web/,
        fix: /kubectl -n istio-gateways patch service web/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: selector("web"),
  },
  {
    title: "a drain above the grace period",
    seed: ({ live }) => live.apply(slow),
    expected: [
      {
        by: "validate",
        check: "drain-time",
        severity: "error",
        object: /^Deployment meshed\/slow$/,
        reason: /drains 60 s .* after 30 s/,
        fix: /terminationGracePeriodSeconds larger than 60.*kubectl -n meshed patch deployment slow/,
      },
      {
        by: "precheck",
        check: "drain",
        severity: "warning",
        object: /^Namespace meshed$/,
        reason:
          /the proxies of Deployment slow drain for 60 s, and Kubernetes kills the pods after 30 s/,
        fix: /^kubectl -n meshed patch deployment slow/,
      },
    ],
    follow: { kind: "kubectl", of: 1 },
    undo: ({ live }) => live.remove(slow),
  },
];
