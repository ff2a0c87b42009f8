import type { JsonObject } from "../../common/json";
import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { condition, conditionText, listAt, nameOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { gateCheckOf, precheckOf } from "./define";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "existing" | "namespaces">;

const found = findingsOf("deletions");

const goes = (object: JsonObject) => getPath(object, "metadata.deletionTimestamp") !== undefined;

/** Returns the namespaces of planned objects, and those that are planned themselves. */
export function namespacesOf(objects: readonly K8sObject[]): string[] {
  const names = objects.map((object) => {
    const { kind, namespace, name } = identityOf(object);
    return kind === "Namespace" ? name : namespace;
  });
  return [...new Set(names)].filter((name) => name !== "").sort();
}

/** The conditions that say what the deletion of a namespace waits for. */
const WAITS = [
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionContentFailure",
];

function waitsFor(namespace: JsonObject): string {
  const texts = WAITS.map((type) => condition(namespace, type))
    .filter((one) => one?.status === "True")
    .map((one) => conditionText(one ?? {}));
  return texts.length === 0 ? "" : `: ${texts.join("; ")}`;
}

/** Namespaces of the mesh that are being deleted. Nothing can be created in them. */
export function checkNamespaceDeletions(
  planned: readonly string[],
  live: readonly JsonObject[],
): Finding[] {
  return live
    .filter((namespace) => planned.includes(nameOf(namespace)) && goes(namespace))
    .map((namespace) => {
      const name = nameOf(namespace);
      const reason = `is being deleted, and nothing can be made in it${waitsFor(namespace)}`;
      const fix = `wait until it is gone; see what holds it: kubectl describe namespace ${name}`;
      return found.error(`Namespace ${name}`, reason, fix);
    });
}

/** Planned objects that exist and are being deleted, held by a finalizer. */
function objectDeletions({ existing }: Live): Finding[] {
  return existing
    .filter(
      ({ live }) =>
        goes(live) && live.kind !== "Namespace" && live.kind !== "CustomResourceDefinition",
    )
    .map(({ live }) => {
      const { kind, namespace, name } = identityOf(live);
      const finalizers = getPath(live, "metadata.finalizers");
      const held = Array.isArray(finalizers) && finalizers.length > 0;
      const place = namespace === "" ? "" : ` -n ${namespace}`;
      const command = `kubectl${place} patch ${kind.toLowerCase()} ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;
      return found.error(
        objectTitle(live),
        `is being deleted${held ? `, and held by the finalizers ${finalizers.join(", ")}` : ""}: what is applied to it goes with it`,
        held
          ? `wait for who set them, or if that one is gone: ${command}`
          : "wait until it is gone",
      );
    });
}

/** Planned objects and their namespaces that are being deleted. */
export function checkDeletions(desired: DesiredMesh, live: Live): Finding[] {
  return [
    ...checkNamespaceDeletions(namespacesOf(desired.objects), live.namespaces),
    ...objectDeletions(live),
  ];
}

/** A cordoned node can be uncordoned. Others must be examined. */
function nodeFix(nodes: readonly JsonObject[]): string {
  const closed = nodes.find(
    (node) =>
      condition(node, "Ready")?.status === "True" && getPath(node, "spec.unschedulable") === true,
  );
  return closed === undefined
    ? "kubectl get nodes, then kubectl describe node NAME"
    : `have it take pods again: kubectl uncordon ${nameOf(closed)}`;
}

/** Checks that at least one node accepts pods. */
export function checkNodes(nodes: readonly JsonObject[]): Finding[] {
  const ready = nodes.filter(
    (node) =>
      condition(node, "Ready")?.status === "True" && getPath(node, "spec.unschedulable") !== true,
  );
  if (ready.length > 0) {
    return [];
  }
  const taints = nodes.flatMap((node) => listAt(node, "spec.taints")).length;
  const reason =
    nodes.length === 0
      ? "the cluster has no node, so that no pod of the mesh can start"
      : `none of ${nodes.length} is ready and takes pods${taints > 0 ? " (see its taints)" : ""}`;
  return [findingsOf("nodes").warning("nodes", reason, nodeFix(nodes))];
}

export const deletions = precheckOf({
  id: "deletions",
  title: "namespaces and objects",
  fine: "none that is needed is being deleted",
  needs: ["desired", "existing", "namespaces"],
  run: ({ desired, ...live }) => checkDeletions(desired, live),
});

export const namespaceDeletions = gateCheckOf({
  id: "deletions",
  title: "namespaces",
  gate: "only",
  needs: ["desired", "namespaces"],
  run: ({ desired: { objects }, namespaces }) =>
    checkNamespaceDeletions(namespacesOf(objects), namespaces),
});

export const nodes = precheckOf({
  id: "nodes",
  title: "nodes",
  fine: "at least one is ready",
  needs: ["nodes"],
  run: (state) => checkNodes(state.nodes),
});
