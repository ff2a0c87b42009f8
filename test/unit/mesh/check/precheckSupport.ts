import { overlayLibrary } from "../../../../adapters/overlays";
import type { Finding } from "../../../../mesh/checks/finding";
import type { DesiredMesh, LiveState } from "../../../../mesh/checks/precheck/types";
import type { JsonObject } from "../../../../mesh/common/json";
import type { K8sObject } from "../../../../mesh/k8s/objects";
import type { ServiceMeshInputs } from "../../../../mesh/model/serviceMeshInputs";
import { planMesh } from "../../../../mesh/plan/meshPlan";
import { NEW, NEWEST } from "../../../../toolchain/versions";

/** An object as the API server has it. */
export function object(
  apiVersion: string,
  kind: string,
  name: string,
  fields: JsonObject & { metadata?: JsonObject } = {},
): K8sObject {
  const [namespace, own] = name.includes("/") ? name.split("/") : [undefined, name];
  const place = { name: own ?? "", ...(namespace !== undefined && { namespace }) };
  return { apiVersion, kind, ...fields, metadata: { ...place, ...fields.metadata } };
}

export function deployment(
  name: string,
  podSpec: JsonObject = {},
  fields: JsonObject = {},
): K8sObject {
  const labels = { app: name.split("/")[1] ?? "" };
  return object("apps/v1", "Deployment", name, {
    spec: { template: { metadata: { labels }, spec: podSpec }, ...fields },
  });
}

/** A live istiod whose image is of a version. */
export function istiod(revision: string, version: string): K8sObject {
  const suffix = revision === "default" ? "" : `-${revision}`;
  const container = { name: "discovery", image: `docker.io/istio/pilot:${version}` };
  return object("apps/v1", "Deployment", `istio-system/istiod${suffix}`, {
    metadata: { labels: { app: "istiod", "istio.io/rev": revision } },
    spec: { template: { metadata: { labels: {} }, spec: { containers: [container] } } },
  });
}

export function namespace(
  name: string,
  labels: JsonObject = {},
  fields: JsonObject = {},
): K8sObject {
  return object("v1", "Namespace", name, {
    ...fields,
    metadata: { labels, ...(fields.metadata as JsonObject) },
  });
}

/** An injector as Istio's chart renders it for a revision, or for a tag that points to it. */
export function injector(revision: string, tag?: string): K8sObject {
  const answersTo = tag ?? revision;
  const suffix = revision === "default" ? "" : `-${revision}`;
  const name = tag === undefined ? `istio-sidecar-injector${suffix}` : `istio-revision-tag-${tag}`;
  const selector =
    answersTo === "default"
      ? { key: "istio-injection", operator: "In", values: ["enabled"] }
      : { key: "istio.io/rev", operator: "In", values: [answersTo] };
  return object("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", name, {
    metadata: {
      labels: {
        "istio.io/rev": revision,
        "app.kubernetes.io/part-of": "istio",
        ...(tag !== undefined && { "istio.io/tag": tag }),
      },
    },
    webhooks: [
      {
        name: "namespace.sidecar-injector.istio.io",
        clientConfig: { service: { namespace: "istio-system", name: `istiod${suffix}` } },
        rules: [
          { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
        ],
        failurePolicy: "Fail",
        namespaceSelector: { matchExpressions: [selector] },
      },
    ],
  });
}

/** A desired mesh of one control plane, {@link NEW} unless told otherwise. */
export function desiredMesh(
  inputs: Partial<ServiceMeshInputs> = {},
  objects: readonly K8sObject[] = [],
  more: Partial<DesiredMesh> = {},
): DesiredMesh {
  const plan = planMesh(
    { version: NEWEST, revision: NEW, profile: "minimal", ...inputs },
    overlayLibrary(),
  );
  return { plan, objects, adopt: "none", ...more };
}

/** A cluster with one node that is ready and nothing else. */
export function liveWith(state: Partial<LiveState> = {}): LiveState {
  const node = object("v1", "Node", "node-1", {
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
  return {
    now: Date.parse("2026-03-01T12:00:00Z"),
    kubernetes: "v1.34.2",
    nodes: [node],
    namespaces: [],
    workloads: [],
    proxies: [],
    mutatingWebhooks: [],
    validatingWebhooks: [],
    webhookServices: [],
    crds: [],
    existing: [],
    unserved: [],
    budgets: [],
    autoscalers: [],
    quotas: [],
    limitRanges: [],
    pullSecrets: [],
    values: [],
    meshConfigs: [],
    apiUses: [],
    gatewayApiUses: [],
    workloadEntries: [],
    envoyFilters: [],
    leftovers: { gone: [], filters: [], old: { objects: [], users: [] } },
    ...state,
  };
}

/** @example text(findings) // ["error Namespace shop: is being deleted; fix: …"] */
export function texts(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ severity, object: title, reason, fix }) =>
      `${severity} ${title}: ${reason}${fix === undefined ? "" : `; fix: ${fix}`}`,
  );
}
