import semver from "semver";
import type { Json } from "../common/json";
import data from "../data/settings.json";
import { getPath } from "../k8s/path";
import type { ComponentPlan } from "../spec/translate";

/** What a chart makes of the values that scale a component's Deployment. */
export interface ChartScaling {
  readonly hasAutoscaler: boolean;
  readonly hasBudget: boolean;
  /** Why the chart makes no budget, where it makes none, and how to have one. */
  readonly budgetNeeds: { readonly reason: string; readonly fix: string };
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

/** The charts' switch for all budgets. */
const SWITCH = "values.global.defaultPodDisruptionBudget.enabled";

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
export function scalingOf(plan: ComponentPlan, version: string): ChartScaling | undefined {
  if (plan.component.workload?.kind !== "Deployment") {
    return undefined;
  }
  const root = `values.${plan.component.valuesRoot}`;
  const number = (name: string) => Number(chartValue(plan, name) ?? 0);
  const isOn = Boolean(chartValue(plan, "autoscaleEnabled"));
  const [least, highest] = [number("autoscaleMin"), number("autoscaleMax")];
  const hasAutoscaler = isOn && least > 0 && highest > 0;
  const budgets = getPath({ values: plan.values }, SWITCH) !== false;
  const forOne = !semver.satisfies(version, data.noBudgetForOnePod.versions, {
    includePrerelease: true,
  });
  const pods = isOn ? least : number("replicaCount");
  const patchedMost = getPath(plan.k8s, "hpaSpec.maxReplicas");
  const patchedCount = getPath(plan.k8s, "replicaCount");
  return {
    hasAutoscaler,
    hasBudget: budgets && (forOne || pods > 1),
    budgetNeeds: budgets
      ? {
          reason: "it makes none for a single pod",
          fix: `set ${root}.autoscaleMin to 2 or more, or ${root}.autoscaleEnabled: false with ${root}.replicaCount of 2 or more`,
        }
      : { reason: `${SWITCH} is false`, fix: `set ${SWITCH}: true` },
    most: hasAutoscaler
      ? Number(patchedMost ?? highest)
      : Number(patchedCount ?? number("replicaCount")),
  };
}
