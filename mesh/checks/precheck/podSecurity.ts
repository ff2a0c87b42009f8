import type { JsonObject } from "../../common/json";
import { someOf } from "../../common/lists";
import { askedRevision, labelsOf } from "../../k8s/istioLabels";
import { labelCommand } from "../../k8s/kubectl";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { listAt, nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { podSpec, workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "namespaces">;

const found = findingsOf("pod-security");

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** What `baseline` lets containers add. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
const BASELINE_CAPABILITIES: readonly string[] = [
  ...["AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"],
  ...["NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"],
];

function added(container: JsonObject): string[] {
  const add = getPath(container, "securityContext.capabilities.add");
  return Array.isArray(add) ? add.map(String) : [];
}

function containers(spec: JsonObject): JsonObject[] {
  return [...listAt(spec, "initContainers"), ...listAt(spec, "containers")];
}

/** Returns what `baseline` forbids in a pod. */
function beyondBaseline(spec: JsonObject): string[] {
  const host = ["hostNetwork", "hostPID", "hostIPC"].filter((field) => spec[field] === true);
  const volumes = listAt(spec, "volumes").some(({ hostPath }) => hostPath !== undefined);
  const privileged = containers(spec).filter(
    (container) => getPath(container, "securityContext.privileged") === true,
  );
  const capabilities = containers(spec)
    .flatMap(added)
    .filter((name) => !BASELINE_CAPABILITIES.includes(name));
  return [
    ...host,
    ...(volumes ? ["hostPath volumes"] : []),
    ...privileged.map(({ name }) => `the privileged container ${name}`),
    ...(capabilities.length > 0 ? [`capabilities ${[...new Set(capabilities)].join(", ")}`] : []),
  ];
}

/** Returns a container's setting, or else its pod's. */
function setting(spec: JsonObject, container: JsonObject, field: string) {
  return (
    getPath(container, `securityContext.${field}`) ?? getPath(spec, `securityContext.${field}`)
  );
}

/** Returns what a pod lacks for `restricted`. The injector takes care of injected containers. */
function shortOfRestricted(spec: JsonObject): string[] {
  const own = containers(spec).filter(({ image }) => image !== "auto");
  const lacking = (text: string, meets: (container: JsonObject) => boolean) =>
    own.every(meets) ? [] : [text];
  const seccomp = ["RuntimeDefault", "Localhost"];
  const dropsAll = (container: JsonObject) => {
    const drop = getPath(container, "securityContext.capabilities.drop");
    return Array.isArray(drop) && drop.includes("ALL");
  };
  return [
    ...lacking(
      "no allowPrivilegeEscalation: false",
      (one) => getPath(one, "securityContext.allowPrivilegeEscalation") === false,
    ),
    ...lacking("capabilities that are not dropped", dropsAll),
    ...lacking("no runAsNonRoot", (one) => setting(spec, one, "runAsNonRoot") === true),
    ...lacking("no seccompProfile", (one) =>
      seccomp.includes(String(setting(spec, one, "seccompProfile.type"))),
    ),
  ];
}

/** Returns what a level of Pod Security admission refuses in a pod. `privileged` refuses nothing. */
export function podSecurityFaults(spec: JsonObject, level: string | undefined): string[] {
  switch (level) {
    case "baseline":
      return beyondBaseline(spec);
    case "restricted":
      return [...beyondBaseline(spec), ...shortOfRestricted(spec)];
    default:
      return [];
  }
}

function ofWorkload(workload: K8sObject, level: string | undefined): Finding[] {
  const faults = podSecurityFaults(podSpec(workload), level);
  if (faults.length === 0) {
    return [];
  }
  const { namespace } = identityOf(workload);
  const reason = `the namespace ${namespace} enforces the Pod Security level ${level}, which refuses its pods: ${faults.join(", ")}`;
  const enough = beyondBaseline(podSpec(workload)).length > 0 ? "privileged" : "baseline";
  return [found.error(objectTitle(workload), reason, labelCommand(namespace, ENFORCE, enough))];
}

function hasCni(desired: DesiredMesh): boolean {
  return workloadsOf(desired.objects).some(({ kind, metadata }) => {
    return kind === "DaemonSet" && metadata.name === "istio-cni-node";
  });
}

/** Without the CNI plugin, each proxy has an init container that needs NET_ADMIN. */
function injectedNamespaces(desired: DesiredMesh, live: Live): Finding[] {
  if (hasCni(desired)) {
    return [];
  }
  const moved = desired.plan.namespaces.map(({ name }) => name);
  const strict = live.namespaces.filter((namespace) => {
    const labels = labelsOf(namespace);
    const injected = moved.includes(nameOf(namespace)) || askedRevision(labels) !== undefined;
    return injected && ["baseline", "restricted"].includes(labels[ENFORCE] ?? "");
  });
  return strict.length === 0
    ? []
    : [
        found.error(
          someOf(strict.map((namespace) => `Namespace ${nameOf(namespace)}`)),
          "its Pod Security level refuses the init container of a proxy, which needs NET_ADMIN and NET_RAW as long as there is no CNI plugin",
          `install Istio's CNI plugin (--option cni-gcp on GKE, --option cni-onprem elsewhere), or let it in, for each: ${labelCommand(nameOf(strict[0] ?? {}), ENFORCE, "privileged")}`,
        ),
      ];
}

/**
 * Pods that the Pod Security admission of their namespace would refuse: those of the mesh, and
 * without the CNI plugin every one with a proxy.
 *
 * @see https://istio.io/latest/docs/setup/additional-setup/pod-security-admission/
 */
export function checkPodSecurity(desired: DesiredMesh, live: Live): Finding[] {
  const levels = new Map(live.namespaces.map((one) => [nameOf(one), labelsOf(one)[ENFORCE]]));
  return [
    ...workloadsOf(desired.objects).flatMap((workload) =>
      ofWorkload(workload, levels.get(identityOf(workload).namespace)),
    ),
    ...injectedNamespaces(desired, live),
  ];
}

export const podSecurity = precheckOf({
  id: "pod-security",
  title: "Pod Security admission",
  fine: "no namespace refuses the pods",
  needs: ["desired", "namespaces"],
  run: ({ desired, ...live }) => checkPodSecurity(desired, live),
});
