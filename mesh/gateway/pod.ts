import type { Json, JsonObject } from "../common/json";
import { PROXY_CONFIG, REVISION_LABEL } from "../k8s/istioLabels";
import { PROXY_CONTAINER } from "../k8s/workload";
import { dataPlane, isManagedRevision } from "../managed/dataPlane";
import type { EnvValue, GatewayInputs, GatewayVolume } from "../model/gatewayInputs";
import { NETWORK_LABEL, objectLabels, RESTART_ANNOTATION, serviceAccountName } from "./metadata";
import {
  DEPLOYMENT_LABEL,
  drainSeconds,
  graceSeconds,
  isInjectedByNamespace,
  type RevisionPlan,
} from "./plan";

/** The injection webhook replaces this with the image of the revision's own version. */
const AUTO_IMAGE = "auto";

const METRICS_PORT = 15090;

/**
 * The proxy gets neither root nor capabilities nor write access. Source: Istio's chart `gateway`. Since
 * 1.30, the chart leaves user and group to the injection, which sets the same; they stay here, so that
 * no pod restarts for it.
 */
const CONTAINER_SECURITY: JsonObject = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsGroup: 1337,
  runAsNonRoot: true,
  runAsUser: 1337,
};

/** Lets a user other than root open ports 80 and 443. Source: Istio's chart `gateway`. */
const POD_SECURITY: JsonObject = {
  seccompProfile: { type: "RuntimeDefault" },
  sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
};

/** Source: Istio's chart `gateway`, and Google's samples. */
const RESOURCES: JsonObject = {
  limits: { cpu: "2000m", memory: "1024Mi" },
  requests: { cpu: "100m", memory: "128Mi" },
};

/**
 * Decides how a proxy ends: it serves during the drain, then until its last connection is closed,
 * and at most until Kubernetes kills the pod. By default, Istio's agent ends the proxy after the
 * drain (5 s) together with all requests that are still running.
 *
 * A `preStop` sleep is not needed: the proxy accepts connections while it drains, so load
 * balancers have that long to notice that the pod is terminating.
 *
 * @see Istio `pkg/envoy/agent.go` (terminate)
 */
function drainEnv(inputs: GatewayInputs): Record<string, string> {
  return {
    EXIT_ON_ZERO_ACTIVE_CONNECTIONS: "true",
    MINIMUM_DRAIN_DURATION: `${drainSeconds(inputs)}s`,
  };
}

function envObject([name, value]: [string, EnvValue]): JsonObject {
  return typeof value === "string" ? { name, value } : { name, valueFrom: value.valueFrom };
}

function env(inputs: GatewayInputs): JsonObject[] {
  const all: Record<string, EnvValue> = {
    ...drainEnv(inputs),
    ...(inputs.network !== undefined && { ISTIO_META_REQUESTED_NETWORK_VIEW: inputs.network }),
    ...inputs.env,
  };
  return Object.entries(all).map(envObject);
}

function volumeMount({ name, mountPath }: GatewayVolume): JsonObject {
  return { name, mountPath, readOnly: true };
}

function volume({ name, secretName, configMapName }: GatewayVolume): JsonObject {
  return secretName === undefined
    ? { name, configMap: { name: configMapName ?? "", optional: true } }
    : { name, secret: { secretName, optional: true } };
}

function container(inputs: GatewayInputs): JsonObject {
  const { imagePullPolicy, readinessProbe, volumes = [] } = inputs;
  return {
    name: PROXY_CONTAINER,
    image: AUTO_IMAGE,
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    env: env(inputs),
    ports: [{ containerPort: METRICS_PORT, name: "http-envoy-prom", protocol: "TCP" }],
    ...(readinessProbe !== undefined && { readinessProbe }),
    resources: inputs.resources ?? RESOURCES,
    securityContext: CONTAINER_SECURITY,
    ...(volumes.length > 0 && { volumeMounts: volumes.map(volumeMount) }),
  };
}

function annotations(inputs: GatewayInputs, { revision }: RevisionPlan): Record<string, string> {
  const { restart, terminationDrainSeconds: drain } = inputs;
  return {
    "inject.istio.io/templates": "gateway",
    "prometheus.io/path": "/stats/prometheus",
    "prometheus.io/port": "15020",
    "prometheus.io/scrape": "true",
    ...(drain !== undefined && { [PROXY_CONFIG]: `terminationDrainDuration: ${drain}s\n` }),
    ...(restart !== undefined && { [RESTART_ANNOTATION]: restart }),
    ...(isManagedRevision(revision) && dataPlane(inputs.managedDataPlane)),
    ...inputs.podAnnotations,
  };
}

/** What Istio calls the canonical revision of a workload that names none. */
const UNNAMED_REVISION = "latest";

/**
 * Returns the labels that name the revision. Where the namespace's label decides, none may depend
 * on the revision: a move of that label would change the pod template, and so restart the pods.
 */
function revisionLabels(inputs: GatewayInputs, revision: string): Record<string, string> {
  return isInjectedByNamespace(inputs)
    ? { "service.istio.io/canonical-revision": UNNAMED_REVISION }
    : { [REVISION_LABEL]: revision, "service.istio.io/canonical-revision": revision };
}

/**
 * Returns the labels of the pods of one revision. `sidecar.istio.io/inject` asks for a proxy, and
 * `istio.io/rev` names who injects it, unless the namespace's label does.
 */
export function gatewayPodLabels(
  inputs: GatewayInputs,
  revision: RevisionPlan,
): Record<string, string> {
  return {
    ...objectLabels(inputs),
    [DEPLOYMENT_LABEL]: revision.deployment,
    "istio.io/dataplane-mode": "none",
    ...revisionLabels(inputs, revision.revision),
    "service.istio.io/canonical-name": inputs.name,
    "sidecar.istio.io/inject": "true",
    ...(inputs.network !== undefined && { [NETWORK_LABEL]: inputs.network }),
  };
}

/**
 * Spreads the pods over zones and nodes if there is room. A full cluster keeps no pod from being
 * scheduled.
 */
function defaultSpread(deployment: string): JsonObject[] {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    labelSelector: { matchLabels: { [DEPLOYMENT_LABEL]: deployment } },
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
  }));
}

function scheduling(inputs: GatewayInputs, deployment: string): JsonObject {
  const { affinity, nodeSelector, priorityClassName, tolerations, topologySpread } = inputs;
  const spread = topologySpread?.map((item) => ({ ...item })) ?? defaultSpread(deployment);
  return {
    ...(affinity !== undefined && { affinity }),
    ...(nodeSelector !== undefined && { nodeSelector: { ...nodeSelector } }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(tolerations !== undefined && { tolerations: [...tolerations] as Json }),
    ...(spread.length > 0 && { topologySpreadConstraints: spread }),
  };
}

/** Returns the pod template of one revision as the injection webhook receives it. */
export function gatewayPodTemplate(inputs: GatewayInputs, revision: RevisionPlan): JsonObject {
  const { volumes = [] } = inputs;
  return {
    metadata: {
      annotations: annotations(inputs, revision),
      labels: gatewayPodLabels(inputs, revision),
    },
    spec: {
      ...scheduling(inputs, revision.deployment),
      containers: [container(inputs)],
      securityContext: POD_SECURITY,
      serviceAccountName: serviceAccountName(inputs),
      terminationGracePeriodSeconds: graceSeconds(inputs),
      ...(volumes.length > 0 && { volumes: volumes.map(volume) }),
    },
  };
}
