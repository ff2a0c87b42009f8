import { InvalidInput, type Problem } from "../common/problem";
import { isCrd } from "../k8s/objects";
import { CannotRender } from "../render/engine";
import { crdProblems } from "../render/faultPlaces";
import { type RenderTools, renderComponent, schemasFor } from "../render/render";
import { missingRequirements } from "../spec/extensions";
import type { ResolvedMesh } from "../spec/resolve";
import type { ComponentPlan } from "../spec/translate";
import { byLine, type LintedOverlay } from "./lintOverlay";

/** What is wrong with an overlay, with what only its rendered objects show. */
export interface RenderedLint extends LintedOverlay {
  /** Why nothing was rendered, or not all of it. Absent where all was. */
  readonly notRendered?: string;
}

interface Found {
  readonly errors: Problem[];
  readonly warnings: Problem[];
  readonly notRendered: Set<string>;
}

export const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);

/** A chart that fails for want of what a later overlay is to set is no error of this one. */
function take(error: unknown, plan: ComponentPlan, mesh: ResolvedMesh, found: Found): void {
  if (error instanceof InvalidInput) {
    found.errors.push(...error.problems);
    return;
  }
  const reason = messageOf(error);
  const missing = missingRequirements(mesh).map(({ path }) => path);
  if (error instanceof CannotRender) {
    found.notRendered.add(reason);
  } else if (missing.length > 0) {
    found.notRendered.add(`another overlay is to set ${missing.join(", ")}: ${reason}`);
  } else {
    found.errors.push({ source: `components.${plan.component.name}`, path: "", reason });
  }
}

/** Why the charts of a mesh are not there, if they are not. */
export async function chartsMissing(
  { components, version }: ResolvedMesh,
  { charts }: RenderTools,
): Promise<string | undefined> {
  try {
    for (const { component } of components) {
      await charts.locate({ name: component.chart, folder: component.chartFolder, version });
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/**
 * Adds to the findings of an overlay what its rendered objects show: what the API server would refuse,
 * and patches that fit nothing. Where a chart or the engine is not there, it says so and renders nothing.
 *
 * @example
 * (await lintRendered(lintOverlay(text, source, library), tools)).notRendered // undefined
 */
export async function lintRendered(
  linted: LintedOverlay,
  tools: RenderTools,
): Promise<RenderedLint> {
  const { mesh, named } = linted;
  if (mesh === undefined) {
    return linted;
  }
  const missing = await chartsMissing(mesh, tools);
  if (missing !== undefined) {
    return { ...linted, notRendered: missing };
  }
  const found: Found = { errors: [], warnings: [], notRendered: new Set() };
  const components = await Promise.all(
    mesh.components.map(async (plan) => {
      try {
        return [await renderComponent(plan, mesh, tools)];
      } catch (error) {
        take(error, plan, mesh, found);
        return [];
      }
    }),
  );
  const rendered = components.flat();
  const crds = rendered.flatMap(({ objects }) => objects.filter(isCrd));
  const schemas = await schemasFor(mesh, tools, crds);
  found.warnings.push(...rendered.flatMap((component) => component.warnings));
  found.errors.push(...rendered.flatMap((component) => crdProblems(component, mesh, schemas)));
  const { errors, warnings, notRendered } = found;
  return {
    ...linted,
    errors: [...linted.errors, ...errors.map(named)].sort(byLine),
    warnings: [...linted.warnings, ...warnings.map(named)].sort(byLine),
    ...(notRendered.size > 0 && { notRendered: [...notRendered].join("; ") }),
  };
}
