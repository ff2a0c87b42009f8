import type { JsonObject } from "../../common/json";
import { isEmpty } from "../../common/json";
import { someOf } from "../../common/lists";
import { annotationsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath, objectAt } from "../../k8s/path";
import { isIstiod } from "../../snapshot/controlPlanes";
import { plaintextConflicts, TLS_MODE } from "../validate/mutualTls";
import { hasProxy } from "./injection";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import { hasOpen, ofKind, podOf, type StackView, viewOf, violation } from "./view";

const SECURITY = "security.istio.io";
const MODE = "spec.mtls.mode";

/** Whose pods are part of Kubernetes, which no mesh injects. */
const SYSTEM = "kube-system";

/** Whether a policy is for all pods of a namespace, or of the mesh, and not for some of them. */
function isWide(policy: K8sObject): boolean {
  return isEmpty(objectAt(policy, "spec.selector.matchLabels"));
}

/** Returns the workloads of a stack that certainly get no proxy, without those of the mesh itself. */
function bareWorkloads(view: StackView): K8sObject[] {
  return view.workloads.filter((workload) => {
    const { namespace } = identityOf(workload);
    return (
      ![...view.roots, SYSTEM].includes(namespace) &&
      !isIstiod(workload) &&
      !view.gateways.includes(workload) &&
      hasProxy(podOf(workload), namespace, view) === "no"
    );
  });
}

function bareUnder(policy: K8sObject, view: StackView): Violation[] {
  const { namespace } = identityOf(policy);
  const isOfMesh = view.roots.includes(namespace);
  const bare = bareWorkloads(view).filter(
    (workload) => isOfMesh || identityOf(workload).namespace === namespace,
  );
  if (bare.length === 0) {
    return [];
  }
  const one = bare.length === 1;
  return [
    violation(policy, {
      path: MODE,
      value: "STRICT",
      reason: `${someOf(bare.map(objectTitle))} of this stack ${one ? "gets" : "get"} no proxy: pods that are STRICT refuse what ${one ? "it sends" : "they send"}, and the policy does nothing for ${one ? "it" : "them"}`,
      allowed: "PERMISSIVE while there are workloads without a proxy",
      fix: `label ${one ? "its namespace" : "their namespaces"} ${REVISION_LABEL}, or write PERMISSIVE until all have a proxy`,
      see: "https://istio.io/latest/docs/tasks/security/authentication/mtls-migration/",
    }),
  ];
}

function checkStrict(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  return ofKind(view.objects, "PeerAuthentication", SECURITY)
    .filter((policy) => getPath(policy, MODE) === "STRICT" && isWide(policy))
    .filter(() => !hasOpen(view, ({ kind }) => kind === "MutatingWebhookConfiguration"))
    .flatMap((policy) => bareUnder(policy, view));
}

/** Returns the pods of a stack that have a proxy, with the annotation that the injector writes. */
function proxiedPods(view: StackView): JsonObject[] {
  return view.workloads.flatMap((workload) => {
    const { namespace } = identityOf(workload);
    const pod = podOf(workload);
    if (hasProxy(pod, namespace, view) !== "yes") {
      return [];
    }
    const annotations = { ...annotationsOf(pod), [REVISION_LABEL]: "" };
    return [{ ...pod, metadata: { ...objectAt(pod, "metadata"), namespace, annotations } }];
  });
}

function checkPlaintext(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  const conflicts = plaintextConflicts({
    peerAuthentications: ofKind(view.objects, "PeerAuthentication", SECURITY),
    roots: view.roots,
    destinationRules: ofKind(view.objects, "DestinationRule"),
    services: ofKind(view.objects, "Service"),
    pods: proxiedPods(view),
  });
  return conflicts.map(({ rule, reason }) =>
    violation(rule as K8sObject, {
      path: TLS_MODE,
      value: "DISABLE",
      reason,
      allowed: "ISTIO_MUTUAL, or no tls at all: Istio then chooses by what the Service takes",
      fix: `write ${TLS_MODE}: ISTIO_MUTUAL`,
      see: "https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/",
    }),
  );
}

export const strictWithoutProxy: MeshPolicy = {
  name: "strict-without-proxy",
  level: "advisory",
  description:
    "Mutual TLS is STRICT for a namespace or a mesh only where every workload of the stack has a proxy.",
  kinds: ["PeerAuthentication"],
  settings: ["revisions", "rootNamespace"],
  run: checkStrict,
};

export const plaintextToStrict: MeshPolicy = {
  name: "plaintext-to-strict",
  level: "mandatory",
  description: "No DestinationRule has callers send plaintext to a Service that is STRICT.",
  kinds: ["DestinationRule"],
  settings: ["rootNamespace"],
  run: checkPlaintext,
};
