import { isObject } from "../../common/json";
import { pathText } from "../../common/propertyPath";
import { DEFAULT_REVISION, labelsOf, REVISION_LABEL } from "../../k8s/istioLabels";
import { graceAfter } from "../../k8s/kubectl";
import { type K8sObject, objectTitle } from "../../k8s/objects";
import { getPath } from "../../k8s/path";
import { nameOf, sameNamespace } from "../../k8s/workload";
import { hasPods } from "../../objectFaults/parts";
import { missedTargets } from "../../objectFaults/targets";
import { evictable } from "../../scaling/budgets";
import { isScaler } from "../../scaling/scalers";
import { plannedCutDrain } from "../../snapshot/drain";
import { configName, looseYaml } from "../meshConfig";
import { budgetsFor, severalBudgets } from "../precheck/budgets";
import { podCounts } from "../precheck/pods";
import type { DeclaredStack, MeshPolicy, Violation } from "./types";
import {
  hasOpen,
  ofKind,
  POD_KINDS,
  podOf,
  podPlace,
  type StackView,
  viewOf,
  violation,
} from "./view";

function blocking(budget: K8sObject, gateway: K8sObject, view: StackView): Violation[] {
  const { min } = podCounts(gateway, view.objects.filter(isScaler));
  const { spec } = budget;
  const found = isObject(spec) ? evictable(spec, min) : undefined;
  if (found === undefined || found.count > 0 || min === 0) {
    return [];
  }
  return [
    violation(budget, {
      path: `spec.${found.field}`,
      value: found.value,
      reason: `lets none of the pods of ${objectTitle(gateway)} be evicted while it runs its least number, ${min}, so the drain of their nodes waits for ever`,
      allowed: "what lets at least one pod go",
      fix: `run ${min + 1} pods or more, or write maxUnavailable: 1 in place of ${found.field}`,
      see: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    }),
  ];
}

function checkBudgets(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  const budgets = ofKind(view.objects, "PodDisruptionBudget");
  return view.gateways.filter(hasPods).flatMap((gateway) => {
    const own = budgetsFor(gateway, budgets);
    const [, second] = own;
    return second === undefined
      ? own.flatMap((budget) => blocking(budget, gateway, view))
      : [
          violation(gateway, {
            path: `${podPlace(gateway)}metadata.labels`,
            reason: severalBudgets(own),
            allowed: "one budget for a pod",
            fix: `take ${objectTitle(second)} out of the program`,
          }),
        ];
  });
}

/** Autoscalers and budgets beside a gateway that point at nothing. Others may be for pods of another stack. */
function checkTargets(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  const near = (object: K8sObject) =>
    view.gateways.some((gateway) => sameNamespace(gateway, object)) &&
    !hasOpen(view, (one) => sameNamespace(one, object));
  const pointing = view.objects.filter(
    (object) =>
      ["HorizontalPodAutoscaler", "PodDisruptionBudget"].includes(object.kind) && near(object),
  );
  return missedTargets([...view.workloads, ...pointing], "this stack")
    .filter(({ object }) => pointing.includes(object))
    .map(({ object, segments, ...fault }) =>
      violation(object, { path: pathText(segments), ...fault }),
    );
}

/** Returns the mesh configuration of a control plane in the stack. Empty if it is not in the stack. */
function meshConfigFor(gateway: K8sObject, { objects }: StackView) {
  const name = configName("istio", labelsOf(podOf(gateway))[REVISION_LABEL] ?? DEFAULT_REVISION);
  const found = ofKind(objects, "ConfigMap").find((object) => nameOf(object) === name);
  return looseYaml(found === undefined ? undefined : getPath(found, "data.mesh"));
}

function checkDrain(stack: DeclaredStack): Violation[] {
  const view = viewOf(stack);
  return view.gateways.flatMap((gateway) => {
    const drain = plannedCutDrain(podOf(gateway), {
      spec: { meshConfig: meshConfigFor(gateway, view) },
    });
    return drain === undefined
      ? []
      : [
          violation(gateway, {
            path: `${podPlace(gateway)}spec.terminationGracePeriodSeconds`,
            value: drain.graceSeconds,
            reason: `the proxy drains for ${drain.seconds} s (${drain.place}), and Kubernetes kills the pod before`,
            allowed: `more than ${drain.seconds}`,
            fix: `write ${graceAfter(drain.seconds)}`,
          }),
        ];
  });
}

export const gatewayBudgets: MeshPolicy = {
  name: "gateway-disruption-budget",
  level: "advisory",
  description: "The PodDisruptionBudget of a gateway lets at least one of its pods be evicted.",
  kinds: ["PodDisruptionBudget"],
  run: checkBudgets,
};

export const gatewayTargets: MeshPolicy = {
  name: "gateway-targets",
  level: "advisory",
  description:
    "Autoscalers and PodDisruptionBudgets in the namespace of a gateway are for workloads that the stack makes.",
  kinds: ["HorizontalPodAutoscaler", "PodDisruptionBudget"],
  run: checkTargets,
};

export const gatewayDrain: MeshPolicy = {
  name: "gateway-drain",
  level: "advisory",
  description: "Kubernetes does not kill the pod of a gateway before its proxy has drained.",
  kinds: POD_KINDS,
  run: checkDrain,
};
