import assert from "node:assert/strict";
import { MESH_POLICIES } from "../../../mesh/checks/policy/policies";
import type {
  DeclaredObject,
  DeclaredStack,
  PolicySettings,
  Violation,
} from "../../../mesh/checks/policy/types";
import type { JsonObject } from "../../../mesh/common/json";
import { formatProblem } from "../../../mesh/common/problem";
import type { Labels } from "../../../mesh/k8s/istioLabels";
import type { K8sObject } from "../../../mesh/k8s/objects";
import { NEW } from "../../../toolchain/versions";

/** Returns an object of Kubernetes. */
export function object(
  title: string,
  rest: JsonObject & { readonly labels?: Labels } = {},
  apiVersion = "v1",
): K8sObject {
  const [kind = "", place = ""] = title.split(" ");
  const [namespace, name] = place.includes("/") ? place.split("/") : [undefined, place];
  const { labels, ...others } = rest;
  const metadata = {
    name: name ?? "",
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labels: { ...labels } }),
  };
  return { apiVersion, kind, metadata, ...others };
}

export const namespace = (name: string, labels: Labels = {}) =>
  object(`Namespace ${name}`, { labels });

interface Pod {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly spec?: JsonObject;
  readonly replicas?: number;
}

/** A Deployment of one container. */
export function deployment(place: string, { labels = {}, annotations, spec, replicas }: Pod = {}) {
  const [, name = ""] = place.split("/");
  const template = {
    metadata: { labels: { app: name, ...labels }, ...(annotations && { annotations }) },
    spec: { containers: [{ name: "app", image: "example.com/app:1" }], ...spec },
  };
  const selector = { matchLabels: { app: name } };
  return object(
    `Deployment ${place}`,
    { spec: { selector, template, ...(replicas !== undefined && { replicas }) } },
    "apps/v1",
  );
}

/** A gateway as Istio's documents have it: a proxy alone, which the injector fills in. */
export function gateway(place = "edge/web", { labels, spec, ...pod }: Pod = {}): K8sObject {
  return deployment(place, {
    ...pod,
    labels: { istio: "ingressgateway", "istio.io/rev": NEW, ...labels },
    annotations: { "inject.istio.io/templates": "gateway", ...pod.annotations },
    spec: { containers: [{ name: "istio-proxy", image: "auto" }], ...spec },
  });
}

/** A Service that selects the pods of {@link gateway}. */
export function service(rest: JsonObject = {}, selector: Labels = { app: "web" }): K8sObject {
  const { status, ...spec } = rest;
  return object("Service edge/web", {
    spec: { type: "LoadBalancer", selector: { ...selector }, ...spec },
    ...(status !== undefined && { status }),
  });
}

export const peerAuthentication = (place: string, mode: string, spec: JsonObject = {}) =>
  object(
    `PeerAuthentication ${place}`,
    { spec: { mtls: { mode }, ...spec } },
    "security.istio.io/v1",
  );

const isDeclared = (one: K8sObject | DeclaredObject): one is DeclaredObject =>
  !("apiVersion" in one);

/** Returns what a policy finds in a stack of these objects. */
export function violations(
  name: string,
  objects: readonly (K8sObject | DeclaredObject)[],
  settings: PolicySettings = {},
): readonly Violation[] {
  const policy = MESH_POLICIES.find((one) => one.name === name);
  assert.ok(policy, `no policy ${name}`);
  const stack: DeclaredStack = {
    ...settings,
    declared: objects.map((one) => (isDeclared(one) ? one : { object: one })),
  };
  return policy.run(stack);
}

/** Returns what a policy says of a stack of these objects. */
export function messages(...given: Parameters<typeof violations>): string[] {
  return violations(...given).map(({ object: _, ...problem }) => formatProblem(problem));
}
