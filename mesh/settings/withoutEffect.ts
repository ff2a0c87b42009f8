import { isEmpty, isObject, type JsonObject } from "../common/json";
import type { Problem } from "../common/problem";
import { getPath } from "../k8s/path";
import { componentPlace, placeOf, problemAt, userSetting } from "../overlay/places";
import { SETTING_ROWS } from "../patch/k8sSettings";
import { componentTargetOf } from "../render/render";
import { evictable } from "../scaling/budgets";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";
import { type ChartScaling, scalingOf } from "./scaling";

/** What a patch sets in place of a setting of `k8s` that istioctl renders nowhere. */
const PATCHED: Readonly<Record<string, string>> = {
  volumes: "spec.template.spec.volumes",
  volumeMounts: "the container's volumeMounts",
};

/** What to write in place of a setting of `k8s` that istioctl renders nowhere. */
function insteadOf(field: string, { component }: ComponentPlan): string | undefined {
  const patched = PATCHED[field];
  if (patched === undefined) {
    return undefined;
  }
  const patch = `a patch of ${patched} in k8s.overlays`;
  // Of the charts, only that of istiod has values of these names.
  return component.name === "pilot"
    ? `set values.pilot.${field} (istiod's chart has it), or ${patch}`
    : `set ${patch}`;
}

/** Kinds that the charts make for a component beside its workload. */
function kindsOf({ component }: ComponentPlan): readonly string[] {
  switch (component.workload?.kind) {
    case "Deployment":
      return ["workload", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"];
    case "DaemonSet":
      return ["workload"];
    default:
      return [];
  }
}

function unusedReason(plan: ComponentPlan, field: string): string | undefined {
  const row = SETTING_ROWS.find((each) => each.field === field);
  if (row === undefined) {
    return "has no effect: istioctl takes this setting and renders it nowhere";
  }
  if (kindsOf(plan).includes(row.kind)) {
    return undefined;
  }
  const object = row.kind === "workload" ? "workload" : row.kind;
  return `has no effect: the chart of ${plan.component.title} makes no ${object}`;
}

/** A component whose `k8s` settings the user has written. */
interface UserComponent {
  readonly plan: ComponentPlan;
  /** Absent for what is no Deployment. */
  readonly scaling: ChartScaling | undefined;
  /** The problem of a field below `k8s`, with its place. */
  problemOf(
    fields: readonly string[],
    problem: Pick<Problem, "value" | "reason" | "fix" | "see">,
  ): Problem;
}

function userComponent(mesh: ResolvedMesh, plan: ComponentPlan): UserComponent | undefined {
  const { segments, layer } = componentPlace(mesh, plan.component, plan.name);
  return layer === undefined
    ? undefined
    : {
        plan,
        scaling: scalingOf(plan, mesh.version),
        problemOf: (fields, problem) => ({
          ...placeOf({ layer }, [...segments, "k8s", ...fields]),
          ...problem,
        }),
      };
}

/** Fields of `k8s` that change nothing, whatever the values are. */
function unusedFields({ plan, problemOf }: UserComponent): Problem[] {
  return Object.entries(plan.k8s)
    .filter(([field]) => field !== "overlays")
    .flatMap(([field, value]) => {
      const reason = unusedReason(plan, field);
      const fix = insteadOf(field, plan) ?? "take it out";
      return reason === undefined ? [] : [problemOf([field], { value, reason, fix })];
    });
}

/** Settings of autoscalers and budgets that the chart does not make with these values. */
function unmadeObjects({ plan, scaling, problemOf }: UserComponent): Problem[] {
  if (scaling === undefined) {
    return [];
  }
  const root = `values.${plan.component.valuesRoot}`;
  const unmade = [
    {
      field: "hpaSpec",
      isMade: scaling.hasAutoscaler,
      reason: `has no effect: the chart makes no HorizontalPodAutoscaler without ${root}.autoscaleEnabled, autoscaleMin and autoscaleMax`,
      fix: `set ${root}.autoscaleEnabled: true, with autoscaleMin and autoscaleMax`,
    },
    {
      field: "podDisruptionBudget",
      isMade: scaling.hasBudget,
      reason: `has no effect: with these values the chart makes no PodDisruptionBudget (${scaling.budgetNeeds.reason})`,
      fix: scaling.budgetNeeds.fix,
    },
  ];
  return unmade.flatMap(({ field, isMade, reason, fix }) => {
    const value = plan.k8s[field];
    return isMade || value === undefined || value === null
      ? []
      : [problemOf([field], { value, reason, fix })];
  });
}

/** An autoscaler that is asked for, and that the chart leaves out since one of its bounds is missing. */
function autoscalerWithoutBounds(mesh: ResolvedMesh, plan: ComponentPlan): Problem[] {
  const root = `spec.values.${plan.component.valuesRoot}`;
  const scaling = scalingOf(plan, mesh.version);
  const asked = getPath(mesh.document, `${root}.autoscaleEnabled`);
  if (scaling === undefined || scaling.hasAutoscaler || asked === false) {
    return [];
  }
  return ["autoscaleMin", "autoscaleMax"].flatMap((bound) => {
    const setting = userSetting(mesh, `${root}.${bound}`);
    return setting === undefined || (setting.value !== null && setting.value !== 0)
      ? []
      : [
          problemAt(setting, {
            reason:
              "leaves the autoscaler out: the chart makes none without both bounds, and the number of pods stays what it is",
            fix: `set ${root}.${bound} to a number, or ${root}.autoscaleEnabled: false with a replicaCount`,
          }),
        ];
  });
}

/** A number of pods in the values of a chart that leaves it to its autoscaler. */
function scaledReplicas(mesh: ResolvedMesh, plan: ComponentPlan): Problem[] {
  const root = `spec.values.${plan.component.valuesRoot}`;
  const setting = userSetting(mesh, `${root}.replicaCount`);
  const isPatched = getPath(plan.k8s, "replicaCount") !== undefined;
  if (
    setting === undefined ||
    setting.value === null ||
    isPatched ||
    scalingOf(plan, mesh.version)?.hasAutoscaler !== true
  ) {
    return [];
  }
  return [
    problemAt(setting, {
      reason: "has no effect: the chart's autoscaler sets the number of pods",
      fix: `set ${root}.autoscaleMin, or ${root}.autoscaleEnabled: false`,
    }),
  ];
}

/** An autoscaler that is pointed at another workload than the component's own. */
function foreignScaleTarget({ plan, problemOf }: UserComponent): Problem[] {
  const target = getPath(plan.k8s, "hpaSpec.scaleTargetRef");
  const { resourceKind, resourceName } = componentTargetOf(plan);
  if (!isObject(target)) {
    return [];
  }
  const { kind = resourceKind, name = resourceName } = target;
  return kind === resourceKind && name === resourceName
    ? []
    : [
        problemOf(["hpaSpec", "scaleTargetRef"], {
          value: `${String(kind)} ${String(name)}`,
          reason: `scales a workload that this component does not make; nothing then sets the number of pods of its own, ${resourceKind} ${resourceName}`,
          fix: "take scaleTargetRef out: the chart names the right workload",
        }),
      ];
}

/** A budget that lets no pod go, so that no node with one of them can ever be drained. */
function blockedDrains({ plan, scaling, problemOf }: UserComponent): Problem[] {
  const budget = plan.k8s.podDisruptionBudget;
  const most = scaling?.most ?? 0;
  if (!isObject(budget) || most === 0 || !scaling?.hasBudget) {
    return [];
  }
  const allowed = evictable(budget, most);
  return allowed === undefined || allowed.count > 0
    ? []
    : [
        problemOf(["podDisruptionBudget", allowed.field], {
          value: allowed.value,
          reason: `blocks every drain of a node: of at most ${most} pod${most === 1 ? "" : "s"} none may go`,
          fix: "allow more pods than the budget keeps (hpaSpec.maxReplicas, replicaCount), or keep fewer",
          see: "https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
        }),
      ];
}

/** Some options stand for resources of this package in an annotation. */
const setsNothing = (document: JsonObject) =>
  isEmpty(document.spec) && isEmpty(getPath(document, "metadata.annotations"));

/** Options of the catalogue that set nothing, and are there since installations name them. */
function emptyOptions({ fullLayers }: ResolvedMesh): Problem[] {
  return fullLayers
    .filter(({ kind, document }) => kind === "option" && setsNothing(document))
    .map((layer) => ({
      ...placeOf({ layer }, []),
      reason: "has no effect: the option sets nothing in any Istio of today",
      fix: "take it out",
    }));
}

const RULES = [unusedFields, unmadeObjects, foreignScaleTarget, blockedDrains];

/** Settings that change nothing, or stand in the way of what they are for. */
export function withoutEffect(mesh: ResolvedMesh): Problem[] {
  const ofComponents = mesh.components.flatMap((plan) => {
    const component = userComponent(mesh, plan);
    const found = component === undefined ? [] : RULES.flatMap((rule) => rule(component));
    return [...found, ...autoscalerWithoutBounds(mesh, plan), ...scaledReplicas(mesh, plan)];
  });
  return [...emptyOptions(mesh), ...ofComponents];
}
