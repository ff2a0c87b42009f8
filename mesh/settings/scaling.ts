import semver from "semver";
import type { Json } from "../common/json";
import { getPath } from "../k8s/path";
import type { ComponentPlan } from "../spec/translate";

/** What a chart makes of the values that scale a component's Deployment. */
export interface Scaling {
  readonly hasAutoscaler: boolean;
  readonly hasBudget: boolean;
  /** What the chart wants before it makes a budget, for people. */
  readonly budgetNeeds: string;
  /** The largest number of pods that there can be. */
  readonly most: number;
}

/** Defaults of the charts of istiod and of the gateways, the same since 1.23. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  autoscaleEnabled: true,
  autoscaleMin: 1,
  autoscaleMax: 5,
  replicaCount: 1,
};

/** From here on the charts make no budget for a single pod. Source: https://github.com/istio/istio/issues/60078 */
const NO_BUDGET_FOR_ONE = ">=1.28.1-0";

/** As in Helm: null takes the chart's default away. */
function chartValue(plan: ComponentPlan, name: string): Json | undefined {
  const given = getPath(plan.values, `${plan.component.valuesRoot}.${name}`);
  return given === undefined ? DEFAULTS[name] : given;
}

/**
 * How a component scales; `undefined` for what is no Deployment.
 *
 * @see the templates autoscale.yaml and poddisruptionbudget.yaml of Istio's charts
 */
export function scalingOf(plan: ComponentPlan, version: string): Scaling | undefined {
  if (plan.component.workload?.kind !== "Deployment") {
    return undefined;
  }
  const number = (name: string) => Number(chartValue(plan, name) ?? 0);
  const isOn = Boolean(chartValue(plan, "autoscaleEnabled"));
  const [least, highest] = [number("autoscaleMin"), number("autoscaleMax")];
  const hasAutoscaler = isOn && least > 0 && highest > 0;
  const budgets = getPath(plan.values, "global.defaultPodDisruptionBudget.enabled") !== false;
  const forOne = !semver.satisfies(version, NO_BUDGET_FOR_ONE, { includePrerelease: true });
  const pods = isOn ? least : number("replicaCount");
  const patchedMost = getPath(plan.k8s, "hpaSpec.maxReplicas");
  const patchedCount = getPath(plan.k8s, "replicaCount");
  return {
    hasAutoscaler,
    hasBudget: budgets && (forOne || pods > 1),
    budgetNeeds: budgets
      ? "it makes none for a single pod"
      : "values.global.defaultPodDisruptionBudget.enabled is false",
    most: hasAutoscaler
      ? Number(patchedMost ?? highest)
      : Number(patchedCount ?? number("replicaCount")),
  };
}
