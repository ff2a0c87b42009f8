import type { Json, JsonObject } from "../../mesh/common/json";
import type { K8sObject } from "../../mesh/k8s/objects";

/** An object, and where the API server finds it wrong. */
export interface Verdict {
  readonly title: string;
  readonly object: K8sObject;
  /** The path of the fault. Absent for what the API server takes. */
  readonly fault?: string;
}

const LABELS = { app: "a" };

function objectOf(apiVersion: string, kind: string, rest: JsonObject): K8sObject {
  return { apiVersion, kind, metadata: { name: "a", namespace: "default" }, ...rest };
}

interface PodParts {
  readonly spec?: JsonObject;
  readonly container?: JsonObject;
  readonly pod?: JsonObject;
}

function deployment({ spec = {}, container = {}, pod = {} }: PodParts): K8sObject {
  const containers = [{ name: "c", image: "i", ...container }];
  const template = { metadata: { labels: LABELS }, spec: { containers, ...pod } };
  return objectOf("apps/v1", "Deployment", {
    spec: { selector: { matchLabels: LABELS }, template, ...spec },
  });
}

function service(spec: JsonObject, port: JsonObject = {}): K8sObject {
  const ports: Json = [{ name: "http", port: 80, ...port }];
  return objectOf("v1", "Service", { spec: { selector: LABELS, ports, ...spec } });
}

function autoscaler(spec: JsonObject): K8sObject {
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "a" };
  return objectOf("autoscaling/v2", "HorizontalPodAutoscaler", {
    spec: { scaleTargetRef: target, maxReplicas: 3, ...spec },
  });
}

function webhook(fields: JsonObject): K8sObject {
  const kind = "MutatingWebhookConfiguration";
  const clientConfig = { service: { name: "istiod", namespace: "istio-system", path: "/inject" } };
  const one = { name: "a.istio.io", clientConfig, sideEffects: "None", ...fields };
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind,
    metadata: { name: "a" },
    webhooks: [{ admissionReviewVersions: ["v1"], ...one }],
  };
}

function twoWebhooks(): K8sObject {
  const one = webhook({});
  const [first] = one.webhooks as Json[];
  return { ...one, webhooks: [first, first] as Json[] };
}

function labelled(metadata: JsonObject): K8sObject {
  const object = objectOf("v1", "ConfigMap", {});
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}

const FIELD_REF = { fieldRef: { fieldPath: "metadata.name" } };

const policy = (spec: JsonObject) =>
  objectOf("security.istio.io/v1", "PeerAuthentication", { spec });
const route = (spec: JsonObject) => objectOf("networking.istio.io/v1", "VirtualService", { spec });

const CONTAINER = "spec.template.spec.containers[0]";
const volumes = [{ name: "v", emptyDir: {} }];

const probe = { httpGet: { path: "/", port: 80 } };

/** Fields and items that fit the schema, and that the server refuses beside each other or in their size. */
const BESIDE_EACH_OTHER: readonly Verdict[] = [
  {
    title: "two variables of one name",
    object: deployment({
      container: {
        env: [
          { name: "A", value: "1" },
          { name: "A", value: "2" },
        ],
      },
    }),
    fault: `${CONTAINER}.env[1]`,
  },
  {
    title: "one number for two ports of a container",
    object: deployment({
      container: {
        ports: [
          { name: "a", containerPort: 80 },
          { name: "b", containerPort: 80, protocol: "TCP" },
        ],
      },
    }),
    fault: `${CONTAINER}.ports[1]`,
  },
  {
    title: "one number for ports of two protocols",
    object: deployment({
      container: { ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }] },
    }),
  },
  {
    title: "an init container of the name of a container",
    object: deployment({ pod: { initContainers: [{ name: "c", image: "i" }] } }),
    fault: "spec.template.spec.initContainers[0].name",
  },
  {
    title: "two webhooks of one name",
    object: twoWebhooks(),
    fault: "webhooks[1]",
  },
  {
    title: "a value of a variable, and where it comes from",
    object: deployment({ container: { env: [{ name: "A", value: "1", valueFrom: FIELD_REF }] } }),
    fault: `${CONTAINER}.env[0]`,
  },
  {
    title: "an empty value of a variable, and where it comes from",
    object: deployment({ container: { env: [{ name: "A", value: "", valueFrom: FIELD_REF }] } }),
  },
  {
    title: "two sources of a variable",
    object: deployment({
      container: {
        env: [
          {
            name: "A",
            valueFrom: { ...FIELD_REF, secretKeyRef: { name: "a", key: "a" } },
          },
        ],
      },
    }),
    fault: `${CONTAINER}.env[0].valueFrom`,
  },
  {
    title: "two ways of a probe",
    object: deployment({ container: { readinessProbe: { ...probe, tcpSocket: { port: 80 } } } }),
    fault: `${CONTAINER}.readinessProbe`,
  },
  {
    title: "one way of a probe, and null for another",
    object: deployment({ container: { readinessProbe: { ...probe, tcpSocket: null } } }),
  },
  {
    title: "two ways of a hook",
    object: deployment({
      container: { lifecycle: { preStop: { ...probe, exec: { command: ["a"] } } } },
    }),
    fault: `${CONTAINER}.lifecycle.preStop`,
  },
  {
    title: "two sources of a volume",
    object: deployment({
      pod: { volumes: [{ name: "v", emptyDir: {}, configMap: { name: "a" } }] },
    }),
    fault: "spec.template.spec.volumes[0]",
  },
  {
    title: "the steps of a strategy that has none",
    object: deployment({
      spec: { strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } },
    }),
    fault: "spec.strategy.rollingUpdate",
  },
  {
    title: "a budget by what stays and by what goes",
    object: objectOf("policy/v1", "PodDisruptionBudget", {
      spec: { minAvailable: 1, maxUnavailable: 1, selector: { matchLabels: LABELS } },
    }),
    fault: "spec",
  },
  {
    title: "a traffic policy of a Service inside the cluster",
    object: service({ type: "ClusterIP", externalTrafficPolicy: "Local" }),
    fault: "spec.externalTrafficPolicy",
  },
  {
    title: "sources of a Service inside the cluster",
    object: service({ loadBalancerSourceRanges: ["10.0.0.0/8"] }),
    fault: "spec.loadBalancerSourceRanges",
  },
  {
    title: "a node's port of a Service inside the cluster",
    object: service({ type: "ClusterIP" }, { nodePort: 30080 }),
    fault: "spec.ports[0].nodePort",
  },
  {
    title: "a node's port, and a traffic policy",
    object: service({ type: "NodePort", externalTrafficPolicy: "Local" }, { nodePort: 30081 }),
  },
  {
    title: "two ports of a Service, one without a name",
    object: service({ ports: [{ name: "a", port: 80 }, { port: 81 }] }),
    fault: "spec.ports[1].name",
  },
  {
    title: "a port beyond the last one",
    object: service({}, { port: 70000, targetPort: 80 }),
    fault: "spec.ports[0].port",
  },
  {
    title: "a target beyond the last port",
    object: service({}, { targetPort: 70000 }),
    fault: "spec.ports[0].targetPort",
  },
  {
    title: "the numbers 0, as istioctl writes those that are not set",
    object: service({ type: "ClusterIP" }, { targetPort: 0, nodePort: 0 }),
  },
  {
    title: "a container's port beyond the last one",
    object: deployment({ container: { ports: [{ containerPort: 70000 }] } }),
    fault: `${CONTAINER}.ports[0].containerPort`,
  },
  {
    title: "a request above its limit",
    object: deployment({
      container: { resources: { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } } },
    }),
    fault: `${CONTAINER}.resources.requests.memory`,
  },
  {
    title: "a request that is its limit, written otherwise",
    object: deployment({
      container: { resources: { requests: { cpu: "1000m" }, limits: { cpu: 1 } } },
    }),
  },
  {
    title: "an autoscaler with a minimum above its maximum",
    object: autoscaler({ minReplicas: 4 }),
    fault: "spec.minReplicas",
  },
  {
    title: "an autoscaler that allows no pods",
    object: autoscaler({ maxReplicas: 0 }),
    fault: "spec.maxReplicas",
  },
  {
    title: "a label with a space",
    object: labelled({ labels: { a: "b c" } }),
    fault: "metadata.labels.a",
  },
  {
    title: "a label's name with a space",
    object: labelled({ labels: { "a b": "c" } }),
    fault: "metadata.labels.a b",
  },
  {
    title: "a label's name with two slashes",
    object: labelled({ labels: { "a/b/c": "d" } }),
    fault: "metadata.labels.a/b/c",
  },
  {
    title: "an annotation's name with a space, and any text",
    object: labelled({ annotations: { "a b": "c d" } }),
    fault: "metadata.annotations.a b",
  },
  {
    title: "names of labels and annotations as they may be",
    object: labelled({
      labels: { "a.example/B_c.d": "", e: "1.2-x_Y" },
      annotations: { "A.example/B": "c d / e" },
    }),
  },
  {
    title: "a selector of a Service that no label can have",
    object: service({ selector: { app: "a b" } }),
    fault: "spec.selector.app",
  },
];

/** Objects of Kubernetes' own kinds, with the verdict of a real API server. */
export const OWN_KINDS: readonly Verdict[] = [
  ...BESIDE_EACH_OTHER,
  { title: "a Deployment", object: deployment({}) },
  {
    title: "null and empty maps, as charts leave them",
    object: deployment({
      spec: { strategy: null, minReadySeconds: null },
      pod: { affinity: {}, tolerations: null, nodeSelector: {}, securityContext: {}, volumes: [] },
      container: { env: null, resources: {}, imagePullPolicy: "", ports: null },
    }),
  },
  {
    title: "quantities as numbers and texts, and whole numbers or percents",
    object: deployment({
      spec: { strategy: { rollingUpdate: { maxSurge: "100%", maxUnavailable: 1 } } },
      container: { resources: { requests: { cpu: 1, memory: "1.5Gi" }, limits: { cpu: "2e0" } } },
    }),
  },
  {
    title: "no containers",
    object: deployment({ pod: { containers: [] } }),
    fault: CONTAINER.slice(0, -3),
  },
  {
    title: "an unknown field",
    object: deployment({ container: { livenesProbe: {} } }),
    fault: `${CONTAINER}.livenesProbe`,
  },
  {
    title: "an unknown field that is null",
    object: deployment({ container: { livenesProbe: null } }),
    fault: `${CONTAINER}.livenesProbe`,
  },
  {
    title: "a field at the wrong level",
    object: deployment({ spec: { hostNetwork: true } }),
    fault: "spec.hostNetwork",
  },
  {
    title: "a number in quotes",
    object: deployment({ spec: { replicas: "3" } }),
    fault: "spec.replicas",
  },
  {
    title: "half a pod",
    object: deployment({ spec: { replicas: 1.5 } }),
    fault: "spec.replicas",
  },
  {
    title: "a boolean in quotes",
    object: deployment({ pod: { hostNetwork: "true" } }),
    fault: "spec.template.spec.hostNetwork",
  },
  {
    title: "a number as the value of a variable",
    object: deployment({ container: { env: [{ name: "A", value: 1 }] } }),
    fault: `${CONTAINER}.env[0].value`,
  },
  {
    title: "a variable without a name",
    object: deployment({ container: { env: [{ value: "1" }] } }),
    fault: `${CONTAINER}.env[0].name`,
  },
  {
    title: "a word that nobody knows",
    object: deployment({ pod: { dnsPolicy: "ClusterFirstWithHostnet" } }),
    fault: "spec.template.spec.dnsPolicy",
  },
  {
    title: "no quantity",
    object: deployment({ container: { resources: { limits: { cpu: "500mm" } } } }),
    fault: `${CONTAINER}.resources.limits.cpu`,
  },
  {
    title: "a map in place of a list",
    object: deployment({ pod: { tolerations: { key: "a" } } }),
    fault: "spec.template.spec.tolerations",
  },
  {
    title: "a map in an annotation",
    object: deployment({
      spec: {
        template: {
          metadata: { labels: LABELS, annotations: { a: { b: "c" } } },
          spec: { containers: [{ name: "c", image: "i" }] },
        },
      },
    }),
    fault: "spec.template.metadata.annotations.a",
  },
  {
    title: "a selector that the pods do not have",
    object: deployment({ spec: { selector: { matchLabels: { app: "b" } } } }),
    fault: "spec.selector.matchLabels.app",
  },
  {
    title: "two volumes of one name",
    object: deployment({ pod: { volumes: [...volumes, ...volumes] } }),
    fault: "spec.template.spec.volumes[1]",
  },
  {
    title: "a mount of no volume",
    object: deployment({ container: { volumeMounts: [{ name: "v", mountPath: "/v" }] } }),
    fault: `${CONTAINER}.volumeMounts[0].name`,
  },
  {
    title: "two mounts at one path",
    object: deployment({
      pod: { volumes },
      container: {
        volumeMounts: [
          { name: "v", mountPath: "/v" },
          { name: "v", mountPath: "/v" },
        ],
      },
    }),
    fault: `${CONTAINER}.volumeMounts[1]`,
  },
  {
    title: "a DaemonSet with a number of pods",
    object: { ...deployment({ spec: { replicas: 2 } }), kind: "DaemonSet" },
    fault: "spec.replicas",
  },
  { title: "a Service", object: service({ type: "LoadBalancer" }) },
  {
    title: "a Service with ports by name and number",
    object: service({}, { targetPort: "http2" }),
  },
  { title: "a Service of no type", object: service({ type: "Loadbalancer" }), fault: "spec.type" },
  {
    title: "a port in quotes",
    object: service({}, { port: "80" }),
    fault: "spec.ports[0].port",
  },
  {
    title: "a list of ports without a port",
    object: service({ ports: [{ name: "http" }] }),
    fault: "spec.ports[0].port",
  },
  {
    title: "an IP family",
    object: service({ ipFamilies: ["IPv5"] }),
    fault: "spec.ipFamilies[0]",
  },
  { title: "an autoscaler", object: autoscaler({ minReplicas: 1 }) },
  {
    title: "an autoscaler without a spec",
    object: objectOf("autoscaling/v2", "HorizontalPodAutoscaler", { spec: null }),
    fault: "spec",
  },
  {
    title: "a container's port with a name for its number",
    object: deployment({ container: { ports: [{ containerPort: "http" }] } }),
    fault: `${CONTAINER}.ports[0].containerPort`,
  },
  {
    title: "an autoscaler without a maximum",
    object: autoscaler({ maxReplicas: null }),
    fault: "spec.maxReplicas",
  },
  {
    title: "an autoscaler of the old API",
    object: autoscaler({ targetCPUUtilizationPercentage: 80 }),
    fault: "spec.targetCPUUtilizationPercentage",
  },
  {
    title: "a budget of pods or of a share of them",
    object: objectOf("policy/v1", "PodDisruptionBudget", {
      spec: { minAvailable: "50%", selector: { matchLabels: LABELS } },
    }),
  },
  {
    title: "a ConfigMap with a number",
    object: objectOf("v1", "ConfigMap", { data: { a: 1 } }),
    fault: "data.a",
  },
  {
    title: "a Secret that is not in Base64",
    object: objectOf("v1", "Secret", { data: { a: "not base64!" } }),
    fault: "data.a",
  },
  {
    title: "a role whose rule has no verbs",
    object: objectOf("rbac.authorization.k8s.io/v1", "Role", {
      rules: [{ apiGroups: [""], resources: ["pods"] }],
    }),
    fault: "rules[0].verbs",
  },
  { title: "a webhook", object: webhook({ failurePolicy: "Fail" }) },
  {
    title: "a webhook's policy in small letters",
    object: webhook({ failurePolicy: "fail" }),
    fault: "webhooks[0].failurePolicy",
  },
  {
    title: "a webhook without side effects",
    object: webhook({ sideEffects: null }),
    fault: "webhooks[0].sideEffects",
  },
  {
    title: "a network policy without a selector of pods",
    object: objectOf("networking.k8s.io/v1", "NetworkPolicy", { spec: { ingress: [{}] } }),
  },
];

/** The same of kinds that Istio's CRDs define. */
export const KINDS_OF_CRDS: readonly Verdict[] = [
  { title: "a PeerAuthentication", object: policy({ mtls: { mode: "STRICT" } }) },
  { title: "a mode", object: policy({ mtls: { mode: "STRIKT" } }), fault: "spec.mtls.mode" },
  { title: "an unknown field of Istio's", object: policy({ mtl: {} }), fault: "spec.mtl" },
  {
    title: "a route without a host",
    object: route({ hosts: ["a"], http: [{ route: [{ destination: { subset: "v1" } }] }] }),
    fault: "spec.http[0].route[0].destination.host",
  },
  {
    title: "a delay by a share and a time",
    object: route({
      hosts: ["a"],
      http: [
        {
          fault: { delay: { fixedDelay: "1s", percentage: { value: 0.5 } } },
          route: [{ destination: { host: "a" } }],
        },
      ],
    }),
  },
  {
    title: "two matches that exclude each other",
    object: route({
      hosts: ["a"],
      http: [
        { match: [{ uri: { exact: "/", prefix: "/" } }], route: [{ destination: { host: "a" } }] },
      ],
    }),
    fault: "spec.http[0].match[0].uri",
  },
];
