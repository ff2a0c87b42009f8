import { identityOf, type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { sameNamespace, selectsPodsOf } from "../../k8s/workload";
import type { Finding } from "../finding";
import { findingsOf } from "../findings";
import { precheckOf } from "./define";
import { podCounts, workloadsOf } from "./pods";
import type { DesiredMesh, LiveState } from "./types";

/** The parts of the cluster that the check needs. */
type Live = Pick<LiveState, "budgets">;

const found = findingsOf("disruption-budgets");

function ofKind(objects: readonly K8sObject[], kind: string): K8sObject[] {
  return objects.filter((object) => object.kind === kind);
}

const isSame = (one: K8sObject, other: K8sObject) =>
  sameNamespace(one, other) && identityOf(one).name === identityOf(other).name;

/** Returns the budgets that count for the pods of a workload. */
export function budgetsFor(workload: K8sObject, budgets: readonly K8sObject[]): K8sObject[] {
  return budgets.filter(
    (budget) =>
      sameNamespace(budget, workload) && selectsPodsOf(getPath(budget, "spec.selector"), workload),
  );
}

/** Says what several budgets of one workload do: evictions are refused for its pods. */
export function severalBudgets(own: readonly K8sObject[]): string {
  return `its pods have more than one PodDisruptionBudget (${own.map(objectTitle).join(", ")}), so Kubernetes evicts none of them and no node with one can be drained`;
}

function doubled(workload: K8sObject, budgets: readonly K8sObject[]): Finding[] {
  const own = budgetsFor(workload, budgets);
  const [first, second] = own;
  if (first === undefined || second === undefined) {
    return [];
  }
  const { namespace, name } = identityOf(second);
  const reason = severalBudgets(own);
  return [
    found.warning(
      objectTitle(workload),
      reason,
      `leave one: kubectl -n ${namespace} delete pdb ${name}`,
    ),
  ];
}

function blocks(budget: K8sObject): boolean {
  const at = (path: string) => Number(getPath(budget, `status.${path}`) ?? 0);
  return (
    at("expectedPods") > 0 &&
    at("disruptionsAllowed") === 0 &&
    at("currentHealthy") >= at("desiredHealthy") &&
    at("currentHealthy") >= at("expectedPods")
  );
}

/** All pods are healthy, but the budget lets none be evicted. */
function blocking(budget: K8sObject, desired: DesiredMesh): Finding[] {
  const { namespace, name } = identityOf(budget);
  const own = workloadsOf(desired.objects).find(
    (workload) =>
      sameNamespace(workload, budget) && selectsPodsOf(getPath(budget, "spec.selector"), workload),
  );
  if (own === undefined || !blocks(budget)) {
    return [];
  }
  const { min } = podCounts(own, ofKind(desired.objects, "HorizontalPodAutoscaler"));
  const pods = Number(getPath(budget, "status.expectedPods"));
  const reason = `lets none of the ${pods === 1 ? "1 pod" : `${pods} pods`} of ${objectTitle(own)} be evicted, so the drain of their nodes waits for ever`;
  const fix = `run more pods (now at least ${min}), or allow one: kubectl -n ${namespace} patch pdb ${name} --type=merge -p '{"spec":{"minAvailable":null,"maxUnavailable":1}}'`;
  return [found.warning(objectTitle(budget), reason, fix)];
}

/**
 * Disruption budgets that keep pods of the mesh from being evicted when nodes are drained: two for the
 * same pods, or one that allows none while all are well.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
export function checkBudgets(desired: DesiredMesh, live: Live): Finding[] {
  const planned = ofKind(desired.objects, "PodDisruptionBudget");
  const foreign = live.budgets.filter((budget) => !planned.some((own) => isSame(own, budget)));
  return [
    ...workloadsOf(desired.objects).flatMap((workload) =>
      doubled(workload, [...planned, ...foreign]),
    ),
    ...live.budgets.flatMap((budget) => blocking(budget, desired)),
  ];
}

export const disruptionBudgets = precheckOf({
  id: "disruption-budgets",
  title: "disruption budgets",
  fine: "none holds up the drain of a node",
  needs: ["desired", "budgets"],
  run: ({ desired, ...live }) => checkBudgets(desired, live),
});
