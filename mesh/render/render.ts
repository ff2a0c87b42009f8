import { type Problem, throwIfAny } from "../common/problem";
import { type K8sObject, sortObjects } from "../k8s/objects";
import { getPath } from "../k8s/path";
import type { ComponentName } from "../model/component";
import { objectFaults } from "../objectFaults/objectFaults";
import type { ObjectSchemas } from "../objectFaults/schemaFaults";
import { missedTargets } from "../objectFaults/targets";
import { applyK8sSettingsChecked } from "../patch/k8sSettings";
import { applyK8sOverlays } from "../patch/pathPatch";
import type { ComponentTarget, K8sOverlay } from "../patch/types";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";
import { cutDrains } from "./cutDrains";
import type { ChartLocator, HelmEngine } from "./engine";
import { faultProblem, placeOfPatch } from "./faultPlaces";

/** istioctl renders every chart under this release name, which labels contain. */
const RELEASE_NAME = "istio";

/** The objects of one component. */
export interface RenderedComponent {
  readonly plan: ComponentPlan;
  readonly objects: readonly K8sObject[];
  readonly warnings: readonly Problem[];
}

/** The tools for rendering, which the caller provides. */
export interface RenderTools {
  readonly helm: HelmEngine;
  readonly charts: ChartLocator;
  /**
   * Returns the Kubernetes version of the cluster that the objects are for, by whose schemas they are
   * checked; `undefined` if no cluster answers. @default the version that the inputs name
   */
  readonly clusterVersion?: () => Promise<string | undefined>;
}

/** Returns what the objects of a mesh are checked against. */
export async function schemasFor(
  mesh: Partial<Pick<ResolvedMesh, "clusterVersion">>,
  { clusterVersion }: Pick<RenderTools, "clusterVersion">,
  crds: readonly K8sObject[] = [],
): Promise<ObjectSchemas> {
  return { kubernetesVersion: (await clusterVersion?.()) ?? mesh.clusterVersion, crds };
}

function workloadName(plan: ComponentPlan, revision: string): string {
  const { component } = plan;
  const name = component.isList ? plan.name : (component.workload?.name ?? "");
  const hasRevision = component.name === "pilot" && revision !== "" && revision !== "default";
  return hasRevision ? `${name}-${revision}` : name;
}

/** Returns the workload that the `k8s` settings of a component change. */
export function componentTargetOf(plan: ComponentPlan): ComponentTarget {
  const { workload, isList } = plan.component;
  const revision = getPath(plan.values, "revision");
  return {
    resourceKind: workload?.kind ?? "",
    resourceName: workloadName(plan, typeof revision === "string" ? revision : ""),
    containerName: workload?.container ?? "",
    isGateway: isList,
  };
}

/** The parts of a mesh that rendering needs. */
type RenderedMesh = Pick<ResolvedMesh, "version" | "kubernetesVersion"> &
  Partial<Pick<ResolvedMesh, "clusterVersion" | "releaseNames" | "document" | "fullLayers">>;

/** An autoscaler's target that `hpaSpec` names is judged with the settings. */
function targetWarnings(
  plan: ComponentPlan,
  objects: readonly K8sObject[],
  mesh: RenderedMesh,
): Problem[] {
  const isJudged = getPath(plan.k8s, "hpaSpec.scaleTargetRef") !== undefined;
  return missedTargets(objects)
    .filter(({ object }) => object.kind !== "HorizontalPodAutoscaler" || !isJudged)
    .map((fault) => faultProblem(mesh, plan, fault, "without effect"));
}

/** Applies `components.NAME.k8s` as istioctl does: first the settings, then the path overlays. */
function patch(
  plan: ComponentPlan,
  objects: K8sObject[],
  mesh: RenderedMesh,
  schemas: ObjectSchemas,
): RenderedComponent {
  const source = `components.${plan.component.name}`;
  const { overlays, ...settings } = plan.k8s;
  const patched = applyK8sSettingsChecked(componentTargetOf(plan), settings, objects);
  const overlaid = applyK8sOverlays((overlays ?? []) as unknown as K8sOverlay[], patched.objects);
  const problems = [...patched.problems, ...overlaid.problems].map(
    ({ object, path, value, reason, fix }): Problem => {
      const place = placeOfPatch(mesh, plan, { object, path });
      const title = object === undefined ? "" : `${object} `;
      return place === undefined
        ? { source: title === "" ? source : `${source} (${object})`, path, value, reason, fix }
        : { ...place, value, reason: `${title}${path}: ${reason}`, fix };
    },
  );
  throwIfAny(problems);
  const faults = objectFaults(overlaid.objects, schemas);
  throwIfAny(faults.map((fault) => faultProblem(mesh, plan, fault)));
  const warnings = overlaid.warnings.map(
    ({ object, reason, nearest }): Problem => ({
      ...(placeOfPatch(mesh, plan, { object }) ?? { source, path: `k8s.overlays ${object}` }),
      reason,
      allowed: nearest.join(", "),
    }),
  );
  return {
    plan,
    objects: sortObjects(overlaid.objects),
    warnings: [
      ...warnings,
      ...targetWarnings(plan, overlaid.objects, mesh),
      ...cutDrains(plan, overlaid.objects, mesh.document),
    ],
  };
}

/**
 * Renders one component: Istio's chart through Helm, then the component's `k8s` settings.
 *
 * @throws InvalidInput if a patch does not fit the rendered objects, or if the API server would refuse
 * an object
 */
export async function renderComponent(
  plan: ComponentPlan,
  mesh: RenderedMesh,
  tools: RenderTools,
): Promise<RenderedComponent> {
  const { chart, chartFolder } = plan.component;
  const chartPath = await tools.charts.locate({
    name: chart,
    folder: chartFolder,
    version: mesh.version,
  });
  const objects = await tools.helm.render({
    chartPath,
    namespace: plan.namespace,
    releaseName: mesh.releaseNames?.[plan.component.name] ?? RELEASE_NAME,
    values: plan.values,
    kubernetesVersion: mesh.kubernetesVersion,
  });
  return patch(plan, objects, mesh, await schemasFor(mesh, tools));
}

/**
 * Renders the components of a mesh in install order.
 *
 * @param names the components to render @default all of them
 */
export async function renderMesh(
  mesh: ResolvedMesh,
  tools: RenderTools,
  names?: readonly ComponentName[],
): Promise<RenderedComponent[]> {
  const plans = mesh.components.filter(({ component }) => names?.includes(component.name) ?? true);
  return Promise.all(plans.map((plan) => renderComponent(plan, mesh, tools)));
}

/** Renders components, each of a mesh once, however often it is asked for. */
export function renderOnce(
  tools: RenderTools,
): (mesh: ResolvedMesh, name: ComponentName) => Promise<RenderedComponent[]> {
  const known = new Map<ResolvedMesh, Map<ComponentName, Promise<RenderedComponent[]>>>();
  return (mesh, name) => {
    const ofMesh = known.get(mesh) ?? new Map<ComponentName, Promise<RenderedComponent[]>>();
    const rendered = ofMesh.get(name) ?? renderMesh(mesh, tools, [name]);
    known.set(mesh, ofMesh.set(name, rendered));
    return rendered;
  };
}
