import type { JsonObject } from "../../../mesh/common/json";
import { type Case, specCase } from "../cases";

const affinity: JsonObject = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] }],
    },
  },
};

const hpaSpec: JsonObject = {
  minReplicas: 2,
  maxReplicas: 7,
  metrics: [
    {
      type: "Resource",
      resource: { name: "memory", target: { type: "Utilization", averageUtilization: 60 } },
    },
  ],
  behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
};

/** A value for every field of `k8s`. */
const K8S: JsonObject = {
  affinity,
  env: [
    { name: "ADDED", value: "" },
    { name: "PILOT_TRACE_SAMPLING", value: "7" },
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ],
  hpaSpec,
  imagePullPolicy: "Always",
  nodeSelector: { "kubernetes.io/arch": "arm64", empty: "" },
  podAnnotations: { "example.com/a": "b", "prometheus.io/scrape": "false" },
  podDisruptionBudget: { minAvailable: 2, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  priorityClassName: "system-cluster-critical",
  readinessProbe: { initialDelaySeconds: 0, periodSeconds: 9, httpGet: { path: "/x", port: 8080 } },
  replicaCount: 3,
  resources: { requests: { cpu: "1", memory: "2Gi" }, limits: { cpu: 2 } },
  securityContext: { fsGroup: 1, runAsNonRoot: false },
  service: { type: "ClusterIP", externalTrafficPolicy: "Local", sessionAffinity: "ClientIP" },
  serviceAnnotations: { "example.com/lb": "internal" },
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "50%", maxUnavailable: 0 } },
  tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
  volumes: [{ name: "extra", emptyDir: {} }],
  volumeMounts: [{ name: "extra", mountPath: "/extra" }],
};

/** Components with a workload, as a spec of one with this `k8s`. */
const OWNERS: Readonly<Record<string, (k8s: JsonObject) => JsonObject>> = {
  pilot: (k8s) => ({ pilot: { k8s } }),
  cni: (k8s) => ({ cni: { enabled: true, k8s } }),
  ztunnel: (k8s) => ({ ztunnel: { enabled: true, k8s } }),
  "ingress gateway": (k8s) => ({
    ingressGateways: [{ name: "istio-ingressgateway", enabled: true, k8s }],
  }),
};

const eachField = Object.entries(K8S).map(([field, value]) =>
  specCase(`k8s: ${field} of pilot and a gateway`, {
    components: {
      pilot: { k8s: { [field]: value } },
      ingressGateways: [{ name: "istio-ingressgateway", k8s: { [field]: value } }],
    },
  }),
);

const allFields = Object.entries(OWNERS).map(([owner, components]) =>
  specCase(`k8s: every field of ${owner}`, { components: components(K8S) }),
);

const emptied = Object.fromEntries(Object.keys(K8S).map((field) => [field, null]));

/** Each field of `components.*` and of `components.*.k8s`, alone and together. */
export const COMPONENT_CASES: readonly Case[] = [
  ...eachField,
  ...allFields,
  specCase("k8s: every field null", { components: { pilot: { k8s: emptied } } }),
  specCase("k8s: replicaCount 0", { components: { pilot: { k8s: { replicaCount: 0 } } } }),
  specCase("k8s: maxUnavailable instead of minAvailable", {
    components: { pilot: { k8s: { podDisruptionBudget: { maxUnavailable: "25%" } } } },
  }),
  specCase("k8s: with a revision in the names", {
    revision: "canary",
    components: { pilot: { k8s: K8S } },
  }),
  specCase("k8s: lists are merged by key, with directives", {
    components: {
      pilot: {
        k8s: {
          env: [
            { $patch: "delete", name: "REVISION" },
            { name: "CLUSTER_ID", value: "c" },
          ],
          tolerations: [],
          nodeSelector: {},
        },
      },
    },
  }),
  specCase("component: pilot off", { components: { pilot: { enabled: false } } }),
  specCase("component: base off", { components: { base: { enabled: false } } }),
  specCase("component: CNI on, and istiod knows", { components: { cni: { enabled: true } } }),
  specCase("component: CNI on, and values say no", {
    components: { cni: { enabled: true } },
    values: { pilot: { cni: { enabled: false } } },
  }),
  specCase("component: ztunnel with images of its own", {
    components: { ztunnel: { enabled: true, hub: "example.com/z", tag: "z1", namespace: "zt" } },
    values: { ztunnel: { terminationGracePeriodSeconds: 5, env: { A: "b" } } },
  }),
  ...["pilot", "cni"].map((name) =>
    specCase(`component: ${name} with hub, tag and namespace of its own`, {
      components: {
        [name]: { enabled: true, hub: "example.com/own", tag: "own-1", namespace: "own" },
      },
    }),
  ),
  specCase("component: tags as numbers", {
    components: { pilot: { tag: 7 }, cni: { enabled: true, tag: 8 } },
  }),
  specCase("component: a tag that looks like a fraction", {
    components: { pilot: { tag: "7.70" } },
  }),
  specCase("component: empty hub and tag", { components: { pilot: { hub: "", tag: "" } } }),
  specCase("component: CNI settings", {
    components: { cni: { enabled: true, namespace: "kube-system" } },
    values: {
      cni: {
        excludeNamespaces: [],
        chained: false,
        privileged: true,
        cniConfFileName: "x.conf",
        ambient: { enabled: true, dnsCapture: false },
        repair: { enabled: false },
        logging: { level: "debug" },
      },
    },
  }),
  specCase("component: all of them, stacked", {
    revision: "r1",
    components: {
      pilot: { k8s: { replicaCount: 2, env: [{ name: "A", value: "1" }] } },
      cni: { enabled: true, k8s: { resources: { requests: { cpu: "10m" } } } },
      ztunnel: { enabled: true, k8s: { nodeSelector: { a: "b" } } },
      ingressGateways: [{ name: "in", k8s: { replicaCount: 4 } }],
      egressGateways: [{ name: "out", enabled: true }],
    },
  }),
];
