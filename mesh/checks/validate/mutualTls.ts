import type { JsonObject } from "../../common/json";
import { annotationsOf, type Labels, labelsOf, textEntries } from "../../k8s/istioLabels";
import { patchCommand } from "../../k8s/kubectl";
import { getPath } from "../../k8s/path";
import { selectorOf, selects } from "../../k8s/selector";
import { nameOf, namespaceOf } from "../../k8s/workload";
import { planesIn } from "../../snapshot/controlPlanes";
import { isGateway } from "../../snapshot/gateways";
import { injectedRevision } from "../../snapshot/proxies";
import type { Read } from "../../snapshot/snapshot";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { validationOf } from "./define";
import type { MeshState } from "./state";

interface PolicyState {
  readonly peerAuthentications: readonly JsonObject[];
  /** Root namespaces, whose policies are for the whole mesh. */
  readonly roots: readonly string[];
}

const selectorLabels = (policy: JsonObject): Labels =>
  textEntries(getPath(policy, "spec.selector.matchLabels"));

/** Returns the mode of a policy, or `undefined` if it inherits it. */
function modeOf(policy: JsonObject | undefined): string | undefined {
  const mode = policy === undefined ? undefined : getPath(policy, "spec.mtls.mode");
  return typeof mode === "string" && mode !== "UNSET" ? mode : undefined;
}

function wholeNamespace(policies: readonly JsonObject[], namespace: string) {
  return policies.find(
    (policy) =>
      namespaceOf(policy) === namespace && Object.keys(selectorLabels(policy)).length === 0,
  );
}

/** Returns the policy that makes a pod STRICT. The policy of the pod wins over wider ones. */
function strictPolicy(
  { peerAuthentications, roots }: PolicyState,
  namespace: string,
  labels: Labels,
): JsonObject | undefined {
  const own = peerAuthentications.filter((policy) => {
    const selector = selectorLabels(policy);
    return (
      namespaceOf(policy) === namespace &&
      Object.keys(selector).length > 0 &&
      selects(selector, labels)
    );
  });
  // Ports may have their own modes, and the caller does not say which port it means.
  if (own.some((policy) => getPath(policy, "spec.portLevelMtls") !== undefined)) {
    return undefined;
  }
  const candidates = [
    ...own,
    ...[namespace, ...roots].map((each) => wholeNamespace(peerAuthentications, each)),
  ];
  const deciding = candidates.find((policy) => modeOf(policy) !== undefined);
  return modeOf(deciding) === "STRICT" ? deciding : undefined;
}

/** @example policyTitle(policy) // "PeerAuthentication shop/default" */
export function policyTitle(policy: JsonObject): string {
  return `PeerAuthentication ${namespaceOf(policy)}/${nameOf(policy)}`;
}

/** Returns whether a DestinationRule applies to a Service, by any of its names. */
function isAbout(rule: JsonObject, service: JsonObject): boolean {
  const host = String(getPath(rule, "spec.host") ?? "");
  const [name, namespace] = [nameOf(service), namespaceOf(service)];
  const full = `${name}.${namespace}.svc.cluster.local`;
  if (host.startsWith("*")) {
    return full.endsWith(host.slice(1));
  }
  return host.includes(".")
    ? full === host || full.startsWith(`${host}.`)
    : name === host && namespaceOf(rule) === namespace;
}

const report = findingsOf("mtls-conflict");

/** The place in a DestinationRule that says how callers connect. */
export const TLS_MODE = "spec.trafficPolicy.tls.mode";

/** What decides whether callers send plaintext to what refuses it. */
export interface MutualTlsState extends PolicyState {
  readonly destinationRules: readonly JsonObject[];
  readonly services: readonly JsonObject[];
  readonly pods: readonly JsonObject[];
}

/** A Service whose pods refuse plaintext, and the policy that says so. */
interface Strict {
  readonly service: JsonObject;
  readonly policy: JsonObject;
}

function strictServices(state: MutualTlsState): Strict[] {
  return state.services.flatMap((service) => {
    const namespace = namespaceOf(service);
    const selector = selectorOf(service);
    const policy = state.pods
      .filter(
        (pod) =>
          namespaceOf(pod) === namespace &&
          injectedRevision(annotationsOf(pod)) !== undefined &&
          // Traffic that arrives at a gateway comes from outside, so policies do not apply.
          !isGateway(pod) &&
          Object.keys(selector).length > 0 &&
          selects(selector, labelsOf(pod)),
      )
      .map((pod) => strictPolicy(state, namespace, labelsOf(pod)))
      .find((found) => found !== undefined);
    return policy === undefined ? [] : [{ service, policy }];
  });
}

/** A DestinationRule that has callers send plaintext to Services that refuse it. */
export interface PlaintextConflict {
  readonly rule: JsonObject;
  readonly reason: string;
}

function conflictOf(rule: JsonObject, services: readonly Strict[]): PlaintextConflict[] {
  const [first, ...others] = services.filter(({ service }) => isAbout(rule, service));
  if (first === undefined) {
    return [];
  }
  const { service, policy } = first;
  const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
  const reason = `has callers send plaintext to Service ${namespaceOf(service)}/${nameOf(service)}${more}, which refuses it: it is STRICT by ${policyTitle(policy)}`;
  return [{ rule, reason }];
}

/** Returns the DestinationRules that make callers send plaintext to Services that are STRICT. */
export function plaintextConflicts(state: MutualTlsState): PlaintextConflict[] {
  const plain = state.destinationRules.filter((rule) => getPath(rule, TLS_MODE) === "DISABLE");
  const strict = plain.length === 0 ? [] : strictServices(state);
  return plain.flatMap((rule) => conflictOf(rule, strict));
}

function ruleFinding({ rule, reason }: PlaintextConflict): Finding {
  const named = {
    kind: "destinationrules.networking.istio.io",
    namespace: namespaceOf(rule),
    name: nameOf(rule),
  };
  const change = { spec: { trafficPolicy: { tls: { mode: "ISTIO_MUTUAL" } } } };
  return report.error(
    `DestinationRule ${namespaceOf(rule)}/${nameOf(rule)}`,
    reason,
    `let callers use mutual TLS: ${patchCommand(named, change)}`,
  );
}

type State = Pick<
  Read<MeshState>,
  "peerAuthentications" | "workloads" | "destinationRules" | "services" | "pods"
>;

/** Checks that no DestinationRule makes callers send plaintext to Services that are STRICT. */
export function checkMutualTls(state: State): Finding[] {
  const { peerAuthentications, workloads, destinationRules, services, pods } = state;
  const roots = planesIn(workloads).map(({ namespace }) => namespace);
  const parts = { peerAuthentications, roots, destinationRules, services, pods };
  const findings = plaintextConflicts(parts).map(ruleFinding);
  return findings.length > 0
    ? findings
    : [report.ok("DestinationRules", "none has callers send plaintext to what is STRICT")];
}

export const mutualTls = validationOf({
  id: "mtls-conflict",
  needs: ["peerAuthentications", "workloads", "destinationRules", "services", "pods"],
  run: checkMutualTls,
});
