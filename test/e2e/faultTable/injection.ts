import type { Json, JsonObject } from "../../../mesh/common/json";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { getPath } from "../../../mesh/k8s/path";
import { NEW, OLD } from "../../../toolchain/versions";
import { until } from "../../node/wait";
import { namespace } from "../../support/liveCluster";
import { pattern } from "../../support/pattern";
import { backendPod } from "../cniMesh";
import { GATEWAYS, untilReady } from "../shop";
import type { Fault } from "./fault";
import { ADMISSION, type Site } from "./site";

const SEEN_MS = 60_000;

/** A revision that nobody has. */
const GHOST = "1-27-0";

const INJECTOR = `${ADMISSION}/mutatingwebhookconfigurations/istio-sidecar-injector-${NEW}`;
const VALIDATOR = `${ADMISSION}/validatingwebhookconfigurations/istiod-default-validator`;

const lost = namespace("lost", { "istio.io/rev": "1-30-0" });

const both = namespace("both", { "istio-injection": "enabled", "istio.io/rev": NEW });

const ghostTag: K8sObject = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: {
    name: "istio-revision-tag-ghost",
    labels: { app: "sidecar-injector", "istio.io/rev": GHOST, "istio.io/tag": "ghost" },
  },
  webhooks: [
    {
      name: "rev.namespace.sidecar-injector.istio.io",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Ignore",
      namespaceSelector: { matchLabels: { "istio.io/rev": "ghost" } },
      rules: [
        { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
      ],
      clientConfig: {
        service: { namespace: "istio-system", name: `istiod-${GHOST}`, path: "/inject" },
      },
    },
  ],
};

/** A copy of a revision's injector, as a second installation by hand leaves it. */
async function secondInjector({ live }: Site): Promise<K8sObject> {
  const own = await live.get(INJECTOR);
  const { labels } = own.metadata as JsonObject;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "istio-sidecar-injector-mine", labels: labels as JsonObject },
    webhooks: own.webhooks as Json,
  };
}

function webhookService(site: Site, name: string): Promise<void> {
  const path = "/webhooks/0/clientConfig/service/name";
  return site.operate(VALIDATOR, [{ op: "replace", path, value: name }]);
}

const gatewayPods = `/api/v1/namespaces/${GATEWAYS}/pods`;

async function remakeGateway({ live }: Site): Promise<void> {
  const pods = await live.get(gatewayPods);
  for (const pod of pods.items as JsonObject[]) {
    await live.cluster.call("DELETE", `${gatewayPods}/${getPath(pod, "metadata.name")}`);
  }
}

async function labelGateways({ live }: Site, value: string | null): Promise<void> {
  const labels = { "istio-injection": value };
  await live.cluster.call(
    "PATCH",
    `/api/v1/namespaces/${GATEWAYS}`,
    { metadata: { labels } },
    "merge",
  );
}

async function gatewayOnAuto(site: Site): Promise<void> {
  await labelGateways(site, "disabled");
  await remakeGateway(site);
  await until(
    async () => JSON.stringify(await site.live.get(gatewayPods)).includes('"image":"auto"'),
    SEEN_MS,
    () => "no pod is left on auto",
  );
}

const callerLabels = { app: "caller" };

const caller = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "caller", namespace: "callers" },
  spec: {
    replicas: 1,
    selector: { matchLabels: callerLabels },
    template: { metadata: { labels: callerLabels }, spec: backendPod() },
  },
} as unknown as K8sObject;

const strictMesh: K8sObject = {
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata: { name: "default", namespace: "istio-system" },
  spec: { mtls: { mode: "STRICT" } },
};

/** What puts namespaces, webhooks and pods together. */
export const injectionFaults: readonly Fault[] = [
  {
    title: "a namespace of a revision that is not there",
    seed: ({ live }) => live.apply(lost),
    expected: [
      {
        by: "validate",
        check: "namespace-label",
        severity: "error",
        object: /^Namespace lost$/,
        reason: /istio\.io\/rev=1-30-0, but no webhook is of a revision or tag of that name/,
        fix: /^kubectl label namespace lost istio\.io\/rev=/,
      },
      {
        by: "precheck",
        check: "injection-target",
        severity: "warning",
        object: /^Namespace lost$/,
        reason: /istio\.io\/rev=1-30-0, but no webhook is of a revision or tag of that name/,
        fix: /^kubectl label namespace lost istio\.io\/rev=/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: ({ live }) => live.remove(lost),
  },
  {
    title: "a namespace with the labels of two revisions",
    seed: ({ live }) => live.apply(both),
    expected: [
      {
        by: "validate",
        check: "namespace-label",
        severity: "error",
        object: /^Namespace both$/,
        reason: pattern`the first wins: ${OLD} injects its pods`,
        fix: /^keep one: kubectl label namespace both istio-injection-$/,
      },
      {
        by: "precheck",
        check: "injection-target",
        severity: "warning",
        object: /^Namespace both$/,
        reason: pattern`the first wins: ${OLD} injects its pods`,
        fix: /^keep one: kubectl label namespace both istio-injection-$/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: ({ live }) => live.remove(both),
  },
  {
    title: "two webhooks that inject the same pods",
    seed: async (site) => site.live.apply(await secondInjector(site)),
    expected: [
      {
        by: "precheck",
        check: "injection-overlap",
        severity: "error",
        object: pattern`istio-sidecar-injector-${NEW} istio-sidecar-injector-mine$`,
        reason: /more than one webhook injects the pod/,
        fix: /delete mutatingwebhookconfiguration istio-sidecar-injector-mine$/,
      },
      {
        by: "validate",
        check: "injection",
        severity: "error",
        object: /^(Namespace|Deployment) /,
        reason: /more than one webhook injects the pod/,
        fix: /leave one of the configurations/,
        several: true,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: async (site) => site.live.remove(await secondInjector(site)),
  },
  {
    title: "a tag of a revision that is gone",
    seed: ({ live }) => live.apply(ghostTag),
    expected: [
      {
        by: "validate",
        check: "revision-tag",
        severity: "error",
        object: /^tag ghost$/,
        reason: /points at the revision 1-27-0, which has no istiod/,
        fix: /mesh:tags: \{ ghost: 1-\d+-\d \}.*kubectl delete mutatingwebhookconfiguration/,
      },
      {
        by: "validate",
        check: "injection-webhook",
        severity: "error",
        object: /istio-revision-tag-ghost$/,
        reason: /istio-system\/istiod-1-27-0, which does not exist/,
        fix: /kubectl delete mutatingwebhookconfiguration istio-revision-tag-ghost$/,
        several: true,
      },
      {
        by: "precheck",
        check: "webhook-service",
        severity: "warning",
        object: /istio-revision-tag-ghost$/,
        reason: /istio-system\/istiod-1-27-0, which does not exist: it does nothing any more/,
        fix: /^kubectl delete mutatingwebhookconfiguration istio-revision-tag-ghost$/,
      },
      {
        by: "precheck",
        check: "leftovers",
        severity: "warning",
        object: /istio-revision-tag-ghost$/,
        reason: /is of the control plane 1-27-0, which is gone/,
        fix: /look at it, and delete it yourself/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: ({ live }) => live.remove(ghostTag),
  },
  {
    title: "the default validator points at a Service that is gone",
    seed: (site) => webhookService(site, `istiod-${GHOST}`),
    expected: [
      {
        by: "validate",
        check: "validation-webhook",
        severity: "error",
        object: /istiod-default-validator$/,
        reason: /istio-system\/istiod-1-27-0, which does not exist/,
        fix: /mesh:tags: \{ default: 1-\d+-\d \} and `pulumi up --refresh`/,
      },
      {
        by: "precheck",
        check: "webhook-service",
        severity: "warning",
        object: /istiod-default-validator$/,
        reason: /istio-system\/istiod-1-27-0, which does not exist: what it matches is refused/,
        fix: /^`pulumi up --refresh` writes it/,
      },
    ],
    follow: { kind: "pulumi", of: 0, command: "up --refresh" },
    undo: (site) => webhookService(site, `istiod-${OLD}`),
  },
  {
    title: "a control plane's injection webhook is deleted",
    seed: ({ live }) => live.cluster.call("DELETE", INJECTOR),
    expected: [
      {
        by: "validate",
        check: "injection-webhook",
        severity: "warning",
        object: pattern`^istiod ${NEW}$`,
        reason: /has no injection webhook/,
        fix: /`pulumi up --refresh`/,
      },
      {
        by: "validate",
        check: "namespace-label",
        severity: "error",
        object: /^Namespace (parked|meshed)$/,
        reason: /no webhook is of a revision or tag of that name/,
        fix: /^kubectl label namespace/,
        several: true,
      },
    ],
    follow: { kind: "pulumi", of: 0, command: "up --refresh" },
    undoAfterFailure: ({ stack }) => stack.up(["--refresh"]),
  },
  {
    title: "a gateway's pod that came while no webhook matched",
    seed: gatewayOnAuto,
    expected: [
      {
        by: "validate",
        check: "gateway-image",
        severity: "error",
        object: /^Pod istio-gateways\/web-/,
        reason: pattern`of ${OLD} would, but the namespace has the label istio-injection=disabled`,
        fix: /^kubectl label namespace istio-gateways istio-injection-; then kubectl -n istio-gateways delete pod web-/,
        several: true,
      },
      {
        by: "validate",
        check: "injection",
        severity: "error",
        object: pattern`^Deployment istio-gateways/web-${OLD}$`,
        reason: /no webhook injects the pod/,
        fix: /^kubectl label namespace istio-gateways istio-injection-$/,
      },
      {
        by: "precheck",
        check: "injection-target",
        severity: "warning",
        object: pattern`^Deployment istio-gateways/web-${OLD}$`,
        reason: /no webhook injects the pod/,
        fix: /^kubectl label namespace istio-gateways istio-injection-$/,
      },
      {
        by: "validate",
        check: "gateway",
        severity: "error",
        object: pattern`^Deployment istio-gateways/web-${OLD}$`,
        reason: /is not available: pod web-.*, container istio-proxy/,
        fix: /kubectl describe -n istio-gateways/,
      },
      {
        by: "validate",
        check: "gateway-service",
        severity: "error",
        object: /^Service istio-gateways\/web$/,
        reason: /none of them is ready/,
        fix: /bring the gateway up/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: async (site) => {
      await labelGateways(site, null);
      await remakeGateway(site);
      await untilReady(site.live, GATEWAYS, `web-${OLD}`);
    },
  },
  {
    title: "STRICT, and a caller that came before its namespace's label",
    seed: async ({ live }) => {
      await live.apply(namespace("callers"));
      await live.apply(caller);
      await untilReady(live, "callers", "caller");
      await live.apply(namespace("callers", { "istio.io/rev": NEW }));
      await live.apply(strictMesh);
    },
    expected: [
      {
        by: "validate",
        check: "proxy-missing",
        severity: "error",
        object: /^Deployment callers\/caller$/,
        reason:
          /they send plaintext, which is refused .* STRICT \(PeerAuthentication istio-system\/default\)/,
        fix: /kubectl -n callers rollout restart deployment\/caller$/,
      },
    ],
    follow: { kind: "kubectl", of: 0 },
    undo: async (site) => {
      await site.live.remove(strictMesh);
      await site.live.remove(namespace("callers"));
      await site.untilGone("/api/v1/namespaces/callers");
    },
  },
];
